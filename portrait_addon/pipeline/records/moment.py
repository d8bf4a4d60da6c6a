"""What a frame shows: moments of one clip or of several, blended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .performance import Performance


@dataclass(frozen=True)
class Moment:
    """A moment of a clip, and how much of a frame it makes.

    Attributes
    ----------
    performance : Performance
    t : float
        Clip time in frames, the first is 1; real numbers lie between frames, times outside hold the ends.
    weight : float
        0..1.
    """

    performance: Performance
    t: float
    weight: float = 1.0


Mix: TypeAlias = Sequence[Moment]
"""Moments whose weights sum to at most 1; what is missing is the portrait at rest."""
