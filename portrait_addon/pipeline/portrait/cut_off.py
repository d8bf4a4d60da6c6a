"""Where the picture's edges cut the person off."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..imaging.arrays import EdgeWeights, Float32Array, UInt8Array
from ..records.portrait import Portrait
from .layers import layered_portrait
from .surround_grid import surround_grid

TAKES_HOLD = 0.15
"""Standard deviation of the blur with which an edge takes hold of a person whom it cuts off, in outer-eye distances."""


def edge_pinning(portrait: Portrait, amount: float) -> EdgeWeights | None:
    """Where the picture's edges must be held although the background is: where they cut the person off."""
    if amount == 0:
        return None
    left, right, top, bottom = (1 - np.float32(amount) * (1 - share) for share in _cut_off(portrait))
    return left, right, top, bottom


@lru_cache(maxsize=4)
def _cut_off(portrait: Portrait) -> EdgeWeights:
    """By how much each edge cuts the person off, 0..1 along its length."""
    grid, cut = surround_grid(portrait), layered_portrait(portrait).cut
    deviation = TAKES_HOLD * portrait.unit / grid.step

    def along(edge: UInt8Array, cells: int) -> Float32Array:
        # The lattice has a cell more at either end.
        person = cv2.resize((edge == 255).astype(np.float32)[None], (cells - 2, 1), interpolation=cv2.INTER_AREA) > 0
        soft = gaussian_filter1d(np.pad(person[0].astype(np.float32), 1, mode="edge"), deviation, mode="nearest")
        return np.asarray(np.round(soft, 3), np.float32)

    left, right = along(cut[:, 0], grid.rows), along(cut[:, -1], grid.rows)
    return left[:, None], right[:, None], along(cut[0], grid.columns), along(cut[-1], grid.columns)
