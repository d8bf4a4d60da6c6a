"""The head that was fitted to a portrait, as a mesh of its own with the picture on it, and the camera that sees it so.

``NAME head space``
    Child of the portrait, beside its plane: where the camera stood. One unit of it is a metre; its scale makes the head
    as large as the plane shows it.
``NAME fitted head``
    Child of it: mesh, with a shape key for each of the 52 expression units and the portrait projected on it.
``NAME head camera``
    Child of it: sees the head as the picture shows it.

Made again, the same objects get the new shape and new curves; materials and modifiers stay. For a file they are made
apart from the portrait, as large as a living head, see `make_apart`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...media.provenance import SYNTHETIC, software
from ...pipeline.face.palette import Colours, Palette
from ...pipeline.head.camera import FLIP, FULL_FRAME_DIAGONAL, Camera, Pose
from ...pipeline.head.model import EXPRESSION_UNITS, HeadModel, Part
from ...pipeline.head.projecting import PortraitHead
from ...pipeline.imaging.arrays import Float64Array
from ...pipeline.records.portrait import Portrait
from ...pipeline.timeline.head_motion import HeadMotion
from ...pipeline.timeline.rig_channels import TO_BLENDER, sparse_keys
from .keying import put_keys

ROLE = "living_portraits_head"
"""Custom property of the objects: what each is."""

MARK = {"digitalSourceType": SYNTHETIC, "software": software()}
"""Custom properties of mesh and materials, which exporters write into their files: that it is synthetic."""

METRES = 1e-3
"""Of the model's millimetres."""

FROM_CAMERA = TO_BLENDER @ FLIP
"""Rotation from x right, y down, z away, to y away, z up."""

EXACT = 1e-4
"""What curves may miss, in metres, radians or weights."""

ASIDE = 1.05
"""Where the head stands, in widths of the plane to its left."""

CAMERA_SIZE = 0.15
"""How large the camera is drawn."""

IMAGE_NODE = "Portrait"
INSIDE = 0.7
"""Light that reaches teeth and tongue, which the picture does not show; 1 is that on the face."""

MATERIAL_OF = {Part.UPPER_TEETH: 1, Part.LOWER_TEETH: 1, Part.TONGUE: 2}
"""Number of the material of parts; the others show the picture."""


def make(ob: Any, model: HeadModel, head: PortraitHead, portrait: Portrait) -> Any:
    """Make the head of a portrait with its camera, or give those that are there the new shape.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait; it must be in a collection.
    model : HeadModel
    head : PortraitHead
        As fitted to the portrait.
    portrait : Portrait

    Returns
    -------
    bpy.types.Object
        The mesh, with the portrait's own expression and pose, without curves.
    """
    space = _child(ob, "space") or _new_object(ob, "space", f"{ob.name} head space", ob.users_collection[0], None)
    _place(space, ob, head, portrait.size)
    return _furnish(space, f"{ob.name} ", ob, model, head, portrait)


def make_apart(collection: Any, ob: Any, model: HeadModel, head: PortraitHead, portrait: Portrait) -> Any:
    """Make the head of a portrait with its camera apart from the portrait, in metres, with the camera at the origin.

    Parameters
    ----------
    collection : bpy.types.Collection
        Where the objects go.
    ob, model, head, portrait
        See `make`.

    Returns
    -------
    bpy.types.Object
        See `make`. No name has the portrait's in it.
    """
    return _furnish(_new_object(None, "space", "head space", collection, None), "", ob, model, head, portrait)


def camera_of(made: Any) -> Any:
    """The camera that sees a head as the picture shows it; None where an artist has deleted it."""
    return _child(made.parent, "camera")


