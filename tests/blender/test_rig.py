"""The performance as empties with an Action, in both Blenders."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from portrait_addon.blender.running import object_cache
from portrait_addon.pipeline.records.face import BLENDSHAPES

CLIP_FRAMES = 6


@pytest.fixture
def tracked(ready: Any) -> Any:
    ready.portrait.start_frame = 11
    bpy.ops.portrait.track()
    return ready


def keyed(root: Any) -> dict[str, int]:
    """How many keys each curve of an empty has."""
    curves = [
        root.animation_data.action.fcurve_ensure_for_datablock(root, f'["{name}"]', index=0) for name in BLENDSHAPES
    ]
    return {curve.data_path: len(curve.keyframe_points) for curve in curves}


def test_the_empties_move_as_the_face_does(tracked: Any, scene: Any) -> None:
    assert bpy.ops.portrait.make_rig(tolerance=0) == {"FINISHED"}
    root, performance = tracked.portrait.rig, object_cache.tracked_of(tracked)
    assert performance is not None
    assert root.name == "ford performance"
    assert {child.name for child in root.children_recursive} == {"ford head", "ford gaze"}
    assert set(keyed(root).values()) == {CLIP_FRAMES}
    for number in range(1, CLIP_FRAMES + 1):
        scene.frame_set(10 + number)
        jaw = root.evaluated_get(bpy.context.evaluated_depsgraph_get())["jawOpen"]
        assert jaw == pytest.approx(performance.blendshapes[number - 1, BLENDSHAPES.index("jawOpen")], abs=1e-6)
    scene.frame_set(10 + performance.neutral)
    assert tuple(bpy.data.objects["ford head"].location) == pytest.approx((0, 0, 0), abs=1e-6)


def test_points_are_children_of_the_head(tracked: Any) -> None:
    bpy.ops.portrait.make_rig(points=True)
    head = bpy.data.objects["ford head"]
    assert len([child for child in head.children if "point" in child.name]) == 68
    assert 0 < bpy.data.objects["ford point 28"].location.z < 0.2


def test_with_a_tolerance_keys_are_few(tracked: Any) -> None:
    bpy.ops.portrait.make_rig(tolerance=5)
    counts = keyed(tracked.portrait.rig)
    assert min(counts.values()) == 1
    assert sum(counts.values()) < CLIP_FRAMES * len(counts) / 2


def test_made_again_what_is_driven_stays_driven(tracked: Any) -> None:
    bpy.ops.portrait.make_rig()
    root = tracked.portrait.rig
    driven = bpy.data.objects.new("puppet", None)
    bpy.context.collection.objects.link(driven)
    variable = driven.driver_add("location", 2).driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = root, '["jawOpen"]'
    tracked.portrait.start_frame = 31
    bpy.context.view_layer.objects.active = tracked
    bpy.ops.portrait.make_rig(points=True)
    assert tracked.portrait.rig == root
    assert variable.targets[0].id == root
    assert [action.name for action in bpy.data.actions] == ["ford performance"]
    curve = root.animation_data.action.fcurve_ensure_for_datablock(root, '["jawOpen"]', index=0)
    assert curve.keyframe_points[0].co.x == 31


def test_without_a_clip_the_button_says_so(ready: Any) -> None:
    ready.portrait.clip = None
    with pytest.raises(RuntimeError, match="Choose a driving clip first"):
        bpy.ops.portrait.make_rig()
