"""Lids that close are painted anew: bare skin times the shade of the driver's lids."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.lid_space import HEIGHT, SCALE, WIDTH, lid_space
from portrait_addon.pipeline.face.mesh import EYES, LIDS, Lids
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.closing import Closing, closing_eyes
from portrait_addon.pipeline.frame.lids import paint_lid
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.records.lid_patch import LidPatch
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

SKIN = 170
BLINKING = 13
SHUT = Closing(1.0, 1.0)
GREY_SHADE = np.ones(3, np.float32)


def closed(points: NDArray[Any], share: float = 1.0) -> NDArray[Any]:
    """The same face with its upper rims on the lower ones, or on their way there."""
    moved = points.copy()
    for eye, _ in EYES:
        moved[eye.upper] += share * (moved[eye.lower] - moved[eye.upper])
    return moved


def with_dark_eyes(points: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Plain skin with black eyes."""
    picture = np.full((*size, 3), SKIN, np.uint8)
    for eye, _ in EYES:
        cv2.fillPoly(picture, [np.round(points[eye.contour, :2]).astype(np.int32)], (10, 10, 10))
    return picture


def flat_patch(points: NDArray[Any], lids: Lids, log_ratio: float = 0.0) -> LidPatch:
    ratio = np.full((HEIGHT, WIDTH), log_ratio, np.float32)
    return LidPatch(ratio, lid_space(points, lids)(points[:, :2]))


def middle_of_lid(points: NDArray[Any], lids: Lids) -> tuple[int, int]:
    x, y = np.round((points[lids.ring[3], :2] + points[lids.eye.lower[3], :2]) / 2).astype(int)
    return y, x


def painted(
    picture: NDArray[Any], points: NDArray[Any], moved: NDArray[Any], closing: Closing = SHUT, log_ratio: float = 0.0
) -> NDArray[Any]:
    canvas = Canvas(picture.copy())
    for lids in LIDS:
        patches = [(1.0, flat_patch(closed(points), lids, log_ratio))]
        paint_lid(canvas, Pose(points, moved), lids, patches, closing, GREY_SHADE)
    return canvas.picture


@pytest.fixture
def scene(portrait: Portrait) -> tuple[NDArray[Any], NDArray[Any]]:
    points = portrait.points
    return points, with_dark_eyes(points, portrait.picture.shape[:2])


