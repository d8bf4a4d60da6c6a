"""How open the tracker shows the driver's eyes at rest, and when they are shut.

The tracker never shows an eye that is quite shut, and each face leaves another rest. Where the clip blinks, its own
least openness tells; where it never blinks, an ordinary face has to do. [ours]
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import EYES
from ..face.openings import SHUT, openness
from ..imaging.arrays import Points
from ..records.performance import Performance

ORDINARY = 0.2
"""Ratio of a shut eye's openness to the neutral one, for a clip that never blinks [our clips: 0 to 0.27]."""

BLINKS = 0.35
"""A clip whose least ratio is above this never blinks."""


NEUTRAL_SHUT = 0.5
"""An eye that is less open in the neutral frame than this share of what it mostly is in the clip is shut there."""


def resting_eyes(performance: Performance) -> tuple[float, float]:
    """Measure how open the driver's eyes are at rest.

    It is what the neutral frame shows, unless the eye is shut there: no opening can be told as a share of none. Then it
    is what the eye mostly is in the clip.

    Parameters
    ----------
    performance : Performance

    Returns
    -------
    tuple of two float
        Openness of the sitter's right and left eye, at least `SHUT`.
    """
    if performance.neutral == 0:
        right, left = (max(float(openness(performance.neutral_points, eye)), SHUT) for eye, _ in EYES)
        return right, left
    right, left = (_at_rest(performance.points, performance.neutral_points, row) for row in range(2))
    return right, left


def shut_eyes(performance: Performance, resting: tuple[float, float]) -> tuple[float, float]:
    """Measure the ratio at which the driver's eyes are shut.

    Parameters
    ----------
    performance : Performance
    resting : tuple of two float
        From `resting_eyes`.

    Returns
    -------
    tuple of two float
        Openness of the shut eye as a share of that at rest, 0..`BLINKS`, for the sitter's right and left eye.
    """
    if performance.neutral == 0:
        return 0.0, 0.0  # what is driven by numbers closes its eyes
    right, left = (_least_ratio(performance.points, at_rest, row) for row, at_rest in enumerate(resting))
    return right, left


def _at_rest(points: Points, neutral: Points, row: int) -> float:
    eye, _ = EYES[row]
    shown, mostly = float(openness(neutral, eye)), float(np.median(openness(points, eye)))
    return max(shown if shown > NEUTRAL_SHUT * mostly else mostly, SHUT)


def _least_ratio(points: Points, at_rest: float, row: int) -> float:
    eye, _ = EYES[row]
    least = float(openness(points, eye).min()) / at_rest
    return ORDINARY if least > BLINKS else float(np.clip(least, 0, BLINKS))
