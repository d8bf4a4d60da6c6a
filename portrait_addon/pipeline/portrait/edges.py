"""Edges of the picture that cut off the person.

Where an edge cuts off the person, the border stays pinned even if the background is locked. Otherwise the shoulder
would move away from the picture's border and leave a gap.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..imaging.arrays import EdgeWeights, Float32Array, UInt8Array
from ..imaging.sample_grid import SampleGrid

SOFTNESS = 0.15
"""Standard deviation of the blur of the weights along an edge, in outer-eye distances."""


def cut_off_by_edges(matte: UInt8Array, grid: SampleGrid, unit: float) -> EdgeWeights:
    """Measure where each edge of the picture cuts off the person.

    Parameters
    ----------
    matte : (h, w) uint8 array
        Matte of the person with a margin, 0..255, see `LayeredPortrait`.
    grid : SampleGrid
        Grid of the surround.
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    left, right : (rows, 1) float32 arrays
        Weights along the left and the right edge: 1 where the edge cuts off the person, 0 elsewhere, with a soft
        transition.
    top, bottom : (columns,) float32 arrays
        The same along the top and the bottom edge.
    """
    deviation = SOFTNESS * unit / grid.step

    def along(edge: UInt8Array, cells: int) -> Float32Array:
        # The grid has one additional cell at each end.
        person = cv2.resize((edge == 255).astype(np.float32)[None], (cells - 2, 1), interpolation=cv2.INTER_AREA) > 0
        soft = gaussian_filter1d(np.pad(person[0].astype(np.float32), 1, mode="edge"), deviation, mode="nearest")
        return np.asarray(np.round(soft, 3), np.float32)

    left, right = along(matte[:, 0], grid.rows), along(matte[:, -1], grid.rows)
    return left[:, None], right[:, None], along(matte[0], grid.columns), along(matte[-1], grid.columns)


def pinned_edges(cut_off: EdgeWeights, lock: float) -> EdgeWeights:
    """Compute the weights by which the border is pinned while the background is locked.

    Parameters
    ----------
    cut_off : tuple of four float32 arrays
        Weights of the left, right, top and bottom edge from `cut_off_by_edges`, 0..1.
    lock : float
        Strength of the lock, 0..1. At 0 the whole border is pinned; at 1 only the edges that cut off the person.

    Returns
    -------
    tuple of four float32 arrays
        Weights of the left, right, top and bottom edge for `pin_border`, 0..1, in the shapes of `cut_off`.
    """
    left, right, top, bottom = (1 - np.float32(lock) * (1 - weight) for weight in cut_off)
    return left, right, top, bottom
