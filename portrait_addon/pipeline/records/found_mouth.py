"""Which other frames of a moving target show the inside of the mouth in one of its frames."""

from __future__ import annotations

from typing import NamedTuple


class FoundMouth(NamedTuple):
    """The target's own mouth of other frames.

    Attributes
    ----------
    frames : tuple of (float, int)
        Weights of sum 1, and numbers of frames of the target's clip; empty if none was found.
    fit : float
        0..1, how well it fits.
    """

    frames: tuple[tuple[float, int], ...] = ()
    fit: float = 0.0


NOT_FOUND = FoundMouth()
"""No frame shows such a mouth, or none is needed."""
