"""Anchors stay on the composed face: keyed, live, moved in time; and drivers read its channels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bmesh
import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.blender.data import points
from portrait_addon.blender.data.anchors import anchors_of
from portrait_addon.blender.output import anchors
from portrait_addon.blender.running import object_cache, timing
from portrait_addon.blender.running.sampling import sample_surfaces
from portrait_addon.pipeline.frame.result import CHANNELS, PARTS
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose_mix, compositor_of

CLIP_FRAMES = 6
CLOSE = 1e-3
"""In heights of the plane."""


@pytest.fixture
def tracked(ready: Any) -> Any:
    ready.portrait.start_frame = 11
    bpy.ops.portrait.track()
    return ready


@pytest.fixture
def anchored(tracked: Any) -> Any:
    assert bpy.ops.portrait.add_anchors() == {"FINISHED"}
    return tracked


def anchor(ob: Any, role: str) -> Any:
    return bpy.data.objects[f"{ob.name} anchor {role}"].evaluated_get(bpy.context.evaluated_depsgraph_get())


def shown(ob: Any, role: str) -> NDArray[np.float64]:
    """Where an anchor is, in the world; seen from the front."""
    return np.array(anchor(ob, role).matrix_world.translation)[[0, 2]]


def composed(ob: Any, scene: Any) -> dict[str, NDArray[np.float64]]:
    """Where the composed picture of the scene's frame has the parts of the face, in the world."""
    performance = object_cache.performance_of(ob)
    assert performance is not None
    library = object_cache.corrected_library_of(ob)
    specs = timing.plan_specs(ob, scene, performance, library)
    spec = specs[min(max(scene.frame_current - ob.portrait.start_frame, 0), len(specs) - 1)]
    moved = compose_mix(object_cache.portrait_of(ob), spec.mix, spec.settings).pose.moved
    (left, _, low), (right, _, high) = ob.bound_box[0], ob.bound_box[6]
    width, height = ob.portrait.size

    def place(part: Sequence[int]) -> NDArray[np.float64]:
        point = moved[list(part), :2].mean(axis=0)
        across, up = (point[0] + 0.5) / width, 1 - (point[1] + 0.5) / height
        corner = (left + across * (right - left), 0, low + up * (high - low), 1)
        return np.asarray((np.array(ob.matrix_world) @ corner)[[0, 2]])

    return {role: place(part) for role, part in PARTS.items()}


@pytest.mark.parametrize("moved", [False, True])
def test_anchors_are_where_the_composed_frame_has_the_face(tracked: Any, scene: Any, moved: bool) -> None:
    if moved:
        tracked.location, tracked.scale = (3, -2, 1), (2, 2, 2)
        tracked.portrait.head_motion, tracked.portrait.mouth = 0.5, 2.0
        tracked.keyframe_insert("portrait.expression", frame=11)
        tracked.portrait.expression = 1.5
        tracked.keyframe_insert("portrait.expression", frame=16)
    bpy.ops.portrait.add_anchors()
    for frame in (11, 13, 16, 300):
        scene.frame_set(frame)
        for role, place in composed(tracked, scene).items():
            assert shown(tracked, role) == pytest.approx(place, abs=CLOSE * tracked.scale[0])


def test_the_head_turns_moves_and_grows(anchored: Any, scene: Any) -> None:
    compositor = compositor_of(object_cache.portrait_of(anchored))
    performance: Any = object_cache.performance_of(anchored)
    spec = timing.plan_specs(anchored, scene, performance, {})[4]
    expected = compositor.result(spec.mix, spec.settings)
    scene.frame_set(15)
    head = anchor(anchored, "head")
    assert tuple(head.rotation_euler) == pytest.approx(tuple(expected.rotation), abs=CLOSE)
    assert tuple(head.scale) == pytest.approx((expected.size,) * 3, abs=CLOSE)
    root = anchors_of(anchored)
    assert root.parent == anchored and head.parent.original == root
    assert root.scale.y == anchors.RELIEF
    assert -0.2 < head.matrix_world.translation.y < 0  # before the plane


