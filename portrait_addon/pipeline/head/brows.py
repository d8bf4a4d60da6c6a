"""Where a person's brows lie: hair that the mesh of a head does not have, but the tracker's points follow."""

from __future__ import annotations

import numpy as np

from ..face.mesh import EACH_BROW
from ..imaging.arrays import Float64Array, Points

SIGMA = 1.2
"""Standard deviation of each mode, in millimetres."""

MODES = 8
"""Both brows alike: height, slope, arch, thickness, distance, length. One against the other: height, slope."""


def brow_modes(points: Points) -> Float64Array:
    """Identity modes of the brows: they lie elsewhere on the skin, and nothing else moves.

    Parameters
    ----------
    points : (478, 3) array
        Tracked points of the mean head, in millimetres.

    Returns
    -------
    (8, 478, 3) float64 array
        Displacements for one standard deviation, in millimetres; see `MODES`.
    """
    modes = np.zeros((MODES, *points.shape))
    for brow, outward in zip(EACH_BROW, (-1.0, 1.0), strict=True):
        rows = list(brow)
        from_middle = outward * points[rows, 0]
        along = 2 * (from_middle - from_middle.min()) / np.ptp(from_middle) - 1
        one, thick = np.ones(len(rows)), np.repeat([1.0, -1.0], len(rows) // 2)  # the upper edge comes first
        modes[:4, rows, 1] = one, along, 1.5 * (along**2 - 1 / 3), thick
        modes[4:6, rows, 0] = outward * one, outward * along
        modes[6:, rows, 1] = outward * one, outward * along
    return SIGMA * modes
