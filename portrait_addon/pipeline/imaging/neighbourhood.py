"""What surrounds each pixel: the slope of a picture, and discs for growing masks."""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Float32Array, UInt8Array


def slope(values: Float32Array) -> Float32Array:
    """Measure how steep a picture is at each pixel.

    Parameters
    ----------
    values : (h, w) float32 array
        One number a pixel.

    Returns
    -------
    (h, w) float32 array
        Length of the gradient, a pixel, by Sobel's operator.
    """
    across, down = (cv2.Sobel(values, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(across, down), np.float32)


def disc(radius: float) -> UInt8Array:
    """Make a disc by which `cv2.dilate` grows a mask.

    Parameters
    ----------
    radius : float
        In pixels; at least one is taken.

    Returns
    -------
    (n, n) uint8 array
        1 within the disc, 0 in the corners.
    """
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
