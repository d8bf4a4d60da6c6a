"""Fill the frames in which something is not seen: interpolate between their neighbours.

At the ends of a clip the nearest frame is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, Float32Array, Float64Array, IntArray
from .disk_array import DiskArrayBuilder
from .easing import smoothstep

LONG_GAP = 12
"""A gap of more frames is crossed slowly at both ends, so that the face does not look pulled."""


@dataclass(frozen=True, eq=False)
class Bridge:
    """Interpolation of the frames in which something is not seen from those that show it.

    Attributes
    ----------
    before, after : (n,) int arrays
        Row of the nearest frame before and after that shows it; the frame's own row if it shows it.
    share : (n,) float64 array
        Weight of `after`, 0..1.
    """

    before: IntArray
    after: IntArray
    share: Float64Array

    @classmethod
    def over(cls, found: BoolArray) -> Bridge:
        """Build the bridge over the frames that do not show it.

        Parameters
        ----------
        found : (n,) bool array
            Whether a frame shows it; at least one does.

        Returns
        -------
        Bridge
        """
        rows, known = np.arange(len(found)), np.flatnonzero(found)
        before = known[np.clip(np.searchsorted(known, rows, "right") - 1, 0, None)]
        after = known[np.clip(np.searchsorted(known, rows, "left"), None, len(known) - 1)]
        gap = after - before  # 0 in frames that show the face, never negative
        gap[(rows < known[0]) | (rows > known[-1])] = 0  # nothing to interpolate at the clip's ends
        share = np.where(gap > 0, (rows - before) / np.maximum(gap, 1), 0.0)
        return cls(before, after, np.where(gap > LONG_GAP, smoothstep(share), share))

    def rows(self, row: int) -> list[tuple[int, float]]:
        """List from which frames a frame is taken.

        Parameters
        ----------
        row : int
            Of the frame.

        Returns
        -------
        list of (int, float)
            Rows and their weights above 0, of sum 1; the frame's own row alone if it shows it.
        """
        share = float(self.share[row])
        both = ((int(self.before[row]), 1 - share), (int(self.after[row]), share))
        return [(near, weight) for near, weight in both if weight > 0]

    def fill(self, rows: Float32Array) -> Float32Array:
        """Interpolate the values of the frames that do not show it.

        Parameters
        ----------
        rows : (n, ...) float32 array
            Values of each frame; any in the other frames.

        Returns
        -------
        (n, ...) float32 array
            Mapped to a temporary file. Values of frames that show it are unchanged, to the bit.

        Raises
        ------
        InputError
            If the disk of the temporary files is full.
        """
        filled = DiskArrayBuilder(np.float32)
        for before, after, share in zip(self.before, self.after, self.share.astype(np.float32), strict=True):
            filled.append(rows[before] * (1 - share) + rows[after] * share if share else rows[before])
        return filled.array(*rows.shape[1:])
