"""What a frame shows: moments of one clip or several, blended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from ..face.lid_space import HEIGHT, WIDTH, lid_space
from ..face.mesh import LIDS
from ..imaging.arrays import Float32Array, Float64Array
from .expression import REST, Expression
from .lid_patch import LidPatch
from .performance import Performance
from .settings import Settings


@dataclass(frozen=True)
class Moment:
    """A time in a clip, and its weight in a frame.

    Attributes
    ----------
    performance : Performance
        The clip.
    t : float
        Clip time in frames; the first frame is 1. Fractions lie between frames; times outside the clip give its first
        or last frame.
    weight : float
        0..1.
    added : Expression
        What the driver is made to express beyond what the clip says.
    """

    performance: Performance
    t: float
    weight: float = 1.0
    added: Expression = REST

    def within_shot(self) -> Moment:
        """The same moment of the shot that it shows, see `Performance.shots`.

        Returns
        -------
        Moment
        """
        shot, t = self.performance.shot_at(self.t)
        return replace(self, performance=self.performance.shots[shot], t=t)

    def blendshapes(self) -> Float32Array:
        """What the driver expresses.

        Returns
        -------
        (52,) float32 array
            0..1, in the order of `BLENDSHAPES`.
        """
        said = self.performance.blendshapes_at(self.t)
        if self.added == REST:
            return said
        return np.minimum(said + np.array([0.0, *self.added.weights[:-1]], np.float32), np.float32(1))

    def expressed(self, giving_way: float) -> Float64Array:
        """What the driver expresses, as weights of a head.

        Parameters
        ----------
        giving_way : float
            0..1, see `Settings.giving_way`: 1 counts them from rest, 0 from the neutral frame.

        Returns
        -------
        (51,) float64 array
            In the order of `TRACKED_UNITS`, of the head that was fitted to the clip; the change of scores if none was.
        """
        performance, added = self.performance, np.array(self.added.weights[:-1])
        if not performance.has_head:
            change = performance.blendshapes_at(self.t) - performance.neutral_blendshapes
            return np.asarray(change[1:] + added, np.float64)
        weights = performance.expression_at(self.t) + added
        if performance.neutral:
            weights = weights - (1 - giving_way) * performance.expression_at(performance.neutral)
        return np.asarray(weights, np.float64)

    def tongue_out(self) -> float:
        """Tell how far the driver's tongue is put out.

        Returns
        -------
        float
            0..1.
        """
        return min(self.performance.tongue_out_at(self.t) + self.added.score("tongueOut"), 1.0)

    def lids(self) -> list[tuple[float, tuple[LidPatch, LidPatch]]]:
        """Find the shade of the driver's lids; those that are made to close have none.

        Returns
        -------
        list of (float, (LidPatch, LidPatch))
            See `Performance.lids_at`.
        """
        found = self.performance.lids_at(self.t)
        if found or not (self.added.score("eyeBlinkLeft") or self.added.score("eyeBlinkRight")):
            return found
        points, bare = self.performance.points_at(self.t), np.zeros((HEIGHT, WIDTH), np.float32)
        right, left = (LidPatch(bare, lid_space(points, lids)(points[:, :2])) for lids in LIDS)
        return [(1.0, (right, left))]


Mix: TypeAlias = Sequence[Moment]
"""Moments whose weights sum to at most 1. The rest of the weight goes to the portrait at rest."""


@dataclass(frozen=True)
class Shown:
    """What a face shows in a frame.

    Attributes
    ----------
    mix : sequence of Moment
        Without any weight, the face stays as it is in the portrait.
    settings : Settings
    """

    mix: Mix
    settings: Settings