def _furnish(space: Any, prefix: str, ob: Any, model: HeadModel, head: PortraitHead, portrait: Portrait) -> Any:
    """Put head and camera into a space, or give those that are there the new shape."""
    size, collection = portrait.size, space.users_collection[0]
    camera = _child(space, "camera")
    if camera is None:
        name = f"{prefix}head camera"
        camera = _new_object(space, "camera", name, collection, bpy.data.cameras.new(name))
        camera.data.display_size = CAMERA_SIZE
    made = _child(space, "head")
    if made is None or not _has_shape_keys(made.data, len(model.mean)):
        mesh = _new_mesh(prefix, ob.portrait.shading == "LIT", model, portrait.palette)
        made = made or _new_object(space, "head", f"{prefix}fitted head", collection, mesh)
        made.data = mesh
    _set_lens(camera.data, head.fit.camera, size)
    camera.rotation_euler = (pi / 2, 0, 0)
    _shape(made.data, head, size)
    _show_picture(made.data, ob.portrait.portrait)
    _drop_curves(made)
    made.location, made.rotation_euler = (values[0] for values in _placements([head.fit.pose]))
    for name, weight in zip(EXPRESSION_UNITS, head.weights, strict=True):
        made.data.shape_keys.key_blocks[name].value = weight
    return made


def key(made: Any, frames: Sequence[int], motion: HeadMotion) -> None:
    """Key the head as a clip moves it.

    Parameters
    ----------
    made : bpy.types.Object
        From `make`.
    frames : sequence of int
        Scene frames of the rows of `motion`.
    motion : HeadMotion
    """
    action, numbers = bpy.data.actions.new(made.name), np.asarray(frames)

    def put(block: Any, path: str, index: int, values: Float64Array) -> None:
        kept = sparse_keys(values, EXACT)
        put_keys(action, block, path, index, numbers[kept], values[kept])

    for path, vectors in zip(("location", "rotation_euler"), _placements(motion.poses), strict=True):
        for axis, values in enumerate(vectors.T):
            put(made, path, axis, values)
    for name, values in zip(EXPRESSION_UNITS, motion.weights.T, strict=True):
        put(made.data.shape_keys, f'key_blocks["{name}"].value', 0, values)


def _child(parent: Any, role: str) -> Any | None:
    """A child that was made as this; what an artist has deleted is in no collection any more."""
    return next((child for child in parent.children if child.get(ROLE) == role and child.users_collection), None)


def _new_object(parent: Any | None, role: str, name: str, collection: Any, data: Any | None) -> Any:
    made = bpy.data.objects.new(name, data)
    made.parent, made[ROLE] = parent, role
    collection.objects.link(made)
    return made


def _new_mesh(prefix: str, lit: bool, model: HeadModel, palette: Palette) -> Any:
    """The head's faces, materials and shape keys, all of them flat."""
    mesh = bpy.data.meshes.new(f"{prefix}fitted head")
    mesh.from_pydata(np.zeros_like(model.mean), [], model.quads.tolist(), shade_flat=False)
    mesh.uv_layers.new(name="UVMap")
    mesh.materials.append(_picture_material(f"{prefix}fitted head", lit))
    mesh.materials.append(_plain_material(f"{prefix}teeth", lit, palette.teeth))
    mesh.materials.append(_plain_material(f"{prefix}tongue", lit, palette.flesh))
    numbers = np.array([MATERIAL_OF.get(part, 0) for part in Part])[model.parts[model.quads[:, 0]]]
    mesh.polygons.foreach_set("material_index", numbers.astype(np.int32))
    mesh.update()
    carrier = bpy.data.objects.new("carrier", mesh)  # only objects can add shape keys
    for name in ("Basis", *EXPRESSION_UNITS):
        carrier.shape_key_add(name=name, from_mix=False).slider_min = -1  # they count from rest
    bpy.data.objects.remove(carrier)
    _mark(mesh)
    return mesh


def _has_shape_keys(mesh: Any, vertices: int) -> bool:
    """Whether a mesh is still as `_new_mesh` makes it."""
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else {}
    return len(mesh.vertices) == vertices and all(name in keys for name in ("Basis", *EXPRESSION_UNITS))


def _shape(mesh: Any, head: PortraitHead, size: tuple[int, int]) -> None:
    """Give a mesh the head's shape, and project the picture on it."""
    at_rest = METRES * head.at_rest @ TO_BLENDER.T
    shapes = at_rest + METRES * head.units @ TO_BLENDER.T
    mesh.vertices.foreach_set("co", _flat(at_rest))
    for name, shape in zip(("Basis", *EXPRESSION_UNITS), (at_rest, *shapes), strict=True):
        mesh.shape_keys.key_blocks[name].data.foreach_set("co", _flat(shape))
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    uvs = (head.pixels + 0.5) / size * (1, -1) + (0, 1)
    mesh.uv_layers[0].data.foreach_set("uv", _flat(uvs[corners]))
    mesh.update()


