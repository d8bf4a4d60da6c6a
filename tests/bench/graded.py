"""The same driver with another look: what pastes his pixels shows it, what carries his expression does not.

The clip is graded and halved; the portrait and the truth stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.bench.subjects import Clip

GAMMA = 1.3
"""Exponent of the encoded values."""

SATURATION = 0.7
BLUE_GREEN_RED = (0.85, 1.0, 1.1)
"""Factors on the encoded channels."""

SCALE = 0.5


class GradedClip(Clip):
    """A clip whose frames are `graded`."""

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        for seconds, frame in super().__iter__():
            yield seconds, graded(frame)


def graded(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame (h, w, 3), BGR, darker, paler, warmer, and half as large."""
    halved = cv2.resize(frame, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    encoded = (halved.astype(np.float32) / 255) ** np.float32(GAMMA)
    grey = cv2.cvtColor(encoded, cv2.COLOR_BGR2GRAY)[..., None]
    coloured = (grey + np.float32(SATURATION) * (encoded - grey)) * np.array(BLUE_GREEN_RED, np.float32)
    return np.asarray(np.round(255 * np.clip(coloured, 0, 1)), np.uint8)
