"""A face at rest and in one frame."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..imaging.arrays import Float32Array, Float64Array
from .mesh import Opening, outer_eye_distance
from .openings import across, openness


@dataclass(frozen=True, eq=False)
class Pose:
    """A portrait's points at rest and in one frame.

    Attributes
    ----------
    rest, moved : (478, 3) float32 arrays
        In pixels of the portrait; z away from the viewer.
    """

    rest: Float32Array = field(repr=False)
    moved: Float32Array = field(repr=False)

    @property
    def rest_unit(self) -> float:
        """Outer-eye distance at rest, in pixels."""
        return outer_eye_distance(self.rest)

    @property
    def unit(self) -> float:
        """Outer-eye distance in the frame, in pixels."""
        return outer_eye_distance(self.moved)

    def across(self, opening: Opening) -> Float64Array:
        """(2,) unit vector from the upper to the lower rim of an opening, in the frame."""
        return across(self.moved, opening)

    def rest_across(self, opening: Opening) -> Float64Array:
        """(2,) the same at rest."""
        return across(self.rest, opening)

    def openness(self, opening: Opening) -> float:
        """Mean gap of an opening in the frame, as a share of its width."""
        return openness(self.moved, opening)

    def closed_share(self, opening: Opening) -> float:
        """How far an opening is closed against rest: 0 as at rest, 1 shut, below 0 where it opens wider."""
        return 1 - self.openness(opening) / max(openness(self.rest, opening), 1e-6)
