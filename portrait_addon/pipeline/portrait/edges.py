"""Which of the picture's edges cut the person off.

An edge that cuts a person off must stay where it is even where the background is locked: else the shoulder would part
from the picture's border.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..imaging.arrays import EdgeWeights, Float32Array, UInt8Array
from ..imaging.sample_grid import SampleGrid

SOFTNESS = 0.15
"""Standard deviation of the blur along an edge round a person whom it cuts off, in outer-eye distances."""


def cut_off_by_edges(matte: UInt8Array, grid: SampleGrid, unit: float) -> EdgeWeights:
    """Measure how far each edge cuts the person off.

    Parameters
    ----------
    matte : (h, w) uint8 array
        Of the person with a margin, see `LayeredPortrait`.
    grid : SampleGrid
        The surround's.
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    left, right : (rows, 1) float32 arrays
    top, bottom : (columns,) float32 arrays
        0..1 along each edge.
    """
    deviation = SOFTNESS * unit / grid.step

    def along(edge: UInt8Array, cells: int) -> Float32Array:
        # The grid has a cell more at either end.
        person = cv2.resize((edge == 255).astype(np.float32)[None], (cells - 2, 1), interpolation=cv2.INTER_AREA) > 0
        soft = gaussian_filter1d(np.pad(person[0].astype(np.float32), 1, mode="edge"), deviation, mode="nearest")
        return np.asarray(np.round(soft, 3), np.float32)

    left, right = along(matte[:, 0], grid.rows), along(matte[:, -1], grid.rows)
    return left[:, None], right[:, None], along(matte[0], grid.columns), along(matte[-1], grid.columns)


def pinned_edges(cut_off: EdgeWeights, lock: float) -> EdgeWeights:
    """Weights by which the border is pinned while the background is locked.

    Parameters
    ----------
    cut_off : four arrays
        From `cut_off_by_edges`.
    lock : float
        0..1, how far the background is locked; at 0 the whole border is pinned.

    Returns
    -------
    four arrays
        For `pin_border`.
    """
    left, right, top, bottom = (1 - np.float32(lock) * (1 - share) for share in cut_off)
    return left, right, top, bottom
