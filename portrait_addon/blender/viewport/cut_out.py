"""A portrait cut out: the person with alpha on its plane, and the background on a plane of its own behind.

The two pictures are packed into the .blend file. The background's plane is a child of the portrait. Seen from the
camera that frames the portrait, both together look as the picture did; the background goes on beyond its border, in a
mirror, so that a camera that moves a little does not look past it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Vector

from ..data import events
from . import plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...pipeline.portrait.cut_out import CutOut

BACKDROP = "living_portraits_backdrop"
"""Custom property of the background's plane."""

BEYOND = 0.25
"""How far the background's plane goes on beyond each side of its picture, in sides."""

FRAMING = 50 / 36
"""Distance from which a new camera of Blender's sees a whole plane, in the plane's longer side."""

SQUARE = 0.95
"""Cosine of the angle from which on a camera does not look squarely at a plane."""


def whole_picture(ob: Any) -> Any:
    """The picture that an object's portrait was cut out of, or the portrait if it was not."""
    image = ob.portrait.portrait
    return image[plane.WHOLE] if plane.is_cut_out(image) else image


def backdrop_of(ob: Any) -> Any | None:
    """The plane with the background behind a portrait; None if there is none."""
    return next((child for child in ob.children if BACKDROP in child), None)


def show(ob: Any, cut: CutOut, whole: Any, camera: Any | None, distance: float) -> None:
    """Put the person onto the portrait's plane, and the background behind it.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    cut : CutOut
        Of the picture `whole`.
    whole : bpy.types.Image
    camera : bpy.types.Object, optional
        The scene's. If it looks squarely at the plane, the background fills as much of its view as before.
    distance : float
        Of the background behind the person, in the portrait's own space.
    """
    person = _packed(f"{ob.name} person", cut.person, whole)
    person[plane.WHOLE] = whole
    ob.portrait.portrait = person
    _drop_unused(whole)
    backdrop = backdrop_of(ob)
    if backdrop is None:
        backdrop = plane.add_plane(f"{ob.name} background", 1)
        backdrop.parent, backdrop[BACKDROP] = ob, True
        ob.users_collection[0].objects.link(backdrop)
    background = _packed(f"{ob.name} background", cut.background, whole)
    background[plane.WHOLE] = whole
    node = plane.image_node(backdrop)
    if node is not None:  # an artist may have taken it away
        node.image, node.extension = background, "MIRROR"
    _drop_unused(whole)
    backdrop.portrait.shading = ob.portrait.shading
    _shape(backdrop.data, ob)
    _put_behind(backdrop, ob, camera, distance)


def follow_shading(ob: Any) -> None:
    """Let the background be shadeless or lit as its portrait is."""
    backdrop = backdrop_of(ob)
    if backdrop is not None:
        backdrop.portrait.shading = ob.portrait.shading


def _packed(name: str, pixels: NDArray[Any], like: Any) -> Any:
    """A picture that is in no file but this .blend; in the colours of another. It says that it is synthetic."""
    data = _file_of(pixels)
    height, width, channels = pixels.shape
    image = bpy.data.images.new(name, width, height, alpha=channels == 4, float_buffer=pixels.dtype.kind == "f")
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    image.colorspace_settings.name = like.colorspace_settings.name
    return image


def _drop_unused(whole: Any) -> None:
    """Let go of what was cut out of a picture before and is shown no more."""
    for image in list(bpy.data.images):
        if not image.users and image.get(plane.WHOLE) == whole:
            bpy.data.images.remove(image)


def _file_of(pixels: NDArray[Any]) -> bytes:
    """An EXR file of floats, else a PNG file."""
    from ...media.exr import picture_layer, write_exr
    from ...media.pictures import encode_picture
    from ...media.provenance import exr_attributes

    if pixels.dtype.kind != "f":
        return encode_picture(pixels)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture.exr"
        write_exr(path, {"": picture_layer(pixels)}, exr_attributes())
        return path.read_bytes()


def _shape(mesh: Any, ob: Any) -> None:
    """Give a plane of four corners the portrait's size and what goes beyond."""
    low, high = Vector(ob.bound_box[0]), Vector(ob.bound_box[6])
    middle, half = (low + high) / 2, (high - low) / 2
    for vertex, (across, up) in zip(mesh.vertices, ((-1, -1), (1, -1), (1, 1), (-1, 1)), strict=True):
        reach = 1 + 2 * BEYOND
        vertex.co = middle + Vector((across * half.x * reach, 0, up * half.z * reach))
    low_uv, high_uv = -BEYOND, 1 + BEYOND
    corners = (low_uv, low_uv, high_uv, low_uv, high_uv, high_uv, low_uv, high_uv)
    mesh.uv_layers[0].data.foreach_set("uv", corners)
    mesh.update()


def _put_behind(backdrop: Any, ob: Any, camera: Any | None, distance: float) -> None:
    """Move the background away and enlarge it about the camera, so that it looks as large as before."""
    eye = _eye(ob, camera)
    if eye is None:
        growth, eye = 1.0, Vector((0, 0, 0))
    else:
        growth = (distance - eye.y) / -eye.y
    backdrop.location = (eye.x * (1 - growth), distance, eye.z * (1 - growth))
    backdrop.scale = (growth, 1, growth)


def _eye(ob: Any, camera: Any | None) -> Vector | None:
    """Where the camera is in the portrait's space, or where a new one would be; None if it has no perspective."""
    low, high = Vector(ob.bound_box[0]), Vector(ob.bound_box[6])
    framing = (low + high) / 2 - Vector((0, FRAMING * max(high.x - low.x, high.z - low.z), 0))
    if camera is None:
        return framing
    to_portrait = ob.matrix_world.inverted_safe() @ camera.matrix_world
    along = (to_portrait.to_3x3() @ Vector((0, 0, -1))).normalized()
    if along.y < SQUARE or to_portrait.translation.y >= 0:
        return framing
    return to_portrait.translation if camera.data.type == "PERSP" else None


SUBSCRIPTIONS: events.Subscriptions = ((events.shading_chosen, follow_shading),)


def register() -> None:
    """Follow the choice of material."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Follow no more."""
    events.unsubscribe_all(SUBSCRIPTIONS)
