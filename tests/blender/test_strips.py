"""Strips of performances: played, shortened, blended, made of markers and of assets; and baked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from portrait_addon.blender.output import performance_strips
from portrait_addon.blender.output.performance_strips import strips_at
from portrait_addon.blender.running import object_cache, timing, unfinished
from portrait_addon.blender.running.sampling import sample


@pytest.fixture
def reacting(ready: Any, clip_file: Path, scene: Any) -> Any:
    """A portrait with a clip of six frames, which is a reaction too; frames last as long as the clip's."""
    scene.render.fps, scene.frame_end = 25, 12
    assert bpy.ops.portrait.add_reaction(filepath=str(clip_file)) == {"FINISHED"}
    ready.portrait.reactions[0].name = "man"
    ready.portrait.between, ready.portrait.reaction_blend = "REST", 0
    return ready


def added(ob: Any, scene: Any, frame: int) -> Any:
    scene.frame_set(frame)
    assert bpy.ops.portrait.add_reaction_strip() == {"FINISHED"}
    return ob.animation_data.nla_tracks[-1].strips[-1]


def mixes(ob: Any, scene: Any, frames: range) -> list[list[tuple[float, float]]]:
    """Clip time and weight of each moment, frame by frame."""
    performance, library = object_cache.tracked_of(ob), object_cache.library_of(ob)
    assert performance is not None
    timeline = timing.timeline_of(ob, scene, performance, library)
    return [
        [(moment.t, moment.weight) for moment in timing.mix_at(timeline, frame, sampled)]
        for frame, sampled in zip(frames, sample(ob, frames), strict=True)
    ]


def test_a_strip_plays_its_clip(reacting: Any, scene: Any) -> None:
    strip = added(reacting, scene, 3)
    assert strip.action.portrait_clip == reacting.portrait.clip
    assert strip.action.asset_data is not None
    assert (strip.frame_start, strip.frame_end) == (3, 8)
    assert mixes(reacting, scene, range(2, 10)) == [[], *([(number, 1)] for number in range(1, 7)), []]


def test_shortened_slowed_repeated_and_reversed(reacting: Any, scene: Any) -> None:
    strip = added(reacting, scene, 1)
    strip.action_frame_end = 3
    assert mixes(reacting, scene, range(1, 5)) == [[(1, 1)], [(2, 1)], [(3, 1)], []]
    strip.scale = 2
    assert mixes(reacting, scene, range(1, 6)) == [[(1, 1)], [(1.5, 1)], [(2, 1)], [(2.5, 1)], [(3, 1)]]
    strip.scale, strip.repeat = 1, 2
    assert [t for ((t, _),) in mixes(reacting, scene, range(1, 6))] == [1, 2, 1, 2, 3]
    strip.repeat, strip.use_reverse = 1, True
    assert [t for ((t, _),) in mixes(reacting, scene, range(1, 4))] == [3, 2, 1]


def test_strips_cover_what_lies_below(reacting: Any, scene: Any) -> None:
    reacting.portrait.between = "CLIP"
    lower, upper = added(reacting, scene, 1), added(reacting, scene, 3)
    assert len(reacting.animation_data.nla_tracks) == 2
    upper.blend_in = 2
    (covered,) = mixes(reacting, scene, range(4, 5))
    assert covered == [(4, 0.5), (2, 0.5)]
    reacting.animation_data.nla_tracks[1].mute = True
    assert mixes(reacting, scene, range(4, 5)) == [[(4, 1)]]
    reacting.animation_data.nla_tracks[1].mute = False
    lower.mute = True
    assert mixes(reacting, scene, range(4, 5)) == [[(4, 0.5), (2, 0.5)]]  # the driving clip plays below


