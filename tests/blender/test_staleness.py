"""The panel says how many frames a changed key has made stale, without counting them at every redraw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import pytest

from portrait_addon.blender.data import frames
from portrait_addon.blender.panels import workflow
from portrait_addon.blender.running import staleness, unfinished
from portrait_addon.blender.running.staleness import Count


@pytest.fixture
def baked(ready: Any) -> Any:
    """A portrait with frames that a panel shows."""
    bpy.ops.portrait.bake()
    staleness.known(ready)
    idle()
    return ready


def idle() -> None:
    """What a window's timer does after a rest."""
    if bpy.app.timers.is_registered(staleness._count_when_idle):
        bpy.app.timers.unregister(staleness._count_when_idle)
        staleness._count_when_idle()


def key(ob: Any, name: str, *pairs: tuple[int, float]) -> None:
    for frame, value in pairs:
        setattr(ob.portrait, name, value)
        ob.keyframe_insert(f"portrait.{name}", frame=frame)
    bpy.context.view_layer.update()


def test_after_a_bake_nothing_is_stale(baked: Any) -> None:
    assert staleness.known(baked) == Count(0, 0)
    assert workflow.state_lines(baked)[-1] == "All up to date"


def test_a_key_makes_its_frames_stale(baked: Any) -> None:
    key(baked, "expression", (3, 1.0), (4, 0.0))
    idle()
    assert workflow.state_lines(baked)[-1] == "3 out of date: bake again"
    bpy.ops.portrait.bake()
    assert staleness.known(baked) == Count(0, 0)


def test_another_rate_and_a_moved_marker_are_noticed(baked: Any, scene: Any) -> None:
    scene.render.fps = 50
    staleness.known(baked)
    idle()
    assert staleness.known(baked) != Count(0, 0)
    scene.timeline_markers.new("smile", frame=3)
    staleness.known(baked)
    assert bpy.app.timers.is_registered(staleness._count_when_idle)


def test_a_moved_key_is_noticed(baked: Any) -> None:
    key(baked, "expression", (3, 1.0), (5, 0.0))
    bpy.ops.portrait.bake()
    points = plane_curve(baked).keyframe_points
    points[1].co.x = 4
    points[1].handle_left.x -= 1
    points[1].handle_right.x -= 1
    baked.animation_data.action.update_tag()
    bpy.context.view_layer.update()
    idle()
    assert staleness.known(baked) == Count(0, 1)


def plane_curve(ob: Any) -> Any:
    data = ob.animation_data
    from bpy_extras.anim_utils import action_get_channelbag_for_slot

    return action_get_channelbag_for_slot(data.action, data.action_slot).fcurves[0]


def test_what_a_driver_reads_counts(baked: Any, scene: Any) -> None:
    control = bpy.data.objects.new("control", None)
    scene.collection.objects.link(control)
    control.location.x = 1
    driver = baked.driver_add("portrait.wrinkles").driver
    variable = driver.variables.new()
    variable.name = "x"
    variable.targets[0].id, variable.targets[0].data_path = control, "location.x"
    driver.expression = "x"
    bpy.context.view_layer.update()
    idle()
    assert staleness.known(baked) == Count(0, 0)
    control.location.x = 2
    bpy.context.view_layer.update()
    idle()
    assert staleness.known(baked) == Count(0, 6)


def test_missing_frames_are_counted(baked: Any) -> None:
    folder = frames.frames_folder(baked)
    assert folder is not None
    (folder / "frame_0002.png").unlink()
    staleness.count_asked()
    assert workflow.state_lines(baked)[-1] == "1 missing: bake again"


def test_drawing_counts_nothing(baked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "count_unfinished", lambda ob, scene: pytest.fail("counted while drawing"))
    for _ in range(3):
        workflow.state_lines(baked)


def test_playing_and_counting_ask_for_no_count(baked: Any, scene: Any) -> None:
    staleness.count_asked()
    bpy.context.view_layer.update()
    scene.frame_set(3)
    assert not bpy.app.timers.is_registered(staleness._count_when_idle)


def test_a_deleted_portrait_is_forgotten(baked: Any, add: Callable[..., Any]) -> None:
    bpy.data.objects.remove(baked)
    staleness.count_asked()
    assert not staleness._asked
