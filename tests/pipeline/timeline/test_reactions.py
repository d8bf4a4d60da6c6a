"""Which clips play when: three clips and six calls, and whatever else a timeline may say."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.timeline.playback import Playback
from portrait_addon.pipeline.timeline.reactions import IDLE, Stretch, Timeline, frame_count, plan_stretches, weights_at

LENGTHS = {"smile": 30, "surprise": 12, "talk": float("inf")}
CALLS = [(20, "smile"), (60, "surprise"), (66, "smile"), (120, "talk"), (160, IDLE), (200, "surprise")]


def names(stretches: list[Stretch], frame: float) -> dict[str, float]:
    return {stretch.name: weight for stretch, weight in weights_at(stretches, frame)}


@pytest.fixture
def stretches() -> list[Stretch]:
    return plan_stretches(CALLS, LENGTHS, 8)


def test_what_is_called_plays_and_then_rests(stretches: list[Stretch]) -> None:
    assert names(stretches, 10) == {IDLE: 1}
    assert names(stretches, 35) == {"smile": 1}
    assert names(stretches, 50) == {IDLE: 1}
    assert names(stretches, 150) == {"talk": 1}
    assert names(stretches, 180) == {IDLE: 1}
    assert names(stretches, 300) == {IDLE: 1}


def test_a_call_interrupts_what_plays(stretches: list[Stretch]) -> None:
    assert set(names(stretches, 68)) == {"surprise", "smile"}
    assert names(stretches, 80) == {"smile": 1}


def test_nothing_jumps_and_nothing_is_lost(stretches: list[Stretch]) -> None:
    frames = np.arange(0, 320, 0.25)
    shares = [dict.fromkeys((IDLE, *LENGTHS), 0.0) | names(stretches, frame) for frame in frames]
    table = np.array([list(share.values()) for share in shares])
    summed = [sum(weight for _, weight in weights_at(stretches, frame)) for frame in frames]
    np.testing.assert_allclose(summed, 1, atol=1e-3)
    assert np.abs(np.diff(table, axis=0)).max() < 0.12


def test_without_a_blend_it_is_cut() -> None:
    stretches = plan_stretches(CALLS, LENGTHS, 0)
    assert names(stretches, 19.9) == {IDLE: 1}
    assert names(stretches, 20) == {"smile": 1}
    assert names(stretches, 50) == {IDLE: 1}


def test_calls_need_no_order() -> None:
    assert plan_stretches(CALLS[::-1], LENGTHS, 8) == plan_stretches(CALLS, LENGTHS, 8)


@pytest.fixture
def timeline(performance: Performance) -> Timeline:
    smile = Playback(replace(performance, neutral=2), 3, 20)
    return Timeline(
        clip=Playback(performance, 2, 20, "LOOP", 4),
        start=10,
        rate=Fraction(25),
        reactions={"smile": smile},
        starts={"smile": 30},
        stretches=plan_stretches([(50, "smile")], {"smile": 18}, 4),
    )


def seen(timeline: Timeline, frame: int, **options: dict[str, float] | float) -> list[tuple[str, float, float]]:
    """(clip or smile, clip time, weight) of what shows."""
    clip = timeline.clip.performance
    return [
        ("clip" if moment.performance is clip else "smile", moment.t, moment.weight)
        for moment in timeline.mix(frame, **options)
    ]


def test_the_driving_clip_plays_in_between(timeline: Timeline) -> None:
    assert seen(timeline, 5) == [("clip", 2, 1)]
    assert seen(timeline, 20) == [("clip", 12, 1)]
    assert seen(timeline, 57) == [("smile", 10, 1)]
    assert {name for name, _, _ in seen(timeline, 52)} == {"clip", "smile"}


def test_at_rest_nothing_plays_in_between(timeline: Timeline) -> None:
    resting = replace(timeline, rests=True)
    assert seen(resting, 20) == []
    assert seen(resting, 52) == [("smile", 5, 0.5)]


def test_an_influence_brings_a_clip_in(timeline: Timeline) -> None:
    assert seen(timeline, 36, influences={"smile": 1.0}) == [("smile", 9, 1)]
    half = seen(timeline, 36, influences={"smile": 0.5})
    assert ("smile", 9, 0.5) in half
    assert sum(weight for _, _, weight in half) == pytest.approx(1)
    assert seen(timeline, 20, influences={"unknown": 1.0}) == seen(timeline, 20)


def test_retimed_the_clip_shows_what_is_asked_for(timeline: Timeline) -> None:
    retimed = replace(timeline, retimed=True)
    assert seen(retimed, 20, clip_frame=7.25) == [("clip", 7.25, 1)]
    assert seen(retimed, 20, clip_frame=99) == [("clip", 20, 1)]
    assert retimed.shows(5) is None


def test_a_frame_of_the_clip_is_found_on_the_timeline(timeline: Timeline, performance: Performance) -> None:
    assert timeline.shows(2) == 10
    assert timeline.shows(12) == 20
    assert timeline.shows(1) is None
    slower = Timeline(clip=Playback(performance, 2), start=10, rate=Fraction(50))
    assert slower.shows(12) == 30
    assert slower.own_length == 47
    assert timeline.own_length is None


def test_frames_of_a_scene() -> None:
    assert frame_count(71 / 30, 24) == 57
    assert frame_count(599 * 1001 / 30000, Fraction(30000, 1001)) == 600
