from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.portrait.clean_plate import CleanPlateFill

SIDE, UNIT, MARGIN = 400, 100.0, 0.03
WHOLE = Box(0, 0, SIDE, SIDE)
BEHIND = Box(150, 200, 250, 380)
BESIDE = Box(10, 200, 110, 380)


def distance() -> NDArray[Any]:
    """From a person who stands in the lower middle, in outer-eye distances."""
    person = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.circle(person, (200, 180), 70, (0,), -1)
    cv2.rectangle(person, (130, 200), (270, SIDE), (0,), -1)
    return cv2.distanceTransform(person, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / np.float32(UNIT)


def grainy(deviation: float, *, softness: float = 0.8, level: float = 120.0) -> NDArray[Any]:
    noise = cv2.GaussianBlur(np.random.default_rng(3).normal(size=(SIDE, SIDE)), (0, 0), softness)
    return np.repeat((level + deviation * noise / noise.std())[..., None], 3, axis=2).astype(np.float32)


def with_person(picture: NDArray[Any]) -> NDArray[Any]:
    covered = picture.copy()
    covered[distance() == 0] = (40, 60, 200)
    return np.clip(np.rint(covered), 0, 255).astype(np.uint8)


def filled(picture: NDArray[Any]) -> NDArray[Any]:
    return CleanPlateFill.behind(picture, distance(), UNIT, MARGIN).part(WHOLE, WHOLE)


def neighbours(picture: NDArray[Any]) -> float:
    """How alike pixels beside each other are: correlation."""
    middle = picture[..., 0] - picture[..., 0].mean()
    return (middle[:, 1:] * middle[:, :-1]).mean() / middle.var()


def test_colours_flow_in_from_around() -> None:
    """A dark disc on a slope of light: the fill continues the slope, and holds nothing of the disc."""
    slope = np.repeat(np.linspace(90, 210, 160)[None], 120, axis=0)[..., None].repeat(3, axis=2)
    picture = slope.astype(np.uint8)
    y, x = np.indices(picture.shape[:2])
    distance = np.float32(np.maximum(np.hypot(x - 80, y - 60) - 30, 0))
    disc = distance == 0
    picture[disc] = 5
    apart = np.abs(CleanPlateFill.behind(picture, distance, 40.0, MARGIN).colours - slope)[disc]
    assert apart.max() < 22
    assert apart.mean() < 8


@pytest.mark.parametrize("softness", [0.5, 1.5])
def test_it_has_the_grain_of_the_background(softness: float) -> None:
    picture = with_person(grainy(6, softness=softness))
    behind, beside = BEHIND.cut(filled(picture)), BESIDE.cut(picture).astype(np.float32)
    assert behind.std() == pytest.approx(beside.std(), rel=0.25)
    assert behind.mean() == pytest.approx(beside.mean(), abs=1.5)
    assert neighbours(behind) == pytest.approx(neighbours(beside), abs=0.1)


def test_a_flat_background_stays_flat() -> None:
    assert np.abs(BEHIND.cut(filled(with_person(grainy(0)))) - 120).max() < 1e-3


def test_grain_is_as_strong_as_round_the_place() -> None:
    picture = grainy(3)
    picture[:, : SIDE // 2] = 120 + 2 * (picture[:, : SIDE // 2] - 120)
    fill = filled(with_person(picture))
    left, right = Box(140, 220, 170, 380).cut(fill).std(), Box(230, 220, 260, 380).cut(fill).std()
    assert left > 1.4 * right


def test_what_the_background_shows_is_no_grain() -> None:
    """A chequered wall beside a grey one."""
    picture = grainy(1.5)
    rows, columns = np.indices((SIDE, SIDE))
    picture[(columns > 270) & ((rows // 20 + columns // 20) % 2 == 0)] = 20
    assert Box(150, 220, 200, 380).cut(filled(with_person(picture))).std(axis=0).mean() < 5


def test_it_repeats_itself_without_a_seam() -> None:
    grain = CleanPlateFill.behind(with_person(grainy(6)), distance(), UNIT, MARGIN).grain
    within = np.abs(np.diff(grain, axis=0)).mean()
    assert np.abs(grain[0] - grain[-1]).mean() < 1.3 * within
    assert np.abs(grain[:, 0] - grain[:, -1]).mean() < 1.3 * np.abs(np.diff(grain, axis=1)).mean()


def test_a_part_is_that_of_the_whole() -> None:
    fill = CleanPlateFill.behind(with_person(grainy(6)), distance(), UNIT, MARGIN)
    assert np.abs(fill.part(BEHIND, WHOLE) - BEHIND.cut(fill.part(WHOLE, WHOLE))).max() < 0.01


def test_without_room_for_a_piece_there_is_no_grain() -> None:
    near = np.minimum(distance(), 0.05)
    fill = CleanPlateFill.behind(with_person(grainy(6)), near, UNIT, MARGIN)
    assert not fill.grain.any()


def test_premultiplied_colours_are_no_brighter_than_their_alpha() -> None:
    picture = np.dstack([grainy(20) / 255, np.full((SIDE, SIDE), 0.5, np.float32)])
    fill = filled(picture)
    assert np.all(fill[..., :3] <= fill[..., 3:])
    assert fill.min() >= 0


def test_floats_may_be_brighter_than_white() -> None:
    picture = (grainy(6, level=600) / 255).astype(np.float32)
    assert BEHIND.cut(filled(picture)).mean() == pytest.approx(600 / 255, rel=0.01)


def test_grain_does_not_repeat_itself_within_half_an_eye_distance() -> None:
    fill = BEHIND.cut(filled(with_person(grainy(6))))[..., 0]
    grain = fill - fill.mean()
    alike = [(grain[shift:] * grain[:-shift]).mean() / grain.var() for shift in range(10, 46)]
    assert max(alike) < 0.5
