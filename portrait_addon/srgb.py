"""The sRGB curve, continued beyond 0 and 1 so that nothing of a picture with bright highlights is lost.

Pictures are worked on as encoded; files of scene-linear light, and ratios of light, are on the other side of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


def srgb_to_linear(encoded: NDArray[np.floating[Any]]) -> Float32Array:
    """Linear light of sRGB values [IEC 61966-2-1]; below 0 the curve is mirrored."""
    value = np.abs(encoded).astype(np.float32)
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.copysign(light, encoded).astype(np.float32)


def linear_to_srgb(linear: NDArray[np.floating[Any]]) -> Float32Array:
    """The inverse of `srgb_to_linear`."""
    light = np.abs(linear).astype(np.float32)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.copysign(value, linear).astype(np.float32)
