"""The plane that shows a portrait: its proportions, its material, and the baked frames on it.

The material emits the picture's colours as they are and lets light through where the picture is transparent, so that a
render under the Standard view shows the file's own values. It can be lit by the scene's lamps instead.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..data import events, frames
from ..data.faces import host_of
from ..data.properties import is_portrait

IMAGE_NODE = "Portrait"
MIX_NODE = "Transparency"
WHOLE = "living_portraits_whole"
"""Custom property of a picture: the one that it was cut out of."""
SURFACES = {"SHADELESS": ("Shadeless", "ShaderNodeEmission"), "LIT": ("Lit", "ShaderNodeBsdfPrincipled")}
"""By the artist's choice: name and type of the node that makes the surface."""


def add_plane(name: str, height: float) -> Any:
    """Make an upright plane that faces the front view, with the portrait's material; link it to the scene yourself.

    Parameters
    ----------
    name : str
        Of object, mesh and material.
    height : float
        In scene units; the width follows the portrait.
    """
    mesh = bpy.data.meshes.new(name)
    half = height / 2
    mesh.from_pydata([(-half, 0, -half), (half, 0, -half), (half, 0, half), (-half, 0, half)], [], [(0, 1, 2, 3)])
    mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", (0, 0, 1, 0, 1, 1, 0, 1))
    mesh.materials.append(_new_material(name))
    return bpy.data.objects.new(name, mesh)


def show_portrait(ob: Any) -> None:
    """Show the portrait itself, as before the first bake."""
    image = ob.portrait.portrait
    if image is None or not ob.portrait.schema:
        return
    ob.portrait.frames = None
    ob.portrait.frame_count = ob.portrait.first_offset = 0
    _show(ob, image, tuple(image.size), has_alpha=image.depth in (32, 64, 128))


def show_frames(ob: Any, baked: events.BakedFrames) -> None:
    """Show baked frames from the portrait's start frame on.

    Parameters
    ----------
    ob : bpy.types.Object
    baked : BakedFrames
    """
    properties = ob.portrait
    image = frames.load_sequence(baked.first)
    image.name = f"{baked.first.parent.name} frames"
    if properties.portrait is not None and not properties.portrait.is_float and not image.is_float:
        image.colorspace_settings.name = properties.portrait.colorspace_settings.name
    properties.frames = image
    properties.first_file, properties.frame_count = baked.first_file, baked.count
    properties.first_offset = baked.offset
    _show(ob, properties.frames, baked.size, has_alpha=baked.has_alpha)
    retime(ob)


def show_live(ob: Any, image: Any) -> None:
    """Show a preview in place of portrait or frames; see `show_own`."""
    node = image_node(ob)
    if node is None or node.image == image:
        return
    _make_single_user(ob)
    if (node := image_node(ob)) is not None:
        node.image = image


def show_own(ob: Any) -> None:
    """Show what the object shows without a preview: its frames, or its portrait before the first bake."""
    events.frame_previewed.emit(ob, None)
    node, own = image_node(ob), ob.portrait.frames or ob.portrait.portrait
    if node is not None and node.image != own:
        node.image = own
        retime(ob)


def follow_host(ob: Any) -> None:
    """Let a face that another plane shows be a frame on that plane, in no render; without a host it is a plane again.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait whose host was chosen.
    """
    host = host_of(ob)
    if host != ob:
        ob.display_type, ob.hide_render = "WIRE", True
        ob.parent, ob.matrix_parent_inverse = host, Matrix()
        ob.matrix_basis = Matrix()
        ob.portrait.size = host.portrait.size
        if len(ob.data.vertices) == len(host.data.vertices):
            _make_single_user(ob)
            for own, shown in zip(ob.data.vertices, host.data.vertices, strict=True):
                own.co = shown.co
    elif ob.parent is not None and is_portrait(ob.parent):
        world = ob.matrix_world.copy()
        ob.display_type, ob.hide_render = "TEXTURED", False
        ob.parent = None
        ob.matrix_world = world


def show_portraits(ob: Any) -> None:
    """Show another picture on a portrait, upright, and give it to the faces that this one shows."""
    from ..data.sources import upright_copy  # reads pictures, which a Blender without a portrait does not

    upright = upright_copy(ob.portrait.portrait)
    if upright != ob.portrait.portrait:
        ob.portrait.portrait = upright  # and here again
        return
    guests = [other for other in bpy.data.objects if is_portrait(other) and other != ob and other.portrait.host == ob]
    show_portrait(ob)
    for guest in guests:
        if guest.portrait.portrait != ob.portrait.portrait:
            guest.portrait.portrait = ob.portrait.portrait


def retime(ob: Any) -> None:
    """Let the frames begin at the portrait's start frame."""
    if ob.portrait.frames is not None and (node := image_node(ob)) is not None:
        frames.place_in_time(node.image_user, ob.portrait)