def test_a_strips_own_keys_count(reacting: Any, scene: Any) -> None:
    strip = added(reacting, scene, 1)
    strip.use_animated_influence = True
    for frame, value in ((1, 0.0), (5, 1.0)):
        strip.influence = value
        strip.keyframe_insert("influence", frame=frame)
    for key in strip.fcurves.find("influence").keyframe_points:
        key.interpolation = "LINEAR"
    assert [weight for _, _, weight in strips_at(reacting, 3)] == [0.5]
    strip.use_animated_influence, strip.use_animated_time = False, True
    strip.strip_time = 4
    strip.keyframe_insert("strip_time", frame=1)
    assert [t for _, t, _ in strips_at(reacting, 2)] == [4]


def test_strips_without_a_clip_or_of_other_actions_do_not_count(reacting: Any, scene: Any) -> None:
    track = reacting.animation_data_create().nla_tracks.new()
    track.strips.new("Walk", 1, bpy.data.actions.new("Walk"))
    assert strips_at(reacting, 1) == ()
    strip = added(reacting, scene, 1)
    assert len(strips_at(reacting, 1)) == 1
    strip.action.portrait_clip = None
    assert strips_at(reacting, 1) == ()


def test_strips_are_baked_and_moving_one_makes_frames_stale(reacting: Any, scene: Any) -> None:
    scene.frame_end = 6
    strip = added(reacting, scene, 2)
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert unfinished.count_unfinished(reacting, scene) == (0, 0, 6)
    strip.blend_out = 2
    assert unfinished.count_unfinished(reacting, scene).stale == 1


def test_markers_become_strips_that_show_the_same(reacting: Any, clip_file: Path, scene: Any) -> None:
    reacting.portrait.reaction_blend = 2
    for name, frame in (("man", 2), ("MAN ", 6), ("Idle", 9), ("Cut", 10)):
        scene.timeline_markers.new(name, frame=frame)
    before = mixes(reacting, scene, range(1, 13))
    assert bpy.ops.portrait.markers_to_strips() == {"FINISHED"}
    assert [marker.name for marker in scene.timeline_markers] == ["Cut"]
    after = mixes(reacting, scene, range(1, 13))
    for frame, (called, played) in enumerate(zip(before, after, strict=True), start=1):
        assert {t for t, _ in played} == {t for t, _ in called}, frame
        assert dict(played) == pytest.approx(dict(called), abs=0.01), frame
    with pytest.raises(RuntimeError, match="No marker calls a reaction"):
        bpy.ops.portrait.markers_to_strips()


def test_a_loop_becomes_a_strip_that_repeats(reacting: Any, scene: Any) -> None:
    reacting.portrait.reactions[0].repeat = "LOOP"
    scene.timeline_markers.new("man", frame=2)
    bpy.ops.portrait.markers_to_strips()
    (strip,) = reacting.animation_data.nla_tracks[0].strips
    assert (strip.frame_start, strip.frame_end, strip.repeat) == (2, 12, 2)


def test_a_performance_is_used_on_another_portrait(reacting: Any, add: Callable[..., Any], scene: Any) -> None:
    added(reacting, scene, 1)
    other = add()
    scene.frame_set(4)
    assert bpy.ops.portrait.use_asset(relative_asset_identifier="Action/man") == {"FINISHED"}
    assert [item.clip for item in other.portrait.reactions] == [reacting.portrait.clip]
    assert bpy.ops.portrait.use_asset(relative_asset_identifier="Action/man") == {"FINISHED"}
    assert len(other.portrait.reactions) == 1
    assert [len(track.strips) for track in other.animation_data.nla_tracks] == [1, 1]
    assert [name for name, _, _ in strips_at(other, 5)] == [other.portrait.reactions[0].name] * 2


def test_a_reaction_that_is_not_tracked_has_no_strip(ready: Any, scene: Any) -> None:
    item = ready.portrait.reactions.add()
    item.name = "smile"
    with pytest.raises(RuntimeError, match="The reaction is not tracked"):
        bpy.ops.portrait.add_reaction_strip()
    assert performance_strips.action_of(ready.portrait.clip) is None
