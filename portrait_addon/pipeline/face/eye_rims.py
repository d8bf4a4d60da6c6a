"""The rims of an eye as curves over the line through its corners."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..imaging.arrays import Field, Float64Array, Points
from .mesh import Opening
from .openings import across


@dataclass(frozen=True, eq=False)
class EyeRims:
    """The rims of an eye, in axes along the line through its corners and across it.

    Attributes
    ----------
    origin : (2,) float64 array
        The first corner, in pixels.
    axes : (2, 2) float64 array
        Unit vectors along the eye, and across it from the upper to the lower rim.
    upper, lower : (n, 2) float64 arrays
        Points of the rims along and across, in pixels from the origin; sorted along.
    """

    origin: Float64Array
    axes: Float64Array
    upper: Float64Array = field(repr=False)
    lower: Float64Array = field(repr=False)

    @classmethod
    def of(cls, points: Points, eye: Opening) -> EyeRims:
        """Measure the rims of an eye.

        Parameters
        ----------
        points : (478, 2) or (478, 3) array
            Tracked points in pixels.
        eye : Opening

        Returns
        -------
        EyeRims
        """
        first, last = eye.corners
        origin, down = points[first, :2].astype(np.float64), across(points, eye)
        axes = np.array([[down[1], -down[0]], down])

        def curve(rim: Points) -> Float64Array:
            there = (points[[first, *rim, last], :2] - origin) @ axes.T
            return np.asarray(there[np.argsort(there[:, 0], kind="stable")], np.float64)

        return cls(origin, axes, curve(eye.upper), curve(eye.lower))

    def at(self, positions: Field) -> tuple[Float64Array, Float64Array, Float64Array]:
        """Find the rims beside positions.

        Parameters
        ----------
        positions : (y, x, 2) float32 array
            In pixels.

        Returns
        -------
        across, upper, lower : (y, x) float64 arrays
            Of the positions themselves and of both rims at the same place along the eye, in pixels.
        """
        x, y = positions[..., 0] - self.origin[0], positions[..., 1] - self.origin[1]
        # Separate products and sums: the rounding of a library's matrix product depends on the memory layout.
        along, over = (by_x * x + by_y * y for by_x, by_y in self.axes)
        return over, np.interp(along, *self.upper.T), np.interp(along, *self.lower.T)