def _flat(places: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(places, np.float32).ravel()


def _place(space: Any, ob: Any, head: PortraitHead, size: tuple[int, int]) -> None:
    """Put the camera where it sees the plane as large as the picture, and the head at the plane's distance."""
    low, high = (np.array(ob.bound_box[corner]) for corner in (0, 6))
    distance = head.fit.camera.focal * (high[2] - low[2]) / size[1]
    middle = (low + high) / 2
    space.location = middle - (ASIDE * (high[0] - low[0]), distance, 0)
    space.scale = [distance / (METRES * head.fit.pose.position[2])] * 3


def _set_lens(data: Any, camera: Camera, size: tuple[int, int]) -> None:
    """A sensor of a full frame's diagonal in the picture's proportions, of which the longer side fills the frame."""
    sensor = FULL_FRAME_DIAGONAL / np.hypot(*size)
    data.sensor_width, data.sensor_height = (sensor * side for side in size)
    data.sensor_fit = "VERTICAL" if size[1] >= size[0] else "HORIZONTAL"
    data.lens = camera.focal * sensor


def _placements(poses: Sequence[Pose]) -> tuple[Float64Array, Float64Array]:
    """(n, 3) locations in metres and (n, 3) Euler angles in the camera's space, without jumps of 2 pi."""
    places = METRES * np.array([pose.position for pose in poses]) @ FROM_CAMERA.T
    turns = FROM_CAMERA @ np.array([pose.rotation for pose in poses]) @ TO_BLENDER.T
    return places, np.unwrap(Rotation.from_matrix(turns).as_euler("xyz"), axis=0)


def _drop_curves(made: Any) -> None:
    """Let go of the curves of an earlier time."""
    blocks = [block for block in (made, made.data.shape_keys) if block.animation_data is not None]
    actions = {block.animation_data.action for block in blocks} - {None}
    for block in blocks:
        block.animation_data.action = None
    for action in actions:
        if not action.users:
            bpy.data.actions.remove(action)


def _picture_material(name: str, lit: bool) -> Any:
    """The picture's own colours as the plane shows them, or lit by lamps; exporters know this shader."""
    material, shader = _new_material(name)
    picture = material.node_tree.nodes.new("ShaderNodeTexImage")
    picture.name = picture.label = IMAGE_NODE
    picture.extension, picture.location = "EXTEND", (-400, 200)
    shader.inputs["Base Color"].default_value = (0, 0, 0, 1)
    shader.inputs["Emission Strength"].default_value = 0 if lit else 1
    material.node_tree.links.new(picture.outputs["Color"], shader.inputs["Base Color" if lit else "Emission Color"])
    material.node_tree.nodes.active = picture  # what the Texture shading of the view shows
    return material


def _plain_material(name: str, lit: bool, bgr: Colours) -> Any:
    material, shader = _new_material(name)
    colour = (*(INSIDE * float(value) for value in bgr[::-1]), 1.0)
    material.diffuse_color = colour
    shader.inputs["Base Color"].default_value = colour if lit else (0, 0, 0, 1)
    shader.inputs["Emission Color"].default_value = colour
    shader.inputs["Emission Strength"].default_value = 0 if lit else 1
    return material


def _new_material(name: str) -> tuple[Any, Any]:
    """A matt material that says that it is synthetic, and its shader."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # Blender 4.5; later ones always have it
        material.use_nodes = True
    _mark(material)
    shader = next(node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled")
    shader.inputs["Roughness"].default_value, shader.inputs["Specular IOR Level"].default_value = 1, 0
    return material, shader


def _show_picture(mesh: Any, picture: Any) -> None:
    """Show the portrait's picture, which may be another one now, wherever the artist has left its node."""
    for material in filter(None, mesh.materials):
        node = material.node_tree.nodes.get(IMAGE_NODE) if material.node_tree is not None else None
        if node is not None:
            node.image = picture


def _mark(block: Any) -> None:
    for name, value in MARK.items():
        block[name] = value
