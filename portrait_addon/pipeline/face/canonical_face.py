"""Step 4: the canonical face space, in which all ratio images of a clip are registered.

It is the driver's own neutral face at a fixed size. Each frame is warped to the neutral face, not the neutral face to
each frame: the ratio at each point is the same, but one set of triangles serves the whole clip and all frames are
registered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float64Array, IntArray, Points
from .mesh import SKIN_POINTS, outer_eye_distance

CANONICAL_EYE_DISTANCE = 96.0
"""Largest distance of the outer eye corners in canonical face space, in pixels; a smaller face is not enlarged."""

LONGEST_SIDE = 512
"""Longest side of canonical face space, in pixels, whatever the points say; a face from the front has 230."""

CANONICAL_MARGIN = 0.08
"""Margin around the face, in outer-eye distances."""


@dataclass(frozen=True, eq=False)
class CanonicalFace:
    """The driver's neutral face at a fixed size.

    Attributes
    ----------
    zoom : float
        Canonical pixels per pixel of the clip, at most 1.
    corner : (2,) float64 array
        Position x, y in the clip of canonical pixel (0, 0).
    size : tuple of two int
        Width and height in canonical pixels.
    points : (478, 2) float64 array
        Neutral points x, y in canonical pixels.
    """

    zoom: float
    corner: Float64Array
    size: tuple[int, int]
    points: Float64Array

    @classmethod
    def of(cls, neutral: Points) -> CanonicalFace:
        """Make the canonical face space of a clip.

        Parameters
        ----------
        neutral : (478, 3) array
            Points of the neutral frame, in pixels of the clip.

        Returns
        -------
        CanonicalFace
            Covers the skin points with a margin.
        """
        unit = outer_eye_distance(neutral)
        skin = neutral[:SKIN_POINTS, :2].astype(np.float64)
        corner = skin.min(axis=0) - CANONICAL_MARGIN * unit
        extent = skin.max(axis=0) + CANONICAL_MARGIN * unit - corner
        zoom = min(1.0, CANONICAL_EYE_DISTANCE / unit, LONGEST_SIDE / float(extent.max()))
        width, height = np.ceil(extent * zoom).astype(int).tolist()
        return cls(zoom, corner, (max(width, 1), max(height, 1)), (neutral[:, :2] - corner) * zoom)

    @property
    def unit(self) -> float:
        """Outer-eye distance in canonical pixels."""
        return outer_eye_distance(self.points)

    def contour(self, indices: IntArray | tuple[int, ...]) -> NDArray[np.int32]:
        """Round the positions of some points to whole pixels, for drawing.

        Parameters
        ----------
        indices : (n,) int array or tuple of int
            Numbers of tracked points.

        Returns
        -------
        (n, 2) int32 array
            x, y in canonical pixels.
        """
        return np.asarray(np.round(self.points[list(indices)]), np.int32)
