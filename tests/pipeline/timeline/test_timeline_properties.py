"""What holds for any clip and any timeline at any real time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.timeline.playback import DIGITS, Playback
from portrait_addon.pipeline.timeline.reactions import IDLE, Timeline, plan_stretches, weights_at
from tests.clips import FRAMES, performances, playbacks, recorded

TIMES = st.floats(-1e6, 1e6)
ROUNDED = 0.5 * 10**-DIGITS

NAMES = ("smile", "surprise", "talk")
CALLS = st.lists(st.tuples(st.integers(-100, 400), st.sampled_from([IDLE, *NAMES])), max_size=12)
LENGTHS = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 200) | st.just(float("inf")))
BLENDS = st.floats(0, 60)


@given(playbacks(), TIMES)
def test_a_playback_shows_moments_between_its_ends(playback: Playback, seconds: float) -> None:
    first, last = playback.span
    shown = playback.at(seconds)
    assert 1 <= len(shown) <= 2
    assert all(first <= t <= last and 0 < weight <= 1 for t, weight in shown)
    assert sum(weight for _, weight in shown) == pytest.approx(1)


@given(playbacks(repeat=st.just("PING_PONG")), st.floats(0, 1e3), st.floats(0, 1))
def test_to_and_fro_is_never_faster_than_the_clip(playback: Playback, seconds: float, passed: float) -> None:
    times, numbers = playback.performance.times, np.arange(1, FRAMES + 1)
    before, after = (np.interp(playback.at(now)[0][0], numbers, times) for now in (seconds, seconds + passed))
    rounding = 2 * ROUNDED * np.diff(times).max()
    assert abs(after - before) <= passed + rounding + 1e-9 * seconds + 1e-9


@given(performances(), st.floats(allow_nan=False), st.integers(-2, FRAMES + 3), st.integers(-2, FRAMES + 3))
def test_a_held_time_stays_as_it_is(performance: Performance, t: float, first: int, last: int) -> None:
    playback = Playback(performance, first, last)
    held = playback.held(t)
    assert playback.span[0] <= held <= playback.span[1]
    assert playback.held(held) == held


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_performance_can_be_asked_for_any_time(t: float) -> None:
    clip = recorded()
    points = clip.points_at(t)
    assert (points >= clip.points.min(axis=0) - 1e-3).all() and (points <= clip.points.max(axis=0) + 1e-3).all()
    assert np.isfinite(clip.log_ratio_at(t)).all()
    assert sum(weight for weight, _ in clip.mouths_at(t)) <= 1 + 1e-6


@given(CALLS, LENGTHS, BLENDS, st.floats(-200, 800))
def test_weights_of_stretches_sum_to_one(
    calls: list[tuple[int, str]], lengths: dict[str, float], blend: float, frame: float
) -> None:
    shown = weights_at(plan_stretches(calls, lengths, blend), frame)
    assert all(0 < weight <= 1 for _, weight in shown)
    assert sum(weight for _, weight in shown) == pytest.approx(1, abs=ROUNDED * (len(calls) * 2 + 1))


@given(
    playbacks(performance=st.just(recorded())),
    st.lists(playbacks(performance=st.just(replace(recorded()))), min_size=len(NAMES), max_size=len(NAMES)),
    st.tuples(CALLS, LENGTHS, BLENDS),
    st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1)),
    st.booleans(),
    st.booleans(),
    st.floats(-200, 800),
)
def test_weights_of_a_mix_sum_to_one_or_to_less_at_rest(
    clip: Playback,
    reactions: list[Playback],
    plan: tuple[list[tuple[int, str]], dict[str, float], float],
    influences: dict[str, float],
    retimed: bool,
    rests: bool,
    frame: float,
) -> None:
    timeline = Timeline(
        clip, 1, 24, retimed, rests, dict(zip(NAMES, reactions, strict=True)), stretches=plan_stretches(*plan)
    )
    mix = timeline.mix(frame, clip_frame=frame / 9, influences=influences)
    assert len({(id(moment.performance), moment.t) for moment in mix}) == len(mix)
    assert all(0 < moment.weight <= 1 for moment in mix)
    total, rounding = sum(moment.weight for moment in mix), ROUNDED * (2 * len(plan[0]) + 10)
    assert total <= 1 + rounding
    assert rests or total >= 1 - rounding
