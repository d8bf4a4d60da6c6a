"""The line that closed lips draw beside a mouth does not grow to a ball where the mouth opens."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import MOUTH, OUTER_LIPS
from portrait_addon.pipeline.frame import mouth_corners, skin
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.face_warp import Skin
from portrait_addon.pipeline.frame.mouth_opening import Inside
from portrait_addon.pipeline.frame.state import FrameState
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid
from portrait_addon.pipeline.portrait.corner_plate import BEYOND, CornerPlate
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

SKIN, LINE = 170, 20


@pytest.fixture
def scene(portrait: Portrait) -> PreparedPortrait:
    """Plain skin with a dark line between closed lips, which runs past their corners."""
    points, picture = portrait.points, np.full_like(portrait.picture, SKIN)
    right, left = (points[corner, :2] for corner in OUTER_LIPS.corners)
    past = 0.6 * BEYOND * portrait.unit * (left - right) / np.linalg.norm(left - right)
    inner = points[[MOUTH.corners[0], *MOUTH.upper, MOUTH.corners[1]], :2]
    line = np.round(np.vstack([right - past, right, inner, left, left + past])).astype(np.int32)
    cv2.polylines(picture, [line], False, (LINE, LINE, LINE), 2, cv2.LINE_AA)
    return PreparedPortrait(replace(portrait, picture=picture))


def painted(prepared: PreparedPortrait, stretch: float, share: float = 1.0, corners: bool = True) -> NDArray[Any]:
    """Skin that is stretched from the line to above and below, as far as the mouth is open."""
    picture, points = prepared.texture.picture, prepared.portrait.points
    grid = SampleGrid.of_pixels(Box(0, 0, picture.shape[1], picture.shape[0]))
    samples = grid.positions()
    height = points[list(OUTER_LIPS.corners), 1].mean()
    samples[..., 1] = height + (samples[..., 1] - height) / stretch
    stretched = Skin(grid, samples, np.full(picture.shape[:2], 255, np.uint8), None)
    state = replace(FrameState.of(prepared, [], [], Settings()), skin=stretched, inside=Inside(share))
    canvas = Canvas(picture.copy())
    skin.paint(canvas, state)
    if corners:
        mouth_corners.paint(canvas, state)
    return canvas.picture


def pursed(prepared: PreparedPortrait, width: float, corners: bool = True) -> tuple[float, float]:
    """Lips that became narrower by a factor; the line beside them with them."""
    picture, points = prepared.texture.picture, prepared.portrait.points
    grid = SampleGrid.of_pixels(Box(0, 0, picture.shape[1], picture.shape[0]))
    samples = grid.positions()
    middle = points[list(OUTER_LIPS.corners), 0].mean()
    samples[..., 0] = middle + (samples[..., 0] - middle) / width
    narrow = Skin(grid, samples, np.full(picture.shape[:2], 255, np.uint8), None)
    state = FrameState.of(prepared, [], [], Settings())
    moved = state.pose.moved.copy()
    lips = sorted({*OUTER_LIPS.contour, *MOUTH.contour})
    moved[lips, 0] = middle + (moved[lips, 0] - middle) * width
    state = replace(state, skin=narrow, pose=replace(state.pose, moved=moved))
    canvas = Canvas(picture.copy())
    skin.paint(canvas, state)
    if corners:
        mouth_corners.paint(canvas, state)
    beside = [(side, float(moved[corner, 0])) for corner, side in zip(OUTER_LIPS.corners, (-1, 1), strict=True)]
    spans = [sorted((round(x), round(x + side * 0.5 * BEYOND * prepared.portrait.unit))) for side, x in beside]
    line = np.maximum(SKIN - canvas.picture.astype(float), 0)
    between = slice(round(beside[0][1]) + 3, round(beside[1][1]) - 2)
    return sum(float(line[:, slice(*span)].sum()) for span in spans), float(line[:, between].sum())


def darkness(frame: NDArray[Any], prepared: PreparedPortrait) -> float:
    """Sum of what is darker than skin beside both corners of the mouth, outside it."""
    total, points, unit = 0.0, prepared.portrait.points, prepared.portrait.unit
    for corner, side in zip(OUTER_LIPS.corners, (-1, 1), strict=True):
        x, y = points[corner, :2]
        columns = sorted((round(float(x)), round(float(x + side * 0.5 * BEYOND * unit))))
        part = frame[round(float(y - 0.2 * unit)) : round(float(y + 0.2 * unit)), slice(*columns)].astype(float)
        total += float(np.maximum(SKIN - part, 0).sum())
    return total


def test_a_line_that_is_not_stretched_stays_as_it_is(scene: PreparedPortrait) -> None:
    for share in (0.0, 1.0):
        np.testing.assert_array_equal(painted(scene, 1.0, share), scene.texture.picture)
    np.testing.assert_array_equal(painted(scene, 4.0, 0.0), painted(scene, 4.0, 0.0, corners=False))


def test_a_line_that_is_stretched_to_a_ball_becomes_skin(scene: PreparedPortrait) -> None:
    before, after = (darkness(painted(scene, 4.0, corners=on), scene) for on in (False, True))
    assert before > 3 * darkness(scene.texture.picture, scene)
    assert after < 0.45 * before


def test_the_more_it_is_stretched_the_more_of_it_goes(scene: PreparedPortrait) -> None:
    left = [
        darkness(painted(scene, stretch), scene) / darkness(painted(scene, stretch, corners=False), scene)
        for stretch in (1.0, 2.0, 3.0, 5.0)
    ]
    assert left[0] == 1
    assert (np.diff(left) < -0.05).all()


def test_beside_pursed_lips_the_line_goes_and_between_them_it_stays(scene: PreparedPortrait) -> None:
    (before, between), (after, kept) = (pursed(scene, 0.7, corners=on) for on in (False, True))
    assert after < 0.3 * before
    assert kept > 0.9 * between


def test_the_more_lips_are_pursed_the_more_of_the_line_beside_them_goes(scene: PreparedPortrait) -> None:
    left = [pursed(scene, width)[0] / pursed(scene, width, corners=False)[0] for width in (0.96, 0.88, 0.8)]
    assert left[0] == 1
    assert (np.diff(left) < -0.1).all()


def test_nothing_gets_darker(scene: PreparedPortrait) -> None:
    before, after = (painted(scene, 4.0, corners=on).astype(int) for on in (False, True))
    assert (after - before).min() >= -6  # the skin below is looked up with a sharper filter


def test_a_corner_beyond_the_border_raises_nothing(portrait: Portrait) -> None:
    points = portrait.points.copy()
    points[:, 0] -= points[OUTER_LIPS.corners[0], 0] + 400
    prepared = PreparedPortrait(replace(portrait, points=points))
    assert prepared.corners[0].box.empty
    painted(prepared, 2.0)


@pytest.mark.parametrize("side", [0, 1])
def test_what_is_filled_has_the_grain_of_the_skin(scene: PreparedPortrait, side: int) -> None:
    grain = np.random.default_rng(0).normal(0, 8, scene.texture.picture.shape)
    picture = np.clip(scene.texture.picture + grain, 0, 255).astype(np.uint8)
    plate = CornerPlate.of(scene.portrait, picture, side)
    filled = plate.skin[plate.beyond == 1] - SKIN
    assert 0.6 * np.std(grain) < np.std(filled) < 1.4 * np.std(grain)