def test_a_bake_keys_the_anchors_anew(anchored: Any, scene: Any) -> None:
    anchored.portrait.head_motion = 3
    scene.frame_set(12)
    assert shown(anchored, "chin") != pytest.approx(composed(anchored, scene)["chin"], abs=CLOSE)
    bpy.ops.portrait.bake()
    scene.frame_set(12)
    assert shown(anchored, "chin") == pytest.approx(composed(anchored, scene)["chin"], abs=CLOSE)


def test_reactions_and_corrections_are_in_what_is_keyed(anchored: Any, scene: Any, clip_file: Path) -> None:
    """The same by a bake, which corrects what was tracked, and by the button, which takes it as corrected."""
    scene.frame_end = 16  # all are baked
    points.move_on_portrait(anchored, "jaw_9", (0.0, 0.1))
    points.move_on_clip(anchored, "outer_lips_7", 2, (0.0, 0.3))
    bpy.ops.portrait.add_reaction(filepath=str(clip_file))
    scene.timeline_markers.new(anchored.portrait.reactions[0].name, frame=14)
    bpy.ops.portrait.bake()
    keyed = []
    for _ in range(2):
        places = []
        for frame in (12, 15):
            scene.frame_set(frame)
            for role, place in composed(anchored, scene).items():
                assert shown(anchored, role) == pytest.approx(place, abs=CLOSE)
                places.append(shown(anchored, role))
        keyed.append(np.array(places))
        bpy.context.view_layer.objects.active = anchored
        bpy.ops.portrait.add_anchors()
    np.testing.assert_allclose(keyed[0], keyed[1], atol=CLOSE)


def test_the_live_preview_moves_them_and_leaves_the_keys(anchored: Any, scene: Any) -> None:
    scene.frame_set(12)
    before = shown(anchored, "chin")
    anchored.portrait.preview = True
    anchored.portrait.head_motion = 3
    bpy.context.view_layer.update()
    live = shown(anchored, "chin")
    assert live != pytest.approx(before, abs=CLOSE)
    assert live == pytest.approx(composed(anchored, scene)["chin"], abs=3 * CLOSE)  # of a smaller copy
    scene.frame_set(11)
    assert shown(anchored, "chin") == pytest.approx(composed(anchored, scene)["chin"], abs=3 * CLOSE)
    scene.frame_set(12)
    scene.frame_set(12)
    assert shown(anchored, "chin") == pytest.approx(live, abs=CLOSE)
    anchored.portrait.preview = False
    bpy.context.view_layer.update()
    assert shown(anchored, "chin") == pytest.approx(before, abs=CLOSE)


def test_a_channel_that_was_taken_away_or_made_a_word_comes_again(anchored: Any, scene: Any) -> None:
    root = anchors_of(anchored)
    del root["jawOpen"]
    root["headTurn"], root[anchors.START] = "left", "soon"
    anchored.portrait.start_frame = 12  # whose keys cannot be moved
    anchored.portrait.start_frame = 11
    anchored.portrait.preview = True
    scene.frame_set(12)
    anchored.portrait.head_motion = 3
    bpy.context.view_layer.update()
    assert isinstance(root["jawOpen"], float) and isinstance(root["headTurn"], float)
    assert bpy.ops.portrait.add_anchors() == {"FINISHED"}
    assert root[anchors.START] == 11


def test_drivers_read_the_channels_by_way_of_the_portrait(anchored: Any, scene: Any) -> None:
    driven = bpy.data.objects.new("puppet", None)
    scene.collection.objects.link(driven)
    driver = driven.driver_add("location", 2).driver
    driver.type = "AVERAGE"
    target = driver.variables.new().targets[0]
    target.id, target.data_path = anchored, 'portrait.result["mouthSmileLeft"]'
    performance = object_cache.performance_of(anchored)
    assert performance is not None
    column = list(CHANNELS).index("mouthSmileLeft")

    def height() -> float:
        return float(driven.evaluated_get(bpy.context.evaluated_depsgraph_get()).location.z)

    for frame in (11, 16):
        scene.frame_set(frame)
        assert height() == pytest.approx(performance.blendshapes[frame - 11, column], abs=CLOSE)
    anchored.portrait.preview = True
    anchored.portrait.expression = 0
    bpy.context.view_layer.update()
    assert height() == pytest.approx(0, abs=CLOSE)


