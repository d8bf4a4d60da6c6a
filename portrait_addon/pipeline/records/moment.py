"""What a frame shows: moments of one clip or several, blended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .performance import Performance


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
    """

    performance: Performance
    t: float
    weight: float = 1.0

    def within_shot(self) -> Moment:
        """The same moment of the shot that it shows, see `Performance.shots`.

        Returns
        -------
        Moment
        """
        shot, t = self.performance.shot_at(self.t)
        return Moment(self.performance.shots[shot], t, self.weight)


Mix: TypeAlias = Sequence[Moment]
"""Moments whose weights sum to at most 1. The rest of the weight goes to the portrait at rest."""