def test_a_shut_eye_is_skin_and_nothing_of_the_eye_is_left(scene: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, picture = scene
    frame = painted(picture, points, closed(points))
    for lids in LIDS:
        assert picture[middle_of_lid(points, lids)].mean() < 60
        assert frame[middle_of_lid(points, lids)].mean() == pytest.approx(SKIN, abs=12)
    assert np.ptp(frame.astype(int), axis=2).max() == 0  # grey stays exactly grey


def test_the_shade_of_the_drivers_lid_goes_over_as_a_factor_on_light(scene: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, picture = scene
    bright, dark = (painted(picture, points, closed(points), log_ratio=log) for log in (0.0, np.log(0.5)))
    for lids in LIDS:
        at = middle_of_lid(points, lids)
        light = [((float(frame[at].mean()) / 255 + 0.055) / 1.055) ** 2.4 for frame in (bright, dark)]
        assert light[1] / light[0] == pytest.approx(0.5, rel=0.05)


def test_what_lies_off_the_lids_stays(scene: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, picture = scene
    frame = painted(picture, points, closed(points), log_ratio=np.log(0.4))
    changed = np.any(frame != picture, axis=2)
    for lids in LIDS:
        x, y = points[lids.eye.contour, :2].mean(axis=0)
        unit = np.linalg.norm(points[33, :2] - points[263, :2])
        rows, columns = np.nonzero(changed)
        near = np.hypot(columns - x, rows - y) < 0.45 * unit
        changed[rows[near], columns[near]] = False
    assert not changed.any()


def test_a_half_closed_eye_stays_visible_between_its_lids(scene: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, picture = scene
    moved = closed(points, 0.5)
    seen = painted(picture, points, moved, Closing(1.0, 0.0))
    hidden = painted(picture, points, moved, Closing(1.0, 1.0))
    for eye, iris in EYES:
        del iris
        x, y = np.round(moved[eye.contour, :2].mean(axis=0)).astype(int)
        assert seen[y, x].mean() < 40
        assert hidden[y, x].mean() > 100


def test_the_lashes_of_the_portrait_stay_along_the_rim(portrait: Portrait) -> None:
    points = portrait.points
    moved = closed(points)
    picture = np.full_like(portrait.picture, SKIN)
    for eye, _ in EYES:
        cv2.polylines(picture, [np.round(moved[eye.upper, :2]).astype(np.int32)], False, (20, 20, 20), 2)
    frame = painted(picture, points, moved)
    for eye, _ in EYES:
        x, y = np.round(moved[eye.upper[3], :2]).astype(int)
        assert frame[y - 1 : y + 2, x].min() < 90


def test_the_lashes_of_the_portrait_stay_as_thick_as_lashes_are(portrait: Portrait) -> None:
    """A fortieth of the distance of the eyes, soft rims included, however much dark there was."""
    points, lids = 4 * (portrait.points - portrait.points[LIDS[0].ring].min(axis=0)) + 100, LIDS[0]
    moved = closed(points)
    unit = float(np.linalg.norm(points[33, :2] - points[263, :2]))
    picture = np.full((500, 600, 3), SKIN, np.uint8)
    rim = np.round(moved[lids.eye.upper, :2]).astype(np.int32)
    cv2.polylines(picture, [rim], False, (0, 0, 0), round(0.12 * unit))
    canvas = Canvas(picture)
    paint_lid(canvas, Pose(points, moved), lids, [(1.0, flat_patch(moved, lids))], SHUT, GREY_SHADE)
    x, y = rim[3]
    dark = 1 - canvas.picture[round(y - 0.05 * unit) : round(y + 0.05 * unit), x, 0] / SKIN
    assert 0.021 < np.maximum(dark - 0.05, 0).sum() / unit < 0.031


def test_a_lid_ends_where_its_face_ends(scene: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, picture = scene
    lids = LIDS[0]
    rim = round(float(points[lids.ring, 0].mean()))
    picture[:, :rim] = 0
    canvas = Canvas(picture.copy())

    def face_in(box: Box) -> NDArray[Any]:
        columns = np.arange(box.left, box.right) >= rim
        return np.repeat(columns[None].astype(np.float32), box.bottom - box.top, axis=0)

    patches = [(1.0, flat_patch(closed(points), lids))]
    paint_lid(canvas, Pose(points, closed(points)), lids, patches, SHUT, GREY_SHADE, face_in)
    assert not canvas.picture[:, :rim].any()
    y, _ = middle_of_lid(points, lids)
    assert canvas.picture[y, rim + 1].mean() == pytest.approx(SKIN, rel=0.1)


def test_a_lid_fades_in(scene: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, picture = scene
    light = []
    for share in np.linspace(0, 1, 9):
        frame = painted(picture, points, closed(points), Closing(float(share), 1.0))
        light.append(float(frame[middle_of_lid(points, LIDS[0])].mean()))
    assert light[0] < 60 < 150 < light[-1]
    assert np.diff(light).min() >= -1


def test_an_eye_that_only_narrows_keeps_the_lashes_of_the_portrait(portrait: Portrait) -> None:
    """A stranger's lid would fog it; a driver who is the portrait brings the same lashes."""

    def fade(share: float, alike: float) -> float:
        pose = Pose(portrait.points, closed(portrait.points, share).astype(np.float32))
        return closing_eyes(pose, [], alike)[0].fade

    assert fade(0.2, 0) == pytest.approx(0, abs=1e-6)
    assert fade(0.2, 1) > 0.2
    assert fade(0.35, 0) == pytest.approx(fade(0.25, 1), abs=0.02)
    assert fade(0.5, 0) == pytest.approx(1, abs=0.02)


def test_eye_beyond_the_border_raises_nothing(portrait: Portrait) -> None:
    points = portrait.points.copy()
    points[:, :2] -= points[LIDS[0].eye.corners[0], :2] + 400
    frame = painted(portrait.picture, points, closed(points))
    np.testing.assert_array_equal(frame, portrait.picture)


def test_a_clip_without_lids_leaves_the_warped_portrait(portrait: Portrait, performance: Performance) -> None:
    bare = replace(performance, lid_rows=np.full_like(performance.lid_rows, -1), lid_ratios=performance.lid_ratios[:0])
    frames = [compose(portrait, clip, Settings(), BLINKING).picture for clip in (performance, bare)]
    changed = np.any(frames[0] != frames[1], axis=2)
    assert changed.any()
    rows, columns = np.nonzero(changed)
    eyes = portrait.points[[33, 263], :2].mean(axis=0)
    assert np.hypot(columns - eyes[0], rows - eyes[1]).max() < portrait.unit


def test_between_two_frames_lids_are_no_darker_than_in_both(portrait: Portrait, performance: Performance) -> None:
    before, between, after = (
        compose(portrait, performance, Settings(), t).picture.astype(int)
        for t in (BLINKING, BLINKING + 0.5, BLINKING + 1)
    )
    lower = np.minimum(before, after) - between
    assert lower.max() < 60


def test_the_lid_space_moves_with_the_eye(face: NDArray[Any]) -> None:
    for lids in LIDS:
        there = lid_space(face, lids)(face[:, :2])
        middle = there[list(lids.eye.corners)].mean(axis=0)
        np.testing.assert_allclose(middle, [(WIDTH - 1) / 2, (HEIGHT - 1) / 2], atol=1e-6)
        assert np.linalg.norm(there[33] - there[263]) == pytest.approx(SCALE, rel=1e-6)
        moved = 1.7 * face + 20
        np.testing.assert_allclose(lid_space(moved, lids)(moved[:, :2]), there, atol=1e-6)