def from_picture(ob: Any, size: tuple[int, int]) -> NDArray[np.float64]:
    """(4, 3) homogeneous matrix from pixels of a picture of this size, centres at integers, to the object's space."""
    low, high = (np.array(ob.bound_box[corner]) for corner in (0, 6))
    across, down = (high[0] - low[0]) / size[0], (low[2] - high[2]) / size[1]
    return np.array(
        [[across, 0, low[0] + across / 2], [0, 0, low[1]], [0, down, high[2] + down / 2], [0, 0, 1]], np.float64
    )


def is_cut_out(image: Any | None) -> bool:
    """Whether a picture is a person whom we have cut out of another picture."""
    return image is not None and WHOLE in image


def image_node(ob: Any) -> Any | None:
    """The material's image node, or None if the artist took it away."""
    material = ob.active_material
    return material.node_tree.nodes.get(IMAGE_NODE) if material is not None and material.node_tree else None


def set_shading(ob: Any) -> None:
    """Let the plane give out its picture's own colours, or be lit by the scene's lamps, as the artist has chosen."""
    _make_single_user(ob)
    picture, material = image_node(ob), ob.active_material
    if picture is None:
        return
    nodes, links = material.node_tree.nodes, material.node_tree.links
    mix = nodes.get(MIX_NODE) or next((node for node in nodes if node.type == "MIX_SHADER"), None)
    if mix is None:
        return
    name, kind = SURFACES[ob.portrait.shading]
    surface = nodes.get(name) or next((node for node in nodes if node.bl_idname == kind), None)
    if surface is None:
        surface = nodes.new(kind)
        surface.name, surface.location = name, (-300, 0)
        if name == "Lit":
            surface.inputs["Roughness"].default_value = 1.0
            surface.inputs["Specular IOR Level"].default_value = 0.0
        links.new(picture.outputs["Color"], surface.inputs[0])
    links.new(surface.outputs[0], mix.inputs[2])


def lamps_before(ob: Any, scene: Any) -> list[Any]:
    """The lamps of a scene that light the side of a plane on which its picture is."""
    matrix = ob.matrix_world
    front = -matrix.col[1].to_3d().normalized()  # the plane faces its own -y

    def is_before(lamp: Any) -> bool:
        if lamp.data.type == "SUN":
            return bool(lamp.matrix_world.col[2].to_3d().dot(front) > 0)  # where it shines from
        return bool((lamp.matrix_world.translation - matrix.translation).dot(front) > 0)

    return [other for other in scene.objects if other.type == "LIGHT" and not other.hide_render and is_before(other)]


def _new_material(name: str) -> Any:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # Blender 4.5; later ones always have it
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    picture, emission, clear, mix, output = (
        nodes.new(f"ShaderNode{kind}")
        for kind in ("TexImage", "Emission", "BsdfTransparent", "MixShader", "OutputMaterial")
    )
    picture.name = picture.label = IMAGE_NODE
    mix.name, emission.name = MIX_NODE, SURFACES["SHADELESS"][0]
    picture.extension = "EXTEND"  # no dark seam where the filter meets the picture's border
    for node, place in ((picture, (-600, 0)), (clear, (-300, 120)), (emission, (-300, 0)), (mix, (-80, 100))):
        node.location = place
    output.location = (120, 100)
    links.new(picture.outputs["Color"], emission.inputs["Color"])
    links.new(picture.outputs["Alpha"], mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(emission.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], output.inputs["Surface"])
    return material


def _show(ob: Any, image: Any, size: tuple[int, int], *, has_alpha: bool) -> None:
    _make_single_user(ob)
    if all(size):
        ob.portrait.size = size
        _set_proportions(ob.data, size[0] / size[1])
    if (node := image_node(ob)) is not None:
        node.image = image
        # Sorted blending is exact at soft edges, but EEVEE gives it no depth of field. Opaque portraits do better
        # without sorting.
        sorts = has_alpha and not is_cut_out(ob.portrait.portrait)
        ob.active_material.surface_render_method = "BLENDED" if sorts else "DITHERED"


def _make_single_user(ob: Any) -> None:
    """A duplicate shares mesh and material with its original; showing its own frames must not change the other.

    A library override shares them with another file.
    """
    if ob.data.users > 1 or ob.data.library is not None:
        ob.data = ob.data.copy()
    material = ob.active_material
    if material is not None and (material.users > 1 or material.library is not None):
        ob.active_material = material.copy()


def _set_proportions(mesh: Any, proportions: float) -> None:
    """Keep the height, change the width; a mesh that the artist has modelled on is left alone."""
    if len(mesh.vertices) != 4:
        return
    half = max(abs(vertex.co.z) for vertex in mesh.vertices) * proportions
    for vertex in mesh.vertices:
        vertex.co.x = half if vertex.co.x > 0 else -half
    mesh.update()


SUBSCRIPTIONS: events.Subscriptions = (
    (events.portrait_chosen, show_portraits),
    (events.host_chosen, follow_host),
    (events.shading_chosen, set_shading),
    (events.start_moved, retime),
    (events.frames_baked, show_frames),
)


def register() -> None:
    """Let the planes follow their portraits' data."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Leave the planes as they are."""
    events.unsubscribe_all(SUBSCRIPTIONS)
