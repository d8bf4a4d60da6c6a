"""How open the tracker shows the driver's eyes when they are shut.

The tracker never shows an eye that is quite shut, and each face leaves another rest. Where the clip blinks, its own
least openness tells; where it never blinks, an ordinary face has to do. [ours]
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import EYES
from ..face.openings import openness
from ..imaging.arrays import Points
from ..records.performance import Performance

ORDINARY = 0.2
"""Ratio of a shut eye's openness to the neutral one, for a clip that never blinks [our clips: 0 to 0.27]."""

BLINKS = 0.35
"""A clip whose least ratio is above this never blinks."""


def shut_eyes(performance: Performance) -> tuple[float, float]:
    """Measure the ratio at which the driver's eyes are shut.

    Parameters
    ----------
    performance : Performance

    Returns
    -------
    tuple of two float
        Openness of the shut eye as a share of the neutral one, 0..`BLINKS`, for the sitter's right and left eye.
    """
    right, left = (_least_ratio(performance.points, performance.neutral_points, row) for row in range(2))
    return right, left


def _least_ratio(points: Points, neutral: Points, row: int) -> float:
    eye, _ = EYES[row]
    least = min(openness(frame, eye) for frame in points) / max(openness(neutral, eye), 1e-6)
    return ORDINARY if least > BLINKS else float(np.clip(least, 0, BLINKS))
