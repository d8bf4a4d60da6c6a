"""How a clip is played, on a real performance: what shows when, and that no seam shows."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.imaging.easing import smoothstep
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.timeline.loops import find_loop
from portrait_addon.pipeline.timeline.playback import Playback, round_turn
from tests.composing import compose_mix

FRAME = 1 / 25


def shown(playback: Playback, frame: float) -> float:
    """Clip time on the whole, so many clip frames after the beginning."""
    return sum(weight * t for t, weight in playback.at(frame * FRAME))


def test_once_holds_its_ends(performance: Performance) -> None:
    whole, cut = Playback(performance), Playback(performance, 5, 12)
    assert [shown(whole, frame) for frame in (-3, 0, 1.5, 24, 90)] == [1, 1, 2.5, 25, 25]
    assert [shown(cut, frame) for frame in (-3, 0, 1.5, 7, 90)] == [5, 5, 6.5, 12, 12]


@pytest.mark.parametrize(
    ("first", "last", "span"), [(0, 0, (1, 25)), (30, 0, (25, 25)), (9, 4, (9, 9)), (2, 99, (2, 25))]
)
def test_in_and_out_point_lie_within_the_clip(
    performance: Performance, first: int, last: int, span: tuple[int, int]
) -> None:
    assert Playback(performance, first, last).span == span


def test_time_goes_by_time_stamps(performance: Performance) -> None:
    """A clip of a varying rate keeps its own speed."""
    slow = replace(performance, times=performance.times * np.linspace(1, 2, 25))
    assert Playback(slow).at(float(slow.times[16])) == [(17.0, 1.0)]


def test_a_loop_repeats_and_mixes_its_ends(performance: Performance) -> None:
    loop = Playback(performance, 3, 22, "LOOP", 6)
    period = loop.loop_seconds / FRAME
    assert period == pytest.approx(14)
    assert loop.at(5 * FRAME) == [(8.0, 1.0)]
    assert loop.at((14 + 9) * FRAME) == loop.at((28 + 9) * FRAME) == [(12.0, 1.0)]
    (late, old), (early, new) = loop.at((14 + 2) * FRAME)
    assert (late, early) == (19, 5)
    assert old + new == pytest.approx(1)
    assert 0 < new < old


def test_a_loop_without_seam_shows_every_frame_once(performance: Performance) -> None:
    loop = Playback(performance, 3, 6, "LOOP", 0)
    assert [shown(loop, frame) for frame in range(9)] == [3, 4, 5, 6, 3, 4, 5, 6, 3]


def test_to_and_fro_turns_softly(performance: Performance) -> None:
    hard, soft = (Playback(performance, 3, 22, "PING_PONG", seam) for seam in (0, 6))
    assert [shown(hard, frame) for frame in (0, 19, 20, 38, 39)] == [3, 22, 21, 3, 4]
    speeds = np.diff([shown(soft, frame / 4) for frame in range(600)]) * 4
    assert np.abs(speeds).max() <= 1.01
    assert np.abs(np.diff(speeds)).max() < 0.1
    assert [shown(soft, frame) for frame in (0, 1, 10)] == [3, 4, 13]


def test_one_frame_can_be_played_in_every_way(performance: Performance) -> None:
    for repeat in ("ONCE", "LOOP", "PING_PONG"):
        assert shown(Playback(performance, 4, 4, repeat, 5), 1.23) == 4


def test_easing_meets_its_ends_smoothly() -> None:
    assert (smoothstep(-1), smoothstep(0.5), smoothstep(3)) == (0, 0.5, 1)
    assert (round_turn(0, 4), round_turn(4, 4), round_turn(9, 4)) == (2, 4, 9)


def differences(portrait: Portrait, mixes: list[list[Moment]]) -> list[float]:
    """Mean difference of each frame to the one before, the background moving with the rest."""
    frames = [compose_mix(portrait, mix, Settings(hold=0.0)).picture.astype(int) for mix in mixes]
    return [np.abs(after - before).mean() for before, after in pairwise(frames)]


def test_no_seam_shows_in_a_loop(portrait: Portrait, film: list[NDArray[Any]], performance: Performance) -> None:
    """At the seam frames differ no more than ordinary neighbours do, and far less than without it."""
    first, last = find_loop(performance, 6, 14)
    loop = Playback(performance, first, last, "LOOP", 6)
    period = round(loop.loop_seconds / FRAME)
    inside = differences(portrait, [loop.moments(frame * FRAME) for frame in range(6, period)])
    seam = differences(portrait, [loop.moments(frame * FRAME) for frame in range(period - 1, period + 7)])
    assert max(seam) <= max(inside)
    cut = differences(portrait, [[Moment(performance, float(last))], [Moment(performance, float(first))]])
    worst = differences(portrait, [[Moment(performance, 25.0)], [Moment(performance, 1.0)]])
    assert max(seam) < max(worst)
    assert cut[0] <= worst[0]


def test_the_loop_that_is_found_is_the_most_alike(performance: Performance) -> None:
    """A clip in which a stretch comes twice: the loop ends where it comes again."""
    rows = np.concatenate([np.arange(25), np.arange(4, 16)])
    twice = replace(
        performance,
        times=np.arange(len(rows)) * FRAME,
        found=performance.found[rows],
        points=performance.points[rows],
        blendshapes=performance.blendshapes[rows],
    )
    first, last = find_loop(twice, 5, 15)
    begin, end = rows[first - 1], rows[last - 1]
    assert last - first + 1 >= 15
    assert end == begin + 4  # the last frames of the one are the first of the other


def test_a_clip_that_is_too_short_has_no_loop(performance: Performance) -> None:
    with pytest.raises(ValueError, match="has 25 frames; a loop of 60 needs more"):
        find_loop(performance, 30, 10)
