"""The shade of a driver's closing lids against bare skin."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.lid_patches import RATIOS, LidRatioExtractor
from portrait_addon.pipeline.clip.shut_eyes import BLINKS, ORDINARY, resting_eyes, shut_eyes
from portrait_addon.pipeline.face.lid_space import HEIGHT, WIDTH, lid_space
from portrait_addon.pipeline.face.mesh import EYES, LIDS
from portrait_addon.pipeline.face.openings import SHUT, openness
from portrait_addon.pipeline.records.performance import Performance

BLINKING = 13


def shut(points: NDArray[Any]) -> NDArray[Any]:
    moved = points.copy()
    for eye, _ in EYES:
        moved[eye.upper] = moved[eye.lower]
    return moved


def test_open_eyes_give_nothing(performance: Performance) -> None:
    extractor = LidRatioExtractor(performance.neutral_points)
    frame = np.full((288, 360, 3), 150, np.uint8)
    assert extractor.log_ratios(frame, performance.neutral_points).shape == (0, HEIGHT, WIDTH)


def test_bare_skin_has_the_ratio_1_and_lashes_are_dark(performance: Performance) -> None:
    points = shut(performance.neutral_points)
    frame = np.full((288, 360, 3), 150, np.uint8)
    extractor = LidRatioExtractor(performance.neutral_points)
    bare = extractor.log_ratios(frame, points)
    assert bare.shape == (2, HEIGHT, WIDTH)
    assert np.abs(bare).max() < 0.01
    for eye, _ in EYES:
        cv2.polylines(frame, [np.round(points[eye.upper, :2]).astype(np.int32)], False, (20, 20, 20), 1)
    for lids, ratio in zip(LIDS, extractor.log_ratios(frame, points), strict=True):
        x, y = np.round(lid_space(points, lids)(points[lids.eye.upper[3]][None, :2])[0]).astype(int)
        assert ratio[y - 4 : y + 5, x].min() < -0.3
        assert np.log(RATIOS[0]) - 0.01 <= ratio.min() <= ratio.max() <= np.log(RATIOS[1]) + 0.01


def test_a_lamp_moves_no_ratio(performance: Performance) -> None:
    """Twice the light on skin and lids is the same lid."""
    points, random = shut(performance.neutral_points), np.random.default_rng(1)
    light = cv2.GaussianBlur(random.uniform(60, 120, (288, 360, 3)).astype(np.float32), (0, 0), 3)
    dim, bright = (np.clip(light * factor, 0, 255).astype(np.uint8) for factor in (1.0, 1.35))
    extractor = LidRatioExtractor(performance.neutral_points)
    apart = np.abs(extractor.log_ratios(dim, points).astype(float) - extractor.log_ratios(bright, points))
    assert apart.mean() < 0.05


def test_frames_that_close_the_eyes_are_kept_and_the_others_are_not(performance: Performance) -> None:
    closing = np.flatnonzero(performance.lid_rows >= 0)
    assert BLINKING - 1 in closing
    assert performance.neutral - 1 not in closing
    assert len(performance.lid_ratios) == len(closing)
    np.testing.assert_array_equal(performance.lid_rows[closing], np.arange(len(closing)))
    (weight, (right, left)), *_ = performance.lids_at(float(BLINKING))
    assert weight == 1
    assert right.log_ratio.shape == left.log_ratio.shape == (HEIGHT, WIDTH)
    assert performance.lids_at(float(performance.neutral)) == []


def test_eyes_are_shut_where_the_clip_shows_them_least_open(performance: Performance) -> None:
    found = shut_eyes(performance, resting_eyes(performance))
    assert all(0 <= ratio < BLINKS for ratio in found)


def test_a_neutral_frame_with_shut_eyes_is_no_measure_of_open_ones(performance: Performance) -> None:
    """No opening can be told as a share of none: what the eyes mostly are in the clip is told instead."""
    points = performance.points.copy()
    points[4] = shut(points[4])
    mostly = [np.median([openness(frame, eye) for frame in points]) for eye, _ in EYES]
    blinking = replace(performance, points=points, neutral=5)
    assert resting_eyes(blinking) == pytest.approx(tuple(mostly))
    assert resting_eyes(replace(performance, neutral=1, points=points[4:5])) == (SHUT, SHUT)
    assert resting_eyes(performance) == tuple(float(openness(performance.neutral_points, eye)) for eye, _ in EYES)


@pytest.mark.parametrize(("share", "told"), [(0.4, False), (0.6, True)])
def test_eyes_less_than_half_open_in_the_neutral_frame_are_shut_there(
    performance: Performance, share: float, told: bool
) -> None:
    points = np.repeat(performance.neutral_points[None], 5, axis=0)
    for eye, _ in EYES:
        points[0, eye.upper] += (1 - share) * (points[0, eye.lower] - points[0, eye.upper])
    narrowed, mostly = (np.array([float(openness(points[row], eye)) for eye, _ in EYES]) for row in (0, 1))
    assert resting_eyes(replace(performance, points=points, neutral=1)) == pytest.approx(narrowed if told else mostly)


def test_a_clip_that_never_blinks_takes_an_ordinary_eye(performance: Performance) -> None:

    still = replace(performance, points=np.repeat(performance.neutral_points[None], 5, axis=0), neutral=1)
    assert shut_eyes(still, resting_eyes(still)) == pytest.approx((ORDINARY, ORDINARY))