def test_a_hat_moves_by_itself_where_the_extension_is_unknown(anchored: Any, scene: Any) -> None:
    """Plain curves: what a farm evaluates is the action, not us."""
    action = anchors_of(anchored).animation_data.action
    empties = [anchors_of(anchored), *anchors_of(anchored).children_recursive]
    assert {empty.animation_data.action for empty in empties} == {action}
    assert not any(empty.animation_data.drivers for empty in empties)
    curve = action.fcurve_ensure_for_datablock(bpy.data.objects["ford anchor head"], "location", index=0)
    assert len(curve.keyframe_points) > 2
    assert curve.keyframe_points[0].co.x == 11


def test_keys_move_with_the_start(anchored: Any, scene: Any) -> None:
    scene.frame_set(14)
    before = shown(anchored, "mouth")
    anchored.portrait.start_frame = 111
    scene.frame_set(114)
    assert shown(anchored, "mouth") == pytest.approx(before, abs=1e-5)
    scene.frame_set(14)
    assert shown(anchored, "mouth") != pytest.approx(before, abs=1e-5)


def test_a_bake_of_a_part_keeps_the_other_keys(anchored: Any, scene: Any) -> None:
    results = [compositor_of(object_cache.portrait_of(anchored)).result([], Settings())]
    scene.frame_set(16)
    before = shown(anchored, "mouth")
    anchors.key(anchored, [13], results, sample_surfaces(anchored, [13]))
    scene.frame_set(16)
    assert shown(anchored, "mouth") == pytest.approx(before, abs=1e-5)


def test_pressed_again_what_hangs_on_them_stays(anchored: Any) -> None:
    head = bpy.data.objects["ford anchor head"]
    hat = bpy.data.objects.new("hat", None)
    hat.parent = head
    bpy.data.objects.remove(bpy.data.objects["ford anchor chin"])
    bpy.ops.portrait.bake()  # without the chin
    bpy.context.view_layer.objects.active = anchored
    bpy.ops.portrait.add_anchors()
    assert hat.parent == head == bpy.data.objects["ford anchor head"]
    assert "ford anchor chin" in bpy.data.objects
    assert len([action for action in bpy.data.actions if "anchors" in action.name]) == 1


def test_what_was_deleted_is_made_again(anchored: Any, scene: Any) -> None:
    for empty in (anchors_of(anchored), *anchors_of(anchored).children_recursive):
        empty.select_set(True)
    anchored.select_set(False)
    bpy.ops.object.delete()
    assert anchors_of(anchored) is None
    bpy.ops.portrait.bake()  # finds nothing to key, and does not mind
    bpy.context.view_layer.objects.active = anchored
    bpy.ops.portrait.add_anchors()
    root = anchors_of(anchored)
    assert root.name in scene.objects
    assert {child[anchors.ROLE] for child in root.children_recursive} == {"head", *PARTS}


def test_a_duplicate_gets_anchors_of_its_own(anchored: Any) -> None:
    bpy.ops.object.select_all(action="DESELECT")
    anchored.select_set(True)
    bpy.context.view_layer.objects.active = anchored
    bpy.ops.object.duplicate()
    double = bpy.context.object
    assert anchors_of(double) is None
    bpy.ops.portrait.add_anchors()
    assert anchors_of(double).parent == double
    assert anchors_of(anchored).parent == anchored


def test_without_a_tracked_clip_the_button_says_what_to_do(ready: Any) -> None:
    ready.portrait.neutral_frame = 2
    with pytest.raises(RuntimeError, match="the clip is not tracked yet"):
        bpy.ops.portrait.add_anchors()


RADIUS = 0.5
"""Of the column round which a plane one unit high is bent."""


def bend(ob: Any) -> Any:
    """Bend the plane round an upright column that bulges towards the viewer; the shape key that does it."""
    mesh = bmesh.new()
    mesh.from_mesh(ob.data)
    bmesh.ops.subdivide_edges(mesh, edges=mesh.edges, cuts=31, use_grid_fill=True)
    mesh.to_mesh(ob.data)
    mesh.free()
    ob.shape_key_add(name="flat")
    key = ob.shape_key_add(name="bent")
    for point in key.data:
        angle = point.co.x / RADIUS
        point.co.x, point.co.y = RADIUS * np.sin(angle), RADIUS * (1 - np.cos(angle))
    key.value = 1
    bpy.context.view_layer.update()
    return key


