"""The inside of a portrait's open mouth."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import MOUTH
from portrait_addon.pipeline.imaging.polygons import polygon_interior
from portrait_addon.pipeline.portrait.mouth_plate import MouthPlate
from portrait_addon.pipeline.records.portrait import Portrait

UPPER, GAP = 0.4, 0.3
"""Shares of an open mouth that the upper row of teeth takes, and the dark below it."""


@pytest.fixture
def laughing(portrait: Portrait) -> Portrait:
    """The portrait with its mouth open: a row of teeth, the dark, and another row."""
    points, unit = portrait.points.copy(), portrait.unit
    points[MOUTH.upper, 1] -= 0.1 * unit
    points[MOUTH.lower, 1] += 0.2 * unit
    picture = portrait.picture.copy()
    top, bottom = points[MOUTH.upper, :2], points[MOUTH.lower, :2]
    for first, last, colour in ((0, UPPER, 230), (UPPER, UPPER + GAP, 10), (UPPER + GAP, 1, 230)):
        band = np.concatenate([top + first * (bottom - top), (top + last * (bottom - top))[::-1]])
        cv2.fillPoly(picture, [np.round(band).astype(np.int32)], (colour,) * 3)
    return replace(portrait, points=points, picture=picture)


def matte(portrait: Portrait) -> NDArray[Any]:
    plate = MouthPlate.of(portrait, portrait.picture)
    full = np.zeros(portrait.picture.shape[:2], np.float32)
    box = plate.box
    full[box.top : box.bottom, box.left : box.right] = plate.teeth
    return full


def along(portrait: Portrait, share: float) -> tuple[int, int]:
    """Row and column of a place in the middle of the mouth, from the upper lip, 0, to the lower, 1."""
    middle = len(MOUTH.upper) // 2
    top, bottom = portrait.points[MOUTH.upper[middle], :2], portrait.points[MOUTH.lower[middle], :2]
    x, y = np.round(top + share * (bottom - top)).astype(int)
    return y, x


def test_the_matte_is_the_upper_row_alone(laughing: Portrait) -> None:
    """What follows below the dark belongs to the jaw."""
    teeth = matte(laughing)
    assert teeth[along(laughing, UPPER / 2)] > 0.95
    assert teeth[along(laughing, UPPER + GAP / 2)] < 0.05
    assert teeth[along(laughing, UPPER + GAP + 0.15)] < 0.05


def test_the_row_goes_on_behind_the_upper_lip(laughing: Portrait) -> None:
    teeth = matte(laughing)
    assert teeth[along(laughing, -0.15)] > 0.9


def test_a_portrait_that_is_turned_has_the_same_row(laughing: Portrait) -> None:
    turned, width = cv2.rotate(laughing.picture, cv2.ROTATE_90_CLOCKWISE), laughing.picture.shape[0]
    points = laughing.points.copy()
    points[:, 0], points[:, 1] = width - 1 - laughing.points[:, 1], laughing.points[:, 0]
    other = matte(replace(laughing, points=points, picture=np.ascontiguousarray(turned)))
    back = cv2.rotate(other, cv2.ROTATE_90_COUNTERCLOCKWISE)
    assert np.abs(back - matte(laughing)).mean() < 0.002


def test_a_dark_mouth_has_no_row(laughing: Portrait) -> None:
    picture = laughing.picture.copy()
    picture[polygon_interior(picture.shape, laughing.points[MOUTH.contour, :2])] = 10
    assert matte(replace(laughing, picture=picture)).max() < 0.05
