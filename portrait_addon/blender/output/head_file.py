"""A fitted head in a file of its own, written by Blender's own exporters from a scene that holds nothing else.

Each format is one file with the picture in it. Custom properties go along, with the mark that it is synthetic.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import bpy

from ...media.files import whole_path
from ...pipeline.head.model import load_head
from ...pipeline.head.projecting import PortraitHead
from ...pipeline.records.portrait import Portrait
from ...pipeline.timeline.head_motion import HeadMotion
from . import fitted_head, synthetic_label

Exporter: TypeAlias = Callable[[Path, Any], object]

TABLES = ("collections", "objects", "meshes", "cameras", "materials", "actions", "images")
"""Of `bpy.data`: where what is made for a file is, beside its scene, and removed from again."""


def write(
    path: Path, ob: Any, like: Any, shape: PortraitHead, portrait: Portrait, frames: range, motion: HeadMotion
) -> None:
    """Write the head of a portrait and its camera, in metres, with the camera at the origin.

    Parameters
    ----------
    path : Path
        Its ending names the format, see `EXPORTERS`.
    ob : bpy.types.Object
        The portrait.
    like : bpy.types.Scene
        Its frame rate and view transform are taken over.
    shape, portrait
        See `fitted_head.make`.
    frames : range
        Of the scene; may be empty.
    motion : HeadMotion
        In these frames.

    Raises
    ------
    InputError
        If it cannot be written.
    RuntimeError
        If Blender refuses.
    """
    with _scene_like(like, portrait.size, frames) as scene, tempfile.TemporaryDirectory() as folder:
        collection = bpy.data.collections.new(f"{ob.name} fitted head")
        scene.collection.children.link(collection)
        made = fitted_head.make_apart(collection, ob, load_head(), shape, portrait)
        scene.camera = fitted_head.camera_of(made)
        if frames:
            fitted_head.key(made, frames, motion)
        written = Path(folder) / path.with_suffix(path.suffix.lower()).name
        with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            EXPORTERS[written.suffix](written, scene)
        with whole_path(path) as partial:
            shutil.copyfile(written, partial)


@contextmanager
def _scene_like(like: Any, size: tuple[int, int], frames: range) -> Iterator[Any]:
    """A scene as large as the picture, which is removed again with all that was made meanwhile."""
    before = {block for table in TABLES for block in getattr(bpy.data, table)}
    scene = bpy.data.scenes.new("fitted head")
    scene.render.fps, scene.render.fps_base = like.render.fps, like.render.fps_base
    scene.render.resolution_x, scene.render.resolution_y = size  # exporters read a camera's proportions there
    scene.view_settings.view_transform = like.view_settings.view_transform
    scene.frame_start, scene.frame_end = (frames.start, frames.stop - 1) if frames else (1, 1)
    synthetic_label.mark(scene)
    try:
        yield scene
    finally:
        bpy.data.scenes.remove(scene)
        bpy.data.batch_remove([block for table in TABLES for block in getattr(bpy.data, table) if block not in before])


def _blend(path: Path, scene: Any) -> None:
    for node in _picture_nodes(scene):
        node.image = node.image.copy()  # the artist's own stays as it is
        if node.image.packed_file is None:
            node.image.pack()
    bpy.data.libraries.write(str(path), set(scene.collection.children), fake_user=True, compress=True)


def _gltf(path: Path, _scene: Any) -> None:
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        export_format="GLB",
        use_active_scene=True,
        export_cameras=True,
        export_extras=True,
        export_animation_mode="SCENE",
        export_anim_scene_split_object=False,
        export_anim_slide_to_zero=True,
        export_optimize_animation_size=True,
        export_morph_normal=False,
        export_try_sparse_sk=True,
    )


def _fbx(path: Path, _scene: Any) -> None:
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        use_custom_props=True,
        mesh_smooth_type="FACE",
        bake_anim_use_all_actions=False,
        bake_anim_use_nla_strips=False,
        path_mode="COPY",
        embed_textures=True,
    )


def _usd(path: Path, scene: Any) -> None:
    bpy.ops.wm.usd_export(
        filepath=str(path),
        export_animation=scene.frame_end > scene.frame_start,
        export_shapekeys=True,
        export_custom_properties=True,
        export_textures_mode="NEW",
        relative_paths=True,
    )


EXPORTERS: dict[str, Exporter] = {".glb": _gltf, ".fbx": _fbx, ".usdz": _usd, ".blend": _blend}
"""By the endings of files."""


def _picture_nodes(scene: Any) -> Iterator[Any]:
    for ob in scene.objects:
        for material in getattr(ob.data, "materials", ()):
            yield from (node for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
