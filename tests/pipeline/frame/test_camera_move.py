"""Another camera sees the same head."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.face.mesh import EYES, FACE_OVAL, MOUTH, NOSE_TIP
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.imaging.arrays import Float64Array
from portrait_addon.pipeline.portrait.camera_move import HeadDepth, camera_moves
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

RESTING = performance_of(ExpressionCurves.at_rest(np.arange(2) / 25))


@pytest.fixture(scope="module")
def prepared(portrait: Portrait) -> PreparedPortrait:
    return PreparedPortrait(portrait)


@pytest.fixture(scope="module")
def depth(prepared: PreparedPortrait) -> HeadDepth:
    return prepared.point_depth


def seen(prepared: PreparedPortrait, depth: HeadDepth, **settings: float) -> Float64Array:
    """The face as another camera sees it, in outer-eye distances from the middle of the head."""
    face = depth.viewpoint(Settings(**settings)).project(solid(prepared, depth))
    return np.asarray((face[:, :2] - depth.middle) / prepared.portrait.unit)


def solid(prepared: PreparedPortrait, depth: HeadDepth) -> Float64Array:
    """The portrait's points with their depth from the middle of the head."""
    points = prepared.portrait.points.astype(np.float64)
    points[:, 2] += depth.correction
    return points


def composed(prepared: PreparedPortrait, **settings: float) -> Frame:
    return Compositor(prepared).frame([Moment(RESTING, 1)], Settings(**settings))


def test_the_camera_that_took_it_sees_the_portrait(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    there = seen(prepared, depth, camera_distance=depth.distance)
    own = (prepared.portrait.points[:, :2] - depth.middle) / prepared.portrait.unit
    np.testing.assert_allclose(there, own, atol=1e-4)
    assert not camera_moves(Settings())
    np.testing.assert_array_equal(composed(prepared).picture, prepared.portrait.picture)


def test_near_and_far_keep_the_size_of_the_face(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    own = seen(prepared, depth)
    for distance in (0.4, 5.0):
        widths = [np.ptp(points[[33, 263], 0]) for points in (seen(prepared, depth, camera_distance=distance), own)]
        assert widths[0] == pytest.approx(widths[1], rel=0.08)


def test_a_near_camera_makes_the_nose_large_and_the_sides_small(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    near, far = (seen(prepared, depth, camera_distance=distance) for distance in (0.4, 5.0))
    nose = [np.linalg.norm(np.ptp(points[[129, 358]], axis=0)) for points in (near, far)]
    sides = [np.ptp(points[[127, 356], 0]) for points in (near, far)]
    assert nose[0] / sides[0] > 1.1 * nose[1] / sides[1]


def test_near_far_near_comes_back(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    """Points taken to 5 m, and from there to where they were, are where they were within a pixel."""
    points = solid(prepared, depth)
    far = depth.viewpoint(Settings(camera_distance=5.0)).project(points)
    times = 5.0 / depth.distance
    middle, centre = depth.middle, depth.middle - times * (depth.middle - depth.centre)
    back = replace(depth, focal=times * depth.focal, distance=5.0, middle=middle, centre=centre)
    again = back.viewpoint(Settings(camera_distance=depth.distance)).project(far)
    assert np.abs(again - points)[:, :2].max() < 1


@pytest.mark.parametrize(("name", "ahead"), [("camera_turn", (-1, 0)), ("camera_nod", (0, 1))])
def test_a_camera_to_the_right_sees_the_nose_to_the_left(
    prepared: PreparedPortrait, depth: HeadDepth, name: str, ahead: tuple[int, int]
) -> None:
    """And one from above sees it further down."""
    turned, own = seen(prepared, depth, **{name: 12}), seen(prepared, depth)
    eyes = [points[[33, 133, 362, 263]].mean(axis=0) for points in (turned, own)]
    shift = (turned[NOSE_TIP] - eyes[0]) - (own[NOSE_TIP] - eyes[1])
    assert shift @ ahead > 0.05


def test_a_tilted_camera_tilts_the_picture_the_other_way(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    right, left = seen(prepared, depth, camera_tilt=10)[[33, 263]] - seen(prepared, depth)[[33, 263]]
    assert right[1] > 0.05
    assert left[1] < -0.05


def test_who_looks_does_not_open_a_mouth(prepared: PreparedPortrait) -> None:
    """The dark inside of a mouth without a driver does not show on lips that perspective alone has moved."""
    near = composed(prepared, camera_distance=0.3)
    mouth = near.picture[tuple(near.pose.moved[MOUTH.contour, 1::-1].round().astype(int).T[:2])]
    own = prepared.portrait.picture[tuple(prepared.portrait.points[MOUTH.contour, 1::-1].round().astype(int).T[:2])]
    assert np.abs(mouth.astype(float) - own).mean() < 25


def test_nothing_breaks_at_the_ends_of_the_range(prepared: PreparedPortrait) -> None:
    for settings in ({"camera_distance": 0.2}, {"camera_distance": 20.0}, {"camera_turn": 15.0, "camera_nod": -15.0}):
        frame = composed(prepared, **settings)
        oval = frame.pose.moved[list(FACE_OVAL), :2]
        assert cv2.contourArea(oval.astype(np.float32)) > 0.5 * cv2.contourArea(
            prepared.portrait.points[list(FACE_OVAL), :2].astype(np.float32)
        )
        assert all(frame.pose.openness(eye) > 0.1 for eye, _ in EYES)


def test_a_camera_too_near_is_put_to_the_least_distance(prepared: PreparedPortrait, depth: HeadDepth) -> None:
    near, nearest = (seen(prepared, depth, camera_distance=distance) for distance in (0.05, 0.2))
    np.testing.assert_array_equal(near, nearest)


def test_a_known_lens_tells_the_distance(portrait: Portrait) -> None:
    wide, tele = (PreparedPortrait(replace(portrait, lens=lens)).head for lens in (35.0, 135.0))
    assert not wide.camera.assumed
    assert tele.pose.distance == pytest.approx(135 / 35 * wide.pose.distance, rel=0.1)
    assert PreparedPortrait(portrait).head.camera.assumed
