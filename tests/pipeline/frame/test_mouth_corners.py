"""The ends of the line between closed lips are covered where a mouth opens."""

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import MOUTH, OUTER_LIPS
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.mouth_corners import inpaint_mouth_corners
from portrait_addon.pipeline.portrait.mouth_line import mouth_line_contrast

SKIN = 180


@pytest.fixture
def lined(portrait):
    """Plain skin with a dark line through the corners of the mouth."""
    points = portrait.points
    picture = np.full(portrait.picture.shape, SKIN, np.uint8)
    ends = np.round(points[list(OUTER_LIPS.corners), :2]).astype(int)
    cv2.line(picture, tuple(ends[0] - (3, 0)), tuple(ends[1] + (3, 0)), (40, 40, 40), 2)
    return points, picture


def at_corner(picture, points, corner):
    x, y = np.round(points[corner, :2]).astype(int)
    return float(picture[y - 1 : y + 2, x].min())


def test_line_is_covered_at_both_corners_and_stays_between_the_lips(lined):
    points, picture = lined
    composed = picture.copy()
    inpaint_mouth_corners(Canvas(composed), points, mouth_line_contrast(picture, points), 1.0)
    for corner in OUTER_LIPS.corners:
        assert at_corner(picture, points, corner) < 60
        assert at_corner(composed, points, corner) > 100
    x, y = np.round(points[MOUTH.upper[4], :2]).astype(int)
    np.testing.assert_array_equal(composed[y - 4 : y + 5, x - 3 : x + 4], picture[y - 4 : y + 5, x - 3 : x + 4])
    assert np.ptp(composed.astype(int), axis=2).max() == 0  # grey stays exactly grey


def test_closed_mouth_keeps_its_line(lined):
    points, picture = lined
    composed = picture.copy()
    inpaint_mouth_corners(Canvas(composed), points, mouth_line_contrast(picture, points), 0.0)
    np.testing.assert_array_equal(composed, picture)


def test_mild_shade_of_an_ordinary_corner_stays(lined):
    points, picture = lined
    mild = np.where(picture < 100, 140, picture).astype(np.uint8)
    composed = mild.copy()
    inpaint_mouth_corners(Canvas(composed), points, mouth_line_contrast(mild, points), 1.0)
    np.testing.assert_array_equal(composed, mild)


def test_bright_corners_are_left_alone(portrait):
    picture = np.full(portrait.picture.shape, SKIN, np.uint8)
    for corner in OUTER_LIPS.corners:
        cv2.circle(picture, tuple(np.round(portrait.points[corner, :2]).astype(int)), 2, (240, 240, 240), -1)
    composed = picture.copy()
    inpaint_mouth_corners(Canvas(composed), portrait.points, mouth_line_contrast(picture, portrait.points), 1.0)
    np.testing.assert_array_equal(composed, picture)


def test_corner_beyond_the_border_raises_nothing(portrait):
    points = portrait.points.copy()
    points[:, 0] -= points[OUTER_LIPS.corners[0], 0] + 40
    picture = portrait.picture.copy()
    inpaint_mouth_corners(Canvas(picture), points, mouth_line_contrast(portrait.picture, points), 1.0)
    assert picture.shape == portrait.picture.shape
