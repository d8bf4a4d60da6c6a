"""What is faster than a library's own way gives the same bits."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from portrait_addon.pipeline.imaging.compositing import on_channels
from portrait_addon.pipeline.imaging.half_floats import from_half, to_half
from portrait_addon.pipeline.imaging.robust import median
from portrait_addon.pipeline.imaging.soft_mask import soft_mask

pictures = arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)
values = st.floats(-70_000, 70_000, width=32)


@given(arrays.arrays(np.uint8, pictures, elements=st.sampled_from([0, 1, 127, 254, 255])), st.floats(0.4, 12.0))
def test_a_soft_mask_is_a_gaussian_blur(mask: np.ndarray, deviation: float) -> None:
    blurred = cv2.GaussianBlur(mask, (0, 0), deviation)
    assert np.array_equal(soft_mask(mask, deviation), np.asarray(blurred, np.float32) / 255)


def test_a_soft_mask_is_0_outside_and_1_inside() -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, :30] = 255
    soft = soft_mask(mask, 1.5)
    assert soft[20, 5] == 1
    assert soft[20, 55] == 0
    assert 0.4 < soft[20, 29] < 0.7


@given(arrays.arrays(np.float32, arrays.array_shapes(min_dims=1, max_dims=3), elements=values))
def test_the_median_is_numpys(numbers: np.ndarray) -> None:
    assert median(numbers) == float(np.median(numbers))


@given(arrays.arrays(np.float32, pictures, elements=st.floats(-65_000, 65_000, width=32)))
def test_half_floats_are_numpys(numbers: np.ndarray) -> None:
    halves = to_half(numbers)
    assert halves.tobytes() == numbers.astype(np.float16).tobytes()
    assert from_half(halves).tobytes() == halves.astype(np.float32).tobytes()


@given(arrays.arrays(np.float32, pictures, elements=values), st.integers(1, 4))
def test_channels_repeat_a_picture(numbers: np.ndarray, channels: int) -> None:
    assert np.array_equal(on_channels(numbers, channels), np.repeat(numbers[..., None], channels, axis=2))
