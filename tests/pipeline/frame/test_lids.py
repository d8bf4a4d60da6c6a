"""Lids that close: rebuilt where the portrait shows shadow only."""

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import EYES, LEFT_LIDS, RIGHT_LIDS
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.lids import paint_lids
from portrait_addon.pipeline.portrait.lid_lights import LID_LIGHT, lid_lights

SKIN = 170


def closed(points):
    """The same face with its upper rims on the lower ones."""
    moved = points.copy()
    for eye, _ in EYES:
        moved[eye.upper] = moved[eye.lower]
    return moved


def shadowed(points, size, strip=10):
    """Plain skin, black between the creases and the lower rims, but for a strip of lid in the middle of an eye."""
    picture = np.full((*size, 3), SKIN, np.uint8)
    for lids in (RIGHT_LIDS, LEFT_LIDS):
        outline = np.concatenate([points[lids.crease, :2], points[lids.eye_below[::-1], :2]])
        cv2.fillPoly(picture, [np.round(outline).astype(np.int32)], (10, 10, 10))
        seen = np.concatenate([points[lids.crease[4:6], :2], points[lids.rim[5:3:-1], :2]])
        cv2.fillPoly(picture, [np.round(seen).astype(np.int32)], (strip, strip, strip))
    return picture


def middle_of_lid(points, lids):
    x, y = np.round((points[lids.crease[4], :2] + points[lids.eye_below[4], :2]) / 2).astype(int)
    return y, x


@pytest.fixture
def scene(portrait):
    points = portrait.points
    return points, shadowed(points, portrait.picture.shape[:2])


@pytest.mark.parametrize(("strip", "light"), [(10, LID_LIGHT[0]), (SKIN, LID_LIGHT[1])])
def test_lid_in_shadow_becomes_skin_as_bright_as_what_is_seen_of_it(portrait, strip, light):
    points = portrait.points
    picture = shadowed(points, portrait.picture.shape[:2], strip)
    composed = picture.copy()
    paint_lids(Canvas(composed), picture, Pose(points, closed(points)), lid_lights(picture, points))
    for lids in (RIGHT_LIDS, LEFT_LIDS):
        assert composed[middle_of_lid(points, lids)].mean() == pytest.approx(light * SKIN, rel=0.35)
        assert composed[middle_of_lid(points, lids)].min() > 2 * 10
    assert np.ptp(composed.astype(int), axis=2).max() == 0  # grey stays exactly grey


def test_open_eye_is_left_alone(scene):
    points, picture = scene
    composed = picture.copy()
    paint_lids(Canvas(composed), picture, Pose(points, points), lid_lights(picture, points))
    np.testing.assert_array_equal(composed, picture)


def test_light_lid_is_left_alone(portrait):
    points = portrait.points
    picture = np.full_like(portrait.picture, SKIN)
    composed = picture.copy()
    paint_lids(Canvas(composed), picture, Pose(points, closed(points)), lid_lights(picture, points))
    np.testing.assert_array_equal(composed, picture)


def test_lid_fades_in(scene):
    points, picture = scene
    light = []
    for share in np.linspace(0, 1, 9):
        composed = picture.copy()
        moved = (points + share * (closed(points) - points)).astype(np.float32)
        paint_lids(Canvas(composed), picture, Pose(points, moved), lid_lights(picture, points))
        light.append(float(composed[middle_of_lid(points, RIGHT_LIDS)].mean()))
    assert light[0] == 10 and light[-1] > 2 * 10
    assert np.diff(light).min() >= -1


def test_eye_beyond_the_border_raises_nothing(portrait):
    points = portrait.points.copy()
    points[:, :2] -= points[RIGHT_LIDS.rim[0], :2] + 400
    picture = portrait.picture.copy()
    paint_lids(Canvas(picture), portrait.picture, Pose(points, closed(points)), lid_lights(portrait.picture, points))
    np.testing.assert_array_equal(picture, portrait.picture)
