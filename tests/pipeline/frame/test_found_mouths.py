"""The inside of a mouth that a film shows in other frames."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import MOUTH
from portrait_addon.pipeline.face.openings import gaps, mouth_area
from portrait_addon.pipeline.frame.found_mouths import MouthBank, WantedMouth
from portrait_addon.pipeline.frame.target_compositor import TargetCompositor
from portrait_addon.pipeline.records.expression import REST, UNITS
from portrait_addon.pipeline.records.found_mouth import NOT_FOUND, FoundMouth
from portrait_addon.pipeline.records.moment import Mix, Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import TargetSettings
from tests.clips import recorded

Film = list[NDArray[Any]]

SHOUTING = REST._replace(weights=tuple(0.9 * (name == "jawOpen") for name in UNITS))
RESTING = 25


@pytest.fixture(scope="module")
def target(performance: Performance, film: Film) -> TargetCompositor:
    return TargetCompositor(performance, [film[neutral - 1] for neutral in performance.neutrals])


def found(target: TargetCompositor, *frames: tuple[int, Mix, TargetSettings]) -> list[FoundMouth]:
    steps = target.find_mouths(frames)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return list(end.value)


@pytest.fixture(scope="module")
def speaking(performance: Performance) -> list[int]:
    """Four frames in which the mouth is open, one after the other."""
    open_in = [mouth_area(points) > 0.012 for points in performance.points]
    first = next(n for n in range(1, 20) if all(open_in[n - 1 : n + 3]))
    return [*range(first, first + 4)]


def test_what_the_film_once_said_is_found(target: TargetCompositor, speaking: list[int]) -> None:
    """A film that is at rest takes the mouth of the frames that drive it, one after the other."""
    driven = [(RESTING, [Moment(target.target, float(n))], TargetSettings()) for n in speaking]
    mouths = found(target, *driven)
    assert [mouth.frames for mouth in mouths] == [((1.0, n),) for n in speaking]
    assert min(mouth.fit for mouth in mouths) > 0.99


def test_nothing_is_found_for_what_needs_nothing(target: TargetCompositor, speaking: list[int]) -> None:
    shut = RESTING, [Moment(target.target, float(RESTING))], TargetSettings()
    unwanted = RESTING, [Moment(target.target, float(speaking[0]))], TargetSettings(found_mouth=0.0)
    undriven: tuple[int, Mix, TargetSettings] = speaking[0], [], TargetSettings()
    assert found(target, shut, unwanted, undriven) == [NOT_FOUND] * 3


def test_a_mouth_that_the_film_never_opens_is_the_drivers(target: TargetCompositor) -> None:
    driven = [(RESTING, [Moment(recorded(), 5.0, added=SHOUTING)], TargetSettings())] * 5
    assert max(mouth.fit for mouth in found(target, *driven)) < 0.01


def test_a_film_that_never_speaks_has_none(target: TargetCompositor) -> None:
    silent = replace(target.shots[0], performance=target.target.without_mouth())
    bank = MouthBank.of(silent)
    points = target.target.points[0]
    pose = target.frame(np.zeros((288, 360, 3), np.uint8), 1, [], TargetSettings()).pose.head
    assert bank.find([WantedMouth.of(points, pose)]) == [NOT_FOUND]


def test_the_found_mouth_is_shown_and_told_in_a_pass(target: TargetCompositor, film: Film, speaking: list[int]) -> None:
    moment = [Moment(target.target, float(speaking[1]))]
    (mouth,) = found(target, (RESTING, moment, TargetSettings()))
    picture = film[RESTING - 1]
    own = target.frame(picture, RESTING, moment, TargetSettings(), mouth, ["mouth_source"])
    drivers = target.frame(picture, RESTING, moment, TargetSettings(), NOT_FOUND, ["mouth_source"])
    model = target.frame(
        picture, RESTING, moment, TargetSettings(found_mouth=0.0, mouth_modelled=1.0), mouth, ["mouth_source"]
    )
    for frame, channel in ((own, 1), (drivers, 0), (model, 2)):
        source = frame.passes["mouth_source"]
        assert source[..., channel].max() > 0.7
        assert np.delete(source, channel, axis=2).max() < 0.2
    half = target.frame(picture, RESTING, moment, TargetSettings(found_mouth=0.5), mouth, ["mouth_source"])
    red, green, blue = half.passes["mouth_source"].max(axis=(0, 1))
    assert (red == green, red > 0.35, blue) == (True, True, 0)


def test_jumps_blend(target: TargetCompositor, speaking: list[int]) -> None:
    bank = MouthBank.of(target.shots[0])
    places = [int(np.flatnonzero(bank.rows == n - 1)[0]) for n in (speaking[0], speaking[1], speaking[3])]
    first, second, third = bank._blended(np.array(places))
    assert first == ((1.0, speaking[0] - 1),)
    assert second == ((2 / 3, speaking[1] - 1), (1 / 3, speaking[3] - 1))
    assert third == ((2 / 3, speaking[3] - 1), (1 / 3, speaking[1] - 1))


def test_lips_that_close_leave_no_slit(target: TargetCompositor, film: Film, speaking: list[int]) -> None:
    """A line of the film's teeth would show in it."""
    number = speaking[1]
    at_rest = [Moment(target.target, float(target.target.neutral))]

    def gap(expression: float) -> float:
        settings = TargetSettings(expression=expression)
        return float(gaps(target.frame(film[number - 1], number, at_rest, settings).pose.moved, MOUTH).mean())

    assert gap(0.0) > 1.0
    assert gap(0.9) < 0.75 * (0.1 * gap(0.0) + 0.9 * gap(1.0))


def test_lips_that_are_open_in_the_film_draw_no_line(target: TargetCompositor, film: Film, speaking: list[int]) -> None:
    shot = target.shots[0]
    for number, lined in ((speaking[1], False), (RESTING, True)):
        corners = shot.frame(film[number - 1], number - 1).corners
        assert all(plate.alpha.any() == lined for plate in corners)
