"""Step 4: the canonical face space, in which all ratio images of a clip lie on top of each other.

It is the driver's own neutral face at a fixed size. A frame is warped there instead of the neutral frame to it: the
same ratio point by point, one set of triangles for the whole clip, and all frames registered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float64Array, IntArray, Points
from .mesh import SKIN_POINTS, outer_eye_distance

CANONICAL_EYE_DISTANCE = 96.0
"""Pixels between the outer eye corners in canonical face space, at most; a smaller driver keeps the driver's size."""

CANONICAL_MARGIN = 0.08
"""Room round the face, in outer-eye distances."""


@dataclass(frozen=True, eq=False)
class CanonicalFace:
    """The driver's neutral face at a fixed size.

    Attributes
    ----------
    zoom : float
        Canonical pixels per pixel of the clip.
    corner : (2,) array
        Clip position of canonical pixel (0, 0).
    size : tuple of two int
        Width and height.
    points : (478, 2) array
        The neutral points in canonical pixels.
    """

    zoom: float
    corner: Float64Array
    size: tuple[int, int]
    points: Float64Array

    @classmethod
    def of(cls, neutral: Points) -> CanonicalFace:
        """The canonical space of a clip, from its neutral points (478, 3)."""
        unit = outer_eye_distance(neutral)
        zoom = min(1.0, CANONICAL_EYE_DISTANCE / unit)
        skin = neutral[:SKIN_POINTS, :2].astype(np.float64)
        corner = skin.min(axis=0) - CANONICAL_MARGIN * unit
        extent = np.ceil((skin.max(axis=0) + CANONICAL_MARGIN * unit - corner) * zoom).astype(int)
        return cls(zoom, corner, (int(extent[0]), int(extent[1])), (neutral[:, :2] - corner) * zoom)

    @property
    def unit(self) -> float:
        """Outer-eye distance in canonical pixels."""
        return outer_eye_distance(self.points)

    def contour(self, indices: IntArray | tuple[int, ...]) -> NDArray[np.int32]:
        """Rounded canonical pixels of some points, for drawing."""
        return np.asarray(np.round(self.points[list(indices)]), np.int32)
