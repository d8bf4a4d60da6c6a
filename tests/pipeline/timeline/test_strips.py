"""Strips: which frame of an Action shows, how far it covers what lies below, and which strip of a track shows."""

from dataclasses import replace

import pytest

from portrait_addon.pipeline.timeline.strips import Strip, strip_at

STRIP = Strip(11, 21, 1, 11)


def test_an_action_plays_from_its_start() -> None:
    assert [STRIP.action_frame(frame) for frame in (11, 13.5, 21)] == [1, 3.5, 11]
    assert [STRIP.action_frame(frame) for frame in (0, 99)] == [1, 11]


def test_slower_backwards_cut_and_repeated() -> None:
    assert Strip(11, 31, 1, 11, scale=2).action_frame(21) == 6
    assert [replace(STRIP, backwards=True).action_frame(frame) for frame in (11, 14, 21)] == [11, 8, 1]
    assert [Strip(11, 16, 3, 8).action_frame(frame) for frame in (11, 16)] == [3, 8]
    twice = Strip(11, 31, 1, 11)
    assert [twice.action_frame(frame) for frame in (20, 21, 22, 31)] == [10, 1, 2, 11]
    assert Strip(11, 21, 4, 4).action_frame(15) == 4


def test_it_comes_and_goes_smoothly() -> None:
    blended = replace(STRIP, blend_in=4, blend_out=2, influence=0.5)
    assert [blended.weight(frame) for frame in (11, 13, 15, 18, 20, 21)] == [0, 0.25, 0.5, 0.5, 0.25, 0]
    assert STRIP.weight(11) == 1
    assert replace(STRIP, influence=1.7).weight(15) == 1


@pytest.mark.parametrize(
    ("frame", "row"), [(10, None), (11, 0), (21, 0), (21.5, None), (29, None), (30, 1), (40, 1), (41, None)]
)
def test_a_track_shows_one_strip(frame: float, row: int | None) -> None:
    assert strip_at([STRIP, replace(STRIP, start=30, end=40)], frame) == row


def test_a_strip_that_holds_shows_outside() -> None:
    forward, both = replace(STRIP, holds_after=True), replace(STRIP, holds_after=True, holds_before=True)
    assert [strip_at([forward], frame) for frame in (5, 15, 99)] == [None, 0, 0]
    assert [strip_at([both], frame) for frame in (5, 15, 99)] == [0, 0, 0]
    assert strip_at([forward, replace(STRIP, start=30, end=40)], 25) == 0
    assert strip_at([], 5) is None
