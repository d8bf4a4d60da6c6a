from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip import smoothing
from portrait_addon.pipeline.clip.smoothing import smooth_points
from portrait_addon.pipeline.face.mesh import LEFT_EYE, RIGHT_EYE, outer_eye_distance
from portrait_addon.pipeline.face.openings import gaps
from portrait_addon.pipeline.imaging.similarity import Similarity

FRAMES = 40
TIMES = np.arange(FRAMES) / 25


@pytest.fixture
def still(face: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(face[None].astype(np.float32), FRAMES, axis=0)


@pytest.fixture
def noise(face: NDArray[Any]) -> NDArray[Any]:
    """As strong as the tracker's own on our clips, measured in outer-eye distances."""
    strength = 0.0012 * outer_eye_distance(face)
    return np.random.default_rng(7).normal(0, strength, (FRAMES, *face.shape)).astype(np.float32)


def test_constant_stays_bit_identical(still: NDArray[Any]) -> None:
    np.testing.assert_array_equal(smooth_points(still, TIMES), still)


def test_moving_head_is_not_delayed(still: NDArray[Any]) -> None:
    shift = np.zeros((FRAMES, 1, 3), np.float32)
    shift[:, 0, 0], shift[:, 0, 1] = 0.8 * np.arange(FRAMES), -0.3 * np.arange(FRAMES)
    np.testing.assert_allclose(smooth_points(still + shift, TIMES), still + shift, atol=2e-3)


def test_turning_and_growing_head_is_not_delayed(still: NDArray[Any], face: NDArray[Any]) -> None:
    angles = np.radians(0.5 * np.arange(FRAMES))
    middle = face[:, :2].mean(axis=0)
    clip = still.copy()
    for row, angle in enumerate(angles):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        clip[row, :, :2] = Similarity(turn, 1.004**row, np.zeros(2))(face[:, :2] - middle) + middle
        clip[row, :, 2] *= 1.004**row
    np.testing.assert_allclose(smooth_points(clip, TIMES), clip, atol=0.02)


@pytest.mark.parametrize("rate", [25, 30, 50])
def test_blink_of_one_frame_keeps_its_depth(still: NDArray[Any], noise: NDArray[Any], rate: int) -> None:
    clip = still + noise
    for eye in (RIGHT_EYE, LEFT_EYE):
        clip[20, eye.upper] = clip[20, eye.lower]
    smooth = smooth_points(clip, np.arange(FRAMES) / rate)
    for eye in (RIGHT_EYE, LEFT_EYE):
        open_before, closed = gaps(smooth[10], eye).mean(), gaps(smooth[20], eye).mean()
        given = gaps(clip[10], eye).mean() - gaps(clip[20], eye).mean()
        assert open_before - closed >= 0.8 * given


def test_blink_does_not_reach_its_neighbours(still: NDArray[Any], noise: NDArray[Any]) -> None:
    clip = still + noise
    clip[20, RIGHT_EYE.upper] = clip[20, RIGHT_EYE.lower]
    smooth = smooth_points(clip, TIMES)
    whole = gaps(still[0], RIGHT_EYE).mean()
    for row in (19, 21):
        assert gaps(smooth[row], RIGHT_EYE).mean() > 0.85 * whole


def test_noise_goes_down(still: NDArray[Any], noise: NDArray[Any]) -> None:
    left = smooth_points(still + noise, TIMES) - still
    assert left.std() < 0.6 * noise.std()
    assert np.diff(left, axis=0).std() < 0.5 * np.diff(noise, axis=0).std()


def test_clip_too_short_to_smooth_comes_back(still: NDArray[Any], noise: NDArray[Any]) -> None:
    clip = (still + noise)[:2]
    np.testing.assert_array_equal(smooth_points(clip, TIMES[:2]), clip)


def test_is_the_same_backwards(still: NDArray[Any], noise: NDArray[Any]) -> None:
    clip = still + noise
    clip[:, :, 0] += 3 * np.sin(np.arange(FRAMES) / 4)[:, None]
    forwards = smooth_points(clip, TIMES)
    np.testing.assert_allclose(smooth_points(clip[::-1], TIMES)[::-1], forwards, atol=0.02)


def test_a_long_clip_is_smoothed_in_blocks_as_if_it_were_whole(
    still: NDArray[Any], noise: NDArray[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = still + noise
    whole = smooth_points(clip, TIMES)
    monkeypatch.setattr(smoothing, "BLOCK", 7)
    monkeypatch.setattr(smoothing, "MEDIANS", 5)
    np.testing.assert_array_equal(smooth_points(clip, TIMES), whole)
