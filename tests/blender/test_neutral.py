"""The neutral frame: shown, taken from the current frame, stepped through the rests of the clip."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from portrait_addon.blender.operators import neutral as neutral_operators
from portrait_addon.blender.running import object_cache
from portrait_addon.blender.viewport import timeline


@pytest.fixture
def tracked(ready: Any) -> Any:
    bpy.ops.portrait.track()
    return ready


def test_tracking_finds_the_rests(tracked: Any) -> None:
    candidates = neutral_operators.candidates_of(tracked.portrait)
    assert candidates[0] == tracked.portrait.tracked_neutral


def test_the_current_frame_becomes_neutral(tracked: Any, scene: Any) -> None:
    tracked.portrait.start_frame = 11
    scene.frame_set(14)
    assert bpy.ops.portrait.use_current_frame() == {"FINISHED"}
    assert tracked.portrait.neutral_frame == 4
    bpy.ops.portrait.track()
    assert tracked.portrait.tracked_neutral == 4


def test_beyond_the_clip_its_last_frame_is_taken(tracked: Any, scene: Any) -> None:
    scene.frame_set(500)
    bpy.ops.portrait.use_current_frame()
    assert tracked.portrait.neutral_frame == 6


def test_stepping_goes_through_the_rests_and_round(tracked: Any, scene: Any) -> None:
    tracked.portrait.candidates = "5 2 3"
    tracked.portrait.tracked_neutral = 5
    seen = []
    for forward in (True, True, True, False):
        bpy.ops.portrait.step_neutral(forward=forward)
        seen.append((tracked.portrait.neutral_frame, scene.frame_current))
    assert seen == [(2, 2), (3, 3), (5, 5), (3, 3)]


def test_going_there_counts_in_frames_of_the_scene(tracked: Any, scene: Any) -> None:
    scene.render.fps = 50
    tracked.portrait.start_frame = 10
    tracked.portrait.neutral_frame = 4
    bpy.ops.portrait.go_to_neutral()
    assert scene.frame_current == 16


def test_a_number_outside_the_clip_is_named(tracked: Any) -> None:
    tracked.portrait.neutral_frame = 99
    with pytest.raises(RuntimeError, match=r"The clip has no frame 99\. Choose one from 1 to 6"):
        bpy.ops.portrait.go_to_neutral()


def test_before_tracking_the_buttons_say_why(ready: Any) -> None:
    for operator in (bpy.ops.portrait.use_current_frame, bpy.ops.portrait.step_neutral, bpy.ops.portrait.go_to_neutral):
        with pytest.raises(RuntimeError, match="Track the driving clip first"):
            operator()


def test_without_a_portrait_the_buttons_say_why(add: Callable[..., Any]) -> None:
    assert not neutral_operators.PORTRAIT_OT_go_to_neutral.poll(SimpleNamespace(object=None, scene=bpy.context.scene))


def test_the_timeline_shows_where_it_is(tracked: Any, scene: Any) -> None:
    tracked.portrait.start_frame = 11
    tracked.portrait.neutral_frame = 4
    assert timeline.neutral_on_timeline(tracked, scene) == (14, "Neutral")
    tracked.portrait.neutral_frame = 99
    assert timeline.neutral_on_timeline(tracked, scene) is None


def test_the_timeline_reads_nothing(tracked: Any, scene: Any) -> None:
    object_cache.forget_all()
    assert timeline.neutral_on_timeline(tracked, scene) is None
    assert timeline.neutral_on_timeline(None, scene) is None
