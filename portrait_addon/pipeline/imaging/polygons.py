"""Polygons drawn as masks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .arrays import BoolArray, Points, UInt8Array
from .box import Box

SUBPIXEL_BITS = 6
"""Fractional bits of the coordinates that OpenCV draws (the argument `shift`)."""


def fixed_point(points: Points, origin: tuple[float, float] = (0, 0)) -> NDArray[np.int32]:
    """Convert coordinates to the fixed-point numbers that OpenCV draws.

    Parameters
    ----------
    points : (..., 2) array
        Positions x, y in pixels.
    origin : pair of float
        Position of the drawing's first pixel.

    Returns
    -------
    (..., 2) int32 array
        In units of 1/64 pixel, relative to `origin`.

    Examples
    --------
    >>> fixed_point(np.array([[1.5, 2.0]]), (1, 0)).tolist()
    [[32, 128]]
    """
    return np.asarray(np.round((points - origin) * (1 << SUBPIXEL_BITS)), np.int32)


def polygon_mask(box: Box, outline: Points) -> UInt8Array:
    """Draw a filled polygon with an anti-aliased edge.

    Parameters
    ----------
    box : Box
        Pixels of the mask.
    outline : (n, 2) array
        Corners x, y in pixels of the picture; the last is joined to the first.

    Returns
    -------
    (h, w) uint8 array
        255 inside, 0 outside, of the size of `box`.
    """
    mask = np.zeros((box.bottom - box.top, box.right - box.left), np.uint8)
    corners = fixed_point(outline, (box.left, box.top))
    cv2.fillPoly(mask, [corners], (255,), lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS)
    return mask


def polygon_interior(shape: tuple[int, ...], outline: Points) -> BoolArray:
    """Find the pixels inside a polygon whose corners are rounded to whole pixels.

    Parameters
    ----------
    shape : tuple of int
        Shape of the picture: rows, columns, then anything.
    outline : (n, 2) or (n, 3) array
        Corners x, y in pixels; z is ignored.

    Returns
    -------
    (h, w) bool array
        True inside and on the outline.
    """
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline[:, :2]).astype(np.int32)], (1,))
    return mask.astype(bool)
