"""Where the picture's edges cut the person off."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..imaging.arrays import Bytes, Sides, Values
from ..records.portrait import Portrait
from .layers import backdrop
from .surround_grid import surround_lattice

TAKES_HOLD = 0.15
"""Standard deviation of the blur with which an edge takes hold of a person whom it cuts off, in outer-eye distances."""


def held_sides(portrait: Portrait, amount: float) -> Sides | None:
    """Where the picture's edges must be held although the background is: where they cut the person off."""
    if amount == 0:
        return None
    left, right, top, bottom = (1 - np.float32(amount) * (1 - share) for share in _cut_off(portrait))
    return left, right, top, bottom


@lru_cache(maxsize=4)
def _cut_off(portrait: Portrait) -> Sides:
    """By how much each edge cuts the person off, 0..1 along its length."""
    lattice, cut = surround_lattice(portrait), backdrop(portrait).cut
    deviation = TAKES_HOLD * portrait.unit / lattice.step

    def along(edge: Bytes, cells: int) -> Values:
        # The lattice has a cell more at either end.
        person = cv2.resize((edge == 255).astype(np.float32)[None], (cells - 2, 1), interpolation=cv2.INTER_AREA) > 0
        soft = gaussian_filter1d(np.pad(person[0].astype(np.float32), 1, mode="edge"), deviation, mode="nearest")
        return np.asarray(np.round(soft, 3), np.float32)

    left, right = along(cut[:, 0], lattice.rows), along(cut[:, -1], lattice.rows)
    return left[:, None], right[:, None], along(cut[0], lattice.columns), along(cut[-1], lattice.columns)
