"""The points of a face at rest and in one frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..imaging.arrays import Float32Array, Float64Array
from ..imaging.similarity import Similarity, best_similarity
from .mesh import SKULL, Opening, outer_eye_distance
from .openings import SHUT, across, openness


@dataclass(frozen=True, eq=False)
class Pose:
    """The points of a portrait at rest and in one frame.

    Attributes
    ----------
    rest, moved : (478, 3) float32 arrays
        Points at rest and in the frame, in pixels of the portrait; z away from the viewer.
    """

    rest: Float32Array = field(repr=False)
    moved: Float32Array = field(repr=False)

    @cached_property
    def rest_unit(self) -> float:
        """Outer-eye distance at rest, in pixels."""
        return outer_eye_distance(self.rest)

    @cached_property
    def unit(self) -> float:
        """Outer-eye distance in the frame, in pixels."""
        return outer_eye_distance(self.moved)

    @cached_property
    def head(self) -> Similarity:
        """Motion of the head in space, in pixels of the portrait."""
        skull = list(SKULL)
        return best_similarity(self.rest[skull], self.moved[skull])

    def to_rest_at(self, depth: float) -> Float64Array:
        """Where on the portrait something lies that moves with the head.

        Parameters
        ----------
        depth : float
            Its z at rest, in pixels of the portrait.

        Returns
        -------
        (2, 3) float64 array
            Affine map from the frame to the portrait.
        """
        linear = self.head.linear
        (a, b), (c, d) = linear[:2, :2].tolist()
        # No general inverse: for it, a library would start threads.
        inverse = np.array([[d, -b], [-c, a]]) / (a * d - b * c)
        return np.column_stack([inverse, -inverse @ (linear[:2, 2] * depth + self.head.translation[:2])])

    def across(self, opening: Opening) -> Float64Array:
        """Direction from the upper to the lower rim of an opening in the frame.

        Parameters
        ----------
        opening : Opening
            An eye or the mouth.

        Returns
        -------
        (2,) float64 array
            Unit vector x, y, perpendicular to the line through the corners.
        """
        return across(self.moved, opening)

    def rest_across(self, opening: Opening) -> Float64Array:
        """Direction from the upper to the lower rim of an opening at rest.

        Parameters
        ----------
        opening : Opening
            An eye or the mouth.

        Returns
        -------
        (2,) float64 array
            Unit vector x, y, perpendicular to the line through the corners.
        """
        return across(self.rest, opening)

    def openness(self, opening: Opening) -> float:
        """Mean gap of an opening in the frame, relative to its width.

        Parameters
        ----------
        opening : Opening
            An eye or the mouth.

        Returns
        -------
        float
            0 is closed.
        """
        return float(openness(self.moved, opening))

    def closed_share(self, opening: Opening) -> float:
        """How far an opening has closed since rest.

        Parameters
        ----------
        opening : Opening
            An eye or the mouth.

        Returns
        -------
        float
            0 as at rest, 1 closed, negative if it is open wider than at rest; 0 if it is shut at rest.
        """
        at_rest = float(openness(self.rest, opening))
        return 1 - self.openness(opening) / at_rest if at_rest > SHUT else 0.0
