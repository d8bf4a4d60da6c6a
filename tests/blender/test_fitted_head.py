"""The head behind the portrait as a mesh with shape keys, in both Blenders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from scipy.spatial import cKDTree

from portrait_addon.blender.running import object_cache
from portrait_addon.media.provenance import SYNTHETIC
from portrait_addon.pipeline.face.mesh import NOSE_TIP, OUTER_EYE_CORNERS
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, tracked_points
from portrait_addon.pipeline.records.performance import no_head

CLIP_FRAMES = 6
HEAD, CAMERA = "ford fitted head", "ford head camera"


@pytest.fixture
def still(ready: Any) -> Any:
    """A portrait without a clip."""
    ready.portrait.clip = None
    return ready


@pytest.fixture
def tracked(ready: Any) -> Any:
    ready.portrait.start_frame = 11
    bpy.ops.portrait.track()
    return ready


def objects() -> tuple[Any, Any]:
    return bpy.data.objects[HEAD], bpy.data.objects[CAMERA]


def shape_of(head: Any, name: str) -> np.ndarray:
    """(v, 3) places of a shape key."""
    flat = np.empty(3 * len(head.data.vertices), np.float32)
    head.data.shape_keys.key_blocks[name].data.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def seen(scene: Any) -> np.ndarray:
    """(478, 2) where the camera sees the tracked points of the evaluated mesh, in pixels of the portrait."""
    head, camera = objects()
    scene.render.resolution_x, scene.render.resolution_y = 240, 320
    shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = np.array([shown.matrix_world @ vertex.co for vertex in shown.data.vertices])
    points = tracked_points().of(places)
    framed = np.array([world_to_camera_view(scene, camera, Vector(point))[:2] for point in points])
    return np.asarray((framed * (1, -1) + (0, 1)) * (240, 320) - 0.5)


def test_its_camera_sees_the_head_as_the_portrait_shows_it(still: Any, scene: Any) -> None:
    assert bpy.ops.portrait.add_fitted_head() == {"FINISHED"}
    portrait, chosen = object_cache.portrait_of(still), [NOSE_TIP, *OUTER_EYE_CORNERS, 13, 14]
    misses = np.linalg.norm(seen(scene)[chosen] - portrait.points[chosen, :2], axis=1) / portrait.unit
    assert misses.max() < 0.06, misses
    assert bpy.data.objects[HEAD].animation_data is None


def test_the_picture_lies_where_the_camera_sees_it(still: Any, scene: Any) -> None:
    bpy.ops.portrait.add_fitted_head()
    head, _ = objects()
    uvs = np.zeros((len(head.data.vertices), 2))
    for loop, uv in zip(head.data.loops, head.data.uv_layers[0].data, strict=True):
        uvs[loop.vertex_index] = uv.uv
    mapped = tracked_points().of(np.column_stack([uvs, np.zeros(len(uvs))]))[:, :2]
    np.testing.assert_allclose((mapped * (1, -1) + (0, 1)) * (240, 320) - 0.5, seen(scene), atol=0.05)
    pictures = [node.image for node in head.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
    assert pictures == [still.portrait.portrait]


def test_the_lens_says_how_far_the_camera_stands(still: Any) -> None:
    distances = []
    for lens in (50, 100):
        bpy.ops.portrait.add_fitted_head(lens=lens)
        head, camera = objects()
        assert camera.data.lens == pytest.approx(lens, abs=0.01)
        distances.append(head.location.length)
        right, left = tracked_points().of(shape_of(head, "Basis"))[[*OUTER_EYE_CORNERS]]
        assert np.linalg.norm(left - right) == pytest.approx(0.09, abs=0.01)  # metres, as an adult's
    assert distances[1] / distances[0] == pytest.approx(2, rel=0.05)


def test_the_lens_that_the_file_names_is_taken(still: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = object_cache.picture_of(still)
    monkeypatch.setattr(object_cache, "picture_of", lambda _ob: replace(picture, lens=28.0))
    object_cache.forget_all()
    bpy.ops.portrait.add_fitted_head()
    near = objects()[1].data.lens
    bpy.ops.portrait.add_fitted_head(lens=85)
    assert objects()[1].data.lens / near == pytest.approx(85 / 28, rel=1e-3)


def test_shape_keys_are_arkits_and_move_what_they_say(still: Any) -> None:
    bpy.ops.portrait.add_fitted_head()
    head, _ = objects()
    keys = head.data.shape_keys.key_blocks
    assert tuple(keys.keys()) == ("Basis", *EXPRESSION_UNITS)

    moved = tracked_points().of(shape_of(head, "jawOpen") - shape_of(head, "Basis"))
    assert moved[152, 2] < -0.015  # the chin goes down by centimetres
    assert np.abs(moved[[*OUTER_EYE_CORNERS]]).max() < 0.002
    assert keys["jawOpen"].value < 0.3
    assert keys["tongueOut"].value == 0


def test_the_clip_moves_the_head_from_the_portraits_pose(tracked: Any, scene: Any) -> None:
    assert bpy.ops.portrait.add_fitted_head() == {"FINISHED"}
    head, _ = objects()
    performance = object_cache.performance_of(tracked)
    assert performance is not None
    for number in range(1, CLIP_FRAMES + 1):
        scene.frame_set(10 + number)
        shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
        weights = [shown.data.shape_keys.key_blocks[name].value for name in TRACKED_UNITS]
        np.testing.assert_allclose(weights, performance.expressions[number - 1], atol=2e-4)
    scene.frame_set(10 + performance.neutral)
    portrait = object_cache.portrait_of(tracked)
    corners = list(OUTER_EYE_CORNERS)
    assert np.abs(seen(scene)[corners] - portrait.points[corners, :2]).max() < 0.06 * portrait.unit
    turn = performance.head_rotations[-1] @ performance.head_rotations[performance.neutral - 1].T
    rotation = [np.array(head.matrix_basis.to_3x3())]
    scene.frame_set(10 + CLIP_FRAMES)
    rotation.append(np.array(head.matrix_basis.to_3x3()))
    assert np.trace(rotation[1] @ rotation[0].T) == pytest.approx(np.trace(turn), abs=1e-4)


def test_in_point_and_start_frame_count_as_for_the_bake(tracked: Any) -> None:
    tracked.portrait.first_frame, tracked.portrait.last_frame = 3, 5
    bpy.ops.portrait.add_fitted_head()
    head, _ = objects()
    assert tuple(head.animation_data.action.frame_range) == (11, 13)


def test_made_again_the_same_objects_get_new_curves(tracked: Any) -> None:
    bpy.ops.portrait.add_fitted_head()
    head, camera = objects()
    head.data.materials[1].name = "mine"
    tracked.portrait.start_frame = 31
    bpy.ops.portrait.add_fitted_head()
    assert objects() == (head, camera)
    assert head.data.materials[1].name == "mine"
    assert [action.name for action in bpy.data.actions] == [HEAD]
    assert head.animation_data.action.frame_range[0] == 31
    tracked.portrait.clip = None
    bpy.ops.portrait.add_fitted_head()
    assert not bpy.data.actions


def test_a_mesh_that_was_remodelled_is_made_anew(still: Any) -> None:
    bpy.ops.portrait.add_fitted_head()
    head, _ = objects()
    head.shape_key_clear()
    bpy.ops.portrait.add_fitted_head()
    assert "jawOpen" in head.data.shape_keys.key_blocks


def test_all_of_it_says_that_it_is_synthetic(still: Any, scene: Any) -> None:
    bpy.ops.portrait.add_fitted_head()
    head, _ = objects()
    assert {block["digitalSourceType"] for block in (head.data, *head.data.materials)} == {SYNTHETIC}
    assert SYNTHETIC in scene.render.stamp_note_text


def test_before_the_clip_is_tracked_it_says_so_and_makes_nothing(ready: Any) -> None:
    before, ready.portrait.driving_face = len(bpy.data.objects), 2
    with pytest.raises(RuntimeError, match="the clip is not tracked yet"):
        bpy.ops.portrait.add_fitted_head()
    assert len(bpy.data.objects) == before


def test_a_performance_without_a_head_has_to_be_tracked_again(tracked: Any) -> None:
    performance = object_cache.tracked_of(tracked)
    assert performance is not None
    earlier = replace(performance, **no_head(1))
    object_cache.keep_performance(object_cache.clip_key(tracked.portrait), earlier)
    with pytest.raises(RuntimeError, match="Track the clip again"):
        bpy.ops.portrait.add_fitted_head()
    assert HEAD not in bpy.data.objects


def test_sliders_move_the_head_and_no_clip_does(tracked: Any, scene: Any) -> None:
    tracked.portrait.driving_source = "EXPRESSIONS"
    scene.frame_start, scene.frame_end = 5, 7
    for frame, weight in ((5, 0.0), (7, 0.8)):
        tracked.portrait.drive.jawOpen = tracked.portrait.drive.tongueOut = weight
        for name in ("jawOpen", "tongueOut"):
            tracked.keyframe_insert(f"portrait.drive.{name}", frame=frame)
    tracked.portrait.bake_range = "SCENE"
    bpy.ops.portrait.add_fitted_head()
    head, _ = objects()
    assert tuple(head.animation_data.action.frame_range) == (5, 7)
    for frame, weight in ((5, 0.0), (7, 0.8)):
        scene.frame_set(frame)
        keys = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys.key_blocks
        assert [keys["jawOpen"].value, keys["tongueOut"].value] == pytest.approx([weight] * 2, abs=1e-3)
        assert keys["mouthSmileLeft"].value == pytest.approx(0, abs=1e-3)


def places(head: Any) -> np.ndarray:
    """(v, 3) places of the vertices of an evaluated mesh in the world."""
    shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([shown.matrix_world @ vertex.co for vertex in shown.data.vertices])


def imported(path: Path, scene: Any) -> tuple[Any, Any]:
    """Head and camera of a file, in a scene of frames like those of the file."""
    importers = {
        ".glb": lambda name: bpy.ops.import_scene.gltf(filepath=name),
        ".fbx": lambda name: bpy.ops.import_scene.fbx(filepath=name, anim_offset=0),
        ".usdz": lambda name: bpy.ops.wm.usd_import(filepath=name, import_all_materials=True),
    }
    before = set(bpy.data.objects)
    if path.suffix == ".blend":
        with bpy.data.libraries.load(str(path)) as (_, made):
            made.collections = ["ford fitted head"]
        scene.collection.children.link(made.collections[0])
    else:
        importers[path.suffix](str(path))
    new = set(bpy.data.objects) - before
    return next(ob for ob in new if ob.type == "MESH"), next(ob for ob in new if ob.type == "CAMERA")


@pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy array:DeprecationWarning")  # Blender's own, in FBX
def test_other_programs_get_the_same_head_with_the_same_motion(tracked: Any, scene: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.add_fitted_head()
    head, camera = objects()
    head.parent.parent, head.parent.location, head.parent.scale = None, (0, 0, 0), (1, 1, 1)
    wanted = {}
    for frame in (11, 14, 16):
        scene.frame_set(frame)
        wanted[frame] = cKDTree(places(head))
    (folder := tmp_path / "files").mkdir()
    for ending, first in ((".glb", 0), (".fbx", 11), (".usdz", 11), (".blend", 11)):
        path, kept = folder / f"ford{ending}", [set(bpy.data.objects), set(bpy.data.actions), set(bpy.data.images)]
        assert bpy.ops.portrait.export_fitted_head(filepath=str(path)) == {"FINISHED"}
        assert kept == [set(bpy.data.objects), set(bpy.data.actions), set(bpy.data.images)]
        assert path in folder.iterdir() and len(list(folder.iterdir())) == 1, ending
        other, lens = imported(path, scene)
        path.unlink()
        assert set(EXPRESSION_UNITS) <= {key.name for key in other.data.shape_keys.key_blocks}, ending
        assert lens.data.angle_y == pytest.approx(camera.data.angle_y, abs=1e-3), ending
        blocks = (other, other.data, *other.data.materials)
        assert SYNTHETIC in [block.get("digitalSourceType") for block in blocks], ending
        materials = [material for material in other.data.materials if material.node_tree is not None]
        nodes = [node for material in materials for node in material.node_tree.nodes]
        assert {tuple(node.image.size) for node in nodes if node.type == "TEX_IMAGE"} == {(240, 320)}, ending
        for frame, tree in wanted.items():
            scene.frame_set(frame - 11 + first)
            assert np.linalg.norm(lens.matrix_world.translation) < 1e-4, ending
            assert tree.query(places(other))[0].max() < 1e-3, (ending, frame)


def test_a_file_gets_an_ending_and_an_unknown_folder_is_said(still: Any, tmp_path: Path) -> None:
    assert bpy.ops.portrait.export_fitted_head(filepath=str(tmp_path / "ford"), format=".blend") == {"FINISHED"}
    assert (tmp_path / "ford.blend").stat().st_size > 1e5
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeError, match="file"):
        bpy.ops.portrait.export_fitted_head(filepath=str(tmp_path / "file" / "ford.glb"))
