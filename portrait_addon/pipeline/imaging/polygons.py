"""Polygons drawn as masks."""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Float32Array, Float64Array
from .box import Box


def _mask(box: Box, outline: Float64Array) -> Float32Array:
    """1 within a closed outline (n, 2), 0 outside."""
    mask = np.zeros((box.bottom - box.top, box.right - box.left), np.uint8)
    corners = np.round((outline - (box.left, box.top)) * 64).astype(np.int32)
    cv2.fillPoly(mask, [corners], (255,), lineType=cv2.LINE_AA, shift=6)
    return mask.astype(np.float32) / 255
