"""Wide blurs: those of OpenCV, in a time that does not grow with their width."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.imaging.wide_blur import SUFFICIENT, wide_blur


@pytest.fixture(scope="module")
def skin(assets: Path) -> np.ndarray:
    return cv2.imread(str(assets / "ford_1888.jpg"))[100:403, 200:561].astype(np.float32)


@pytest.mark.parametrize("deviation", [6.0, 8.2, 13.0, 24.0])
def test_a_wide_blur_is_a_gaussian(skin: np.ndarray, deviation: float) -> None:
    apart = np.abs(wide_blur(skin, deviation) - cv2.GaussianBlur(skin, (0, 0), deviation))
    margin = round(2 * deviation)
    within = apart[margin:-margin, margin:-margin]
    assert within.max() < 0.01 * np.ptp(skin)
    assert np.sqrt((within**2).mean()) < 0.2


@pytest.mark.parametrize("shape", [(1, 1), (2, 90, 3), (61, 40), (40, 61, 4), (5, 5, 1)])
@pytest.mark.parametrize("deviation", [0.5, 2 * SUFFICIENT, 40.0])
def test_what_is_even_stays_even(shape: tuple[int, ...], deviation: float) -> None:
    even = np.full(shape, 0.75, np.float32)
    blurred = wide_blur(even, deviation)
    assert blurred.shape == shape
    assert np.allclose(blurred, even, atol=1e-5)


def test_a_narrow_blur_is_opencvs(skin: np.ndarray) -> None:
    assert np.array_equal(wide_blur(skin, 2.5), cv2.GaussianBlur(skin, (0, 0), 2.5))