def on_column(ob: Any, scene: Any, role: str) -> NDArray[np.float64]:
    """Where a part of the composed face belongs: a relief on the column, in the object's space."""
    performance: Any = object_cache.performance_of(ob)
    spec = timing.plan_specs(ob, scene, performance, {})[scene.frame_current - 11]
    result = compositor_of(object_cache.portrait_of(ob)).result(spec.mix, spec.settings)
    width = ob.portrait.size[0] / ob.portrait.size[1]
    x, depth, z = width * result.places()[[*PARTS].index(role)]
    radius = RADIUS - anchors.RELIEF * depth  # towards the viewer is outwards
    return np.array([radius * np.sin(x / RADIUS), RADIUS - radius * np.cos(x / RADIUS), z])


def in_plane(ob: Any, role: str) -> NDArray[np.float64]:
    return np.array(ob.matrix_world.inverted() @ anchor(ob, role).matrix_world.translation)


@pytest.mark.parametrize("live", [False, True])
def test_anchors_lie_on_a_bent_plane(tracked: Any, scene: Any, live: bool) -> None:
    tracked.location, tracked.rotation_euler, tracked.scale = (3, -2, 1), (0.3, 0.2, 1), (2, 2, 2)
    bend(tracked)
    tracked.portrait.head_motion = 0 if live else 2
    bpy.ops.portrait.add_anchors()
    tracked.portrait.preview, tracked.portrait.head_motion = live, 2
    for frame in (11, 15):
        scene.frame_set(frame)
        for role in PARTS:
            assert in_plane(tracked, role) == pytest.approx(on_column(tracked, scene, role), abs=4 * CLOSE)


def test_a_hat_leans_as_the_bent_plane_does(tracked: Any, scene: Any) -> None:
    """On a portrait whose picture was moved aside on the column, all of the head turns by that angle."""
    bpy.ops.portrait.add_anchors()
    scene.frame_set(11)
    flat = anchor(tracked, "head").matrix_world.to_3x3()
    bend(tracked)
    for loop in tracked.data.uv_layers.active.data:
        loop.uv.x -= 0.3  # the picture is seen further to the right
    bpy.ops.portrait.add_anchors()
    scene.frame_set(11)
    leaning = anchor(tracked, "head").matrix_world.to_3x3()
    angle = 0.3 * tracked.portrait.size[0] / tracked.portrait.size[1] / RADIUS
    middle = np.arctan2(leaning.col[2].x, leaning.col[2].z), (leaning @ flat.inverted()).to_euler().z
    assert middle == pytest.approx((0, angle), abs=0.05)


def test_a_plane_that_bends_while_it_plays_carries_its_anchors(tracked: Any, scene: Any) -> None:
    key = bend(tracked)
    for frame, value in ((11, 0.0), (16, 1.0)):
        key.value = value
        key.keyframe_insert("value", frame=frame)
    before = scene.frame_current
    bpy.ops.portrait.add_anchors()
    assert scene.frame_current == before
    scene.frame_set(16)
    assert in_plane(tracked, "right eye") == pytest.approx(on_column(tracked, scene, "right eye"), abs=4 * CLOSE)
    scene.frame_set(11)
    assert shown(tracked, "right eye") == pytest.approx(composed(tracked, scene)["right eye"], abs=CLOSE)
    bpy.ops.portrait.bake()
    scene.frame_set(16)
    assert in_plane(tracked, "mouth") == pytest.approx(on_column(tracked, scene, "mouth"), abs=4 * CLOSE)


def test_a_bent_plane_that_shows_nothing_of_its_picture_counts_as_flat(tracked: Any, scene: Any) -> None:
    bend(tracked).value = 0
    for loop in tracked.data.uv_layers.active.data:
        loop.uv = (0.5, 0.5)
    bpy.ops.portrait.add_anchors()
    scene.frame_set(12)
    assert shown(tracked, "mouth") == pytest.approx(composed(tracked, scene)["mouth"], abs=CLOSE)
