"""Shade on a face takes on the colour that the portrait's own shade has."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.imaging.colour import linear_to_srgb_clipped, luminance, srgb_to_linear_clipped
from portrait_addon.pipeline.portrait.shade_colour import shade_exponents
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.tracking.landmarker import FaceTracker


def shaded(
    size: tuple[int, int, int],
    darkest: float,
    powers: NDArray[Any] | tuple[float, float, float],
    colour: tuple[float, float, float] = (0.3, 0.5, 0.9),
) -> NDArray[Any]:
    """A picture lit from the left, whose channels fall to the right by powers of their own."""
    light = np.linspace(1, darkest, size[1], dtype=np.float32)[None, :, None].repeat(size[0], axis=0)
    return np.rint(255 * linear_to_srgb_clipped(np.float32(colour) * light ** np.float32(powers))).astype(np.uint8)


def test_the_portraits_own_powers_are_found(portrait: Portrait) -> None:
    powers = np.float32([1.3, 1.1, 0.8])
    picture = shaded(portrait.picture.shape, 0.2, powers)
    found = shade_exponents(picture, portrait.points)
    np.testing.assert_allclose(found / found[1], powers / powers[1], rtol=0.05)


def test_a_grey_portrait_stays_grey(photograph: NDArray[Any], portrait: Portrait) -> None:
    np.testing.assert_array_equal(shade_exponents(photograph, portrait.points), 1)


def test_a_flat_drawing_says_nothing(portrait: Portrait) -> None:
    flat = np.full(portrait.picture.shape, (90, 120, 200), np.uint8)
    np.testing.assert_array_equal(shade_exponents(flat, portrait.points), 1)


@pytest.mark.parametrize(("darkest", "measured"), [(0.65, False), (0.5, True)])
def test_a_face_in_even_light_says_nothing(portrait: Portrait, darkest: float, measured: bool) -> None:
    """Its other cheek in two thirds of the light, or in half of it."""
    found = shade_exponents(shaded(portrait.picture.shape, darkest, (1.3, 1.1, 0.8)), portrait.points)
    assert (found != 1).any() == measured


def test_a_face_outside_the_picture_says_nothing(portrait: Portrait) -> None:
    away = portrait.points + np.float32([10_000, 0, 0])
    np.testing.assert_array_equal(shade_exponents(portrait.picture, away), 1)


def test_shade_on_skin_is_warm_and_as_dark_as_the_ratio_says(painting: NDArray[Any], tracker: FaceTracker) -> None:
    points = tracker.detect(painting)[0].points
    exponents = shade_exponents(painting, points)
    assert exponents[2] < exponents[1]  # red falls least
    x, y = np.round(points[50, :2]).astype(int)
    skin = srgb_to_linear_clipped(cv2.blur(painting, (9, 9))[y, x] / np.float32(255))
    assert luminance(skin * np.float32(0.8) ** exponents) == pytest.approx(0.8 * luminance(skin), rel=0.02)


def test_powers_are_bounded(portrait: Portrait) -> None:
    found = shade_exponents(shaded(portrait.picture.shape, 0.2, (3.0, 1.0, 0.1)), portrait.points)
    assert found.max() / found.min() == pytest.approx(2, rel=0.01)  # shade is at most twice as strong in one channel
