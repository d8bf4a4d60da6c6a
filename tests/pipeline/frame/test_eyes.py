"""Eyes that look elsewhere are put together anew: white, iris, shadow of the lids."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.eye_rims import EyeRims
from portrait_addon.pipeline.face.mesh import EYES
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame import eyes
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.portrait.analysis import portrait_of
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.records.portrait import Portrait

SKIN, WHITE, IRIS = (120, 140, 190), (200, 205, 210), (40, 60, 30)


def drawn(points: NDArray[Any], size: tuple[int, int], *, channels: int = 3) -> NDArray[Any]:
    """A face of plain skin whose eyes are white with a green iris."""
    picture = np.full((*size, 3), SKIN, np.uint8)
    for eye, iris in EYES:
        lids = np.zeros(size, np.uint8)
        cv2.fillPoly(lids, [np.round(points[eye.contour, :2]).astype(np.int32)], (255,))
        ball = np.full_like(picture, WHITE)
        radius = np.linalg.norm(points[list(iris[1:]), :2] - points[iris[0], :2], axis=1).mean()
        cv2.circle(ball, [round(float(x)) for x in points[iris[0], :2]], round(float(radius)), IRIS, -1, cv2.LINE_AA)
        picture[lids > 0] = ball[lids > 0]
    return picture if channels == 3 else np.dstack([picture, np.full(size, 255, np.uint8)])


@pytest.fixture
def scene(portrait: Portrait) -> PreparedPortrait:
    """A portrait with drawn eyes in the middle of which the irises are, prepared."""
    points = portrait.points.copy()
    for eye, iris in EYES:
        points[list(iris), :2] += points[eye.contour, :2].mean(axis=0) - points[iris[0], :2]
    picture = drawn(points, portrait.picture.shape[:2])
    return PreparedPortrait(portrait_of(picture, [Face(points, portrait.blendshapes, np.eye(4, dtype=np.float32))]))


def painted(prepared: PreparedPortrait, moved: NDArray[Any]) -> NDArray[Any]:
    canvas = Canvas(prepared.texture.picture.copy())
    eyes.paint(canvas, SimpleNamespace(pose=Pose(prepared.portrait.points, moved), prepared=prepared))
    return canvas.picture


def looking(points: NDArray[Any], share: float) -> NDArray[Any]:
    """The same face, its irises moved to the side by a share of their radius."""
    moved = points.copy()
    for _, iris in EYES:
        radius = np.linalg.norm(points[list(iris[1:]), :2] - points[iris[0], :2], axis=1).mean()
        moved[list(iris), 0] += share * radius
    return moved


def at(picture: NDArray[Any], position: NDArray[Any]) -> NDArray[Any]:
    x, y = np.round(position).astype(int)
    return picture[y, x].astype(int)


def test_an_eye_at_rest_is_the_portraits_value_by_value(scene: PreparedPortrait) -> None:
    points = scene.portrait.points
    np.testing.assert_array_equal(painted(scene, points.copy()), scene.texture.picture)


def test_where_the_iris_was_there_is_white(scene: PreparedPortrait) -> None:
    points = scene.portrait.points
    frame = painted(scene, looking(points, 1.4))
    for _, iris in EYES:
        centre = points[iris[0], :2]
        radius = np.linalg.norm(points[list(iris[1:]), :2] - centre, axis=1).mean()
        uncovered = at(frame, centre - np.array([0.6 * radius, 0]))
        assert np.abs(uncovered - WHITE).max() < 45, uncovered
        np.testing.assert_allclose(at(frame, centre + np.array([1.4 * radius, 0])), IRIS, atol=25)


def test_an_iris_turned_aside_is_seen_at_a_slant(scene: PreparedPortrait) -> None:
    def widths(frame: NDArray[Any], y: int, centre: float, radius: float) -> int:
        row = frame[y, round(centre - 1.5 * radius) : round(centre + 1.5 * radius)].astype(int)
        return int((row.mean(axis=1) < 110).sum())

    points = scene.portrait.points
    for _, iris in EYES:
        centre = points[iris[0], :2]
        radius = float(np.linalg.norm(points[list(iris[1:]), :2] - centre, axis=1).mean())
        y = round(float(centre[1]))
        ahead = widths(painted(scene, looking(points, 0.3)), y, centre[0] + 0.3 * radius, radius)
        aside = widths(painted(scene, looking(points, 1.4)), y, centre[0] + 1.4 * radius, radius)
        assert 0.55 * ahead < aside < 0.92 * ahead


def test_a_gaze_sets_in_without_a_jump(scene: PreparedPortrait) -> None:
    points = scene.portrait.points
    frames = [painted(scene, looking(points, share)).astype(int) for share in np.linspace(0, 0.5, 26)]
    steps = [np.abs(after - before).mean() for before, after in pairwise(frames)]
    assert max(steps) < 4 * np.median(steps)


def test_lids_that_open_wider_show_eye_and_no_skin(scene: PreparedPortrait) -> None:
    points = scene.portrait.points
    moved = points.copy()
    for eye, _ in EYES:
        down = np.stack([np.zeros(len(eye.upper)), points[eye.lower, 1] - points[eye.upper, 1]], axis=1)
        moved[eye.upper, :2] -= 0.5 * down
    frame = painted(scene, moved)
    for eye, _ in EYES:
        seen = at(frame, (points[eye.upper[3], :2] + moved[eye.upper[3], :2]) / 2)
        assert np.abs(seen - SKIN).max() > 40
        assert np.ptp(seen) < np.ptp(SKIN)


def test_an_iris_follows_a_gaze_to_the_corner_of_the_eye(scene: PreparedPortrait) -> None:
    """One and a half radii aside there is white where its inner half would be if it stayed behind."""
    points = scene.portrait.points
    frame = painted(scene, looking(points, 1.5))
    for eye, iris in EYES:
        radius = np.linalg.norm(points[list(iris[1:]), :2] - points[iris[0], :2], axis=1).mean()
        middle = points[eye.contour, :2].mean(axis=0)
        assert at(frame, middle + np.array([0.55 * radius, 0]))[1] > 150  # the iris is dark green
        assert at(frame, middle + np.array([1.4 * radius, 0]))[1] < 110


@pytest.mark.parametrize("shift", [50.0, -50.0])
def test_the_wildest_gaze_stays_between_the_lids(scene: PreparedPortrait, shift: float) -> None:
    points = scene.portrait.points
    frame = painted(scene, looking(points, shift))
    changed = np.any(frame != scene.texture.picture, axis=2)
    outside = np.ones(changed.shape, bool)
    for eye, _ in EYES:
        mask = np.zeros(changed.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(points[eye.contour, :2]).astype(np.int32)], (255,))
        outside &= cv2.dilate(mask, np.ones((9, 9), np.uint8)) == 0
    assert not (changed & outside).any()


def test_a_glint_in_a_black_iris_does_not_wrap_round(scene: PreparedPortrait) -> None:
    """A cubic filter falls below black beside a glint; in 8 bits that would be white."""
    points, picture = scene.portrait.points, scene.portrait.picture.copy()
    picture[np.all(np.abs(picture.astype(int) - IRIS) < 12, axis=2)] = 0
    for _, iris in EYES:
        x, y = np.round(points[iris[0], :2]).astype(int)
        picture[y : y + 2, x : x + 2] = 255
    bytes_, floats = (
        painted(PreparedPortrait(replace(scene.portrait, picture=sitter)), looking(points, 0.53)).astype(float)
        for sitter in (picture, picture.astype(np.float32) / 255)
    )
    assert np.abs(bytes_ - 255 * np.clip(floats, 0, 1)).max() <= 4


def test_rims_are_found_beside_any_position(face: NDArray[Any]) -> None:
    for eye, _ in EYES:
        rims = EyeRims.of(face, eye)
        across, upper, lower = rims.at(face[None, eye.contour, :2])
        middle = len(eye.upper)
        np.testing.assert_allclose(across[0, 1 : middle + 1], upper[0, 1 : middle + 1], atol=1e-3)
        np.testing.assert_allclose(across[0, middle + 2 :], lower[0, middle + 2 :], atol=1e-3)
        assert (lower >= upper - 1e-6).all()
