"""Smooth surfaces stretched over a region from the values at its rim."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.linalg import solveh_banded

from .arrays import BoolArray, Float32Array, UInt8Array
from .box import Box

WIDEST = 48
"""Longest side of the copy on which a membrane is solved, in pixels: it is smooth."""


def membrane(values: Float32Array, mask: UInt8Array, reach: float = np.inf) -> Float32Array:
    """Surface that equals the values at the rim of a mask.

    Solves the screened Laplace equation ``lap u = u / reach^2`` inside the mask, on a small copy.

    Parameters
    ----------
    values : (h, w, c) float32 array
        Count outside the mask only.
    mask : (h, w) uint8 array
        0 outside, 255 inside.
    reach : float
        Distance from the rim at which the surface has faded to 1/e, in pixels; it does not fade if infinite.

    Returns
    -------
    (h, w, c) float32 array
        The values themselves if the mask is empty, or too thin for the small copy.

    References
    ----------
    Z. Farbman et al., *Coordinates for instant image cloning*, SIGGRAPH 2009: Poisson blending as a membrane.
    """
    height, width = mask.shape
    zoom = min(1.0, WIDEST / max(width, height))
    size = (max(3, round(width * zoom)), max(3, round(height * zoom)))
    small = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32).reshape(size[1], size[0], -1)
    inner = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127
    inner[0], inner[-1], inner[:, 0], inner[:, -1] = False, False, False, False
    if not inner.any():
        return values
    # Only the inner pixels and their neighbours: a solution takes as long as its area times its height squared.
    within = Box(0, 0, *size).where(inner)
    part = Box(within.left - 1, within.top - 1, within.right + 1, within.bottom + 1)
    surface = small.copy()
    part.cut(surface)[:] = _screened(part.cut(small), part.cut(inner), 1 / max(reach * zoom, 0.3) ** 2)
    return np.asarray(cv2.resize(surface, (width, height), interpolation=cv2.INTER_LINEAR), np.float32).reshape(
        values.shape
    )


def _screened(given: Float32Array, inner: BoolArray, fading: float) -> Float32Array:
    """Solution of ``lap u = fading u`` at the inner pixels of a picture (h, w, c), `given` at all others.

    No pixel of the border may be an inner one.
    """
    height = len(inner)
    if height > inner.shape[1]:
        return _screened(given.transpose(1, 0, 2), inner.T, fading).transpose(1, 0, 2)
    # Pixels are numbered down the columns, the shorter side: the matrix has few diagonals. A pixel that is given has
    # an equation of its own, and stands on the right-hand side of its neighbours'.
    rim = np.where(inner[..., None], 0, given).astype(np.float32)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)
    around = cv2.filter2D(rim, -1, cross, borderType=cv2.BORDER_CONSTANT).reshape(rim.shape)
    known = np.where(inner[..., None], around, rim)
    free = inner.T.ravel()
    bands = np.zeros((height + 1, free.size))
    bands[0] = np.where(free, 4 + fading, 1)
    for distance in (1, height):
        bands[distance, :-distance] = np.where(free[:-distance] & free[distance:], -1, 0)
    sides = known.transpose(1, 0, 2).reshape(-1, given.shape[2])
    solved = solveh_banded(bands, sides, overwrite_ab=True, overwrite_b=True, lower=True, check_finite=False)
    return np.asarray(solved.reshape(-1, height, given.shape[2]).transpose(1, 0, 2), np.float32)
