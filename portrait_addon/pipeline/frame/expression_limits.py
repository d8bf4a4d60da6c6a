"""Step 2: reduce an expression that the portrait already shows.

The lecture assumes a neutral portrait. If the portrait smiles, the driver's smile added in full would stretch the mouth
too wide. So an expression that the portrait shows at rest is scaled down to the range that remains. All other
expressions keep their full strength. In the same way, a mouth that is open at rest opens by less than the driver's gap.
"""

from __future__ import annotations

from math import hypot

import numpy as np

from ..face.openings import mouth_gap
from ..imaging.arrays import Float64Array, Points
from ..records.face import BLENDSHAPES
from ..records.performance import Performance
from ..records.portrait import Portrait

BROW_REGION, MOUTH_REGION = 1, 2
"""Rows of `Correspondence.regions`."""

SMILE = ("mouthSmileLeft", "mouthSmileRight")
BROWS_UP = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
BROWS_DOWN = ("browDownLeft", "browDownRight")
ACTIONS: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...] = (
    (BROW_REGION, BROWS_UP, BROWS_UP),
    (BROW_REGION, BROWS_DOWN, BROWS_DOWN),
    (MOUTH_REGION, SMILE, SMILE),
    (MOUTH_REGION, ("jawOpen",), ("jawOpen",)),
    (MOUTH_REGION, ("mouthPucker",), ("mouthPucker",)),
    (MOUTH_REGION, ("mouthPucker",), SMILE),
)
"""Face region, action of the driver, and action of the portrait that limits it. Most actions limit themselves. A smile
also limits a pucker, which would squeeze the teeth of the smile together."""

_ROWS = [
    (region, [BLENDSHAPES.index(name) for name in action], [BLENDSHAPES.index(name) for name in hindrance])
    for region, action, hindrance in ACTIONS
]

CERTAIN = 0.3
"""Blendshapes of a portrait below this count as 0: the tracker reports such values for faces at rest too."""

CLOSED_GAP = 0.03
"""Gap between the lips, in outer-eye distances, below which a mouth counts as closed: the tracker's error."""

FULL_ACTION = 0.5
"""Change of a driver's blendshape from which on the limit of the action applies in full to its face region."""


def limits_at(portrait: Portrait, performance: Performance, t: float) -> Float64Array:
    """Compute the factors on the expression of a portrait at a clip time, of scores and of the gap between the lips.

    Parameters
    ----------
    portrait : Portrait
    performance : Performance
    t : float
        Clip time in frames; the first frame is 1.

    Returns
    -------
    (3,) float64 array
        Factors 0..1 for eyes, brows and mouth; 1 where the portrait is at rest.
    """
    limits = expression_limits(portrait.blendshapes, performance.neutral_blendshapes, performance.blendshapes_at(t))
    neutral, now = (
        mouth_gap(points.astype(np.float64)) for points in (performance.neutral_points, performance.points_at(t))
    )
    limits[MOUTH_REGION] *= room_to_open(mouth_gap(portrait.points) - neutral, now - neutral)
    return limits


def expression_limits(portrait: Points, neutral: Points, frame: Points) -> Float64Array:
    """Compute a factor on the expression for each face region.

    Parameters
    ----------
    portrait, neutral, frame : (52,) arrays
        Blendshapes, 0..1, of the portrait, of the neutral driving frame and of this driving frame.

    Returns
    -------
    (3,) float64 array
        Factors 0..1 for eyes, brows and mouth; 1 where the portrait is at rest.
    """
    factors = np.ones(3)
    for region, action, hindrance in _ROWS:
        before, now = (_score(shapes, action) for shapes in (neutral, frame))
        shown, also = _certain(portrait, hindrance), _certain(neutral, hindrance)
        # What the driver shows at rest too takes no room away.
        room = max(min((1 - shown) / max(1 - before, 0.2), 1.0), 1 - max(shown - also, 0.0))
        progress = min(max((now - before) / FULL_ACTION, 0.0), 1.0)
        factors[region] = min(factors[region], 1 - progress * (1 - room))
    return factors


def _score(blendshapes: Points, rows: list[int]) -> float:
    """Mean of some blendshapes, 0..1."""
    return min(max(float(blendshapes[rows].mean()), 0.0), 1.0)


def _certain(blendshapes: Points, rows: list[int]) -> float:
    """Mean of some blendshapes, 0..1, counted from `CERTAIN`."""
    return max(_score(blendshapes, rows) - CERTAIN, 0.0) / (1 - CERTAIN)


def room_to_open(shown: float, opened: float) -> float:
    """Compute a factor on the mouth's expression for a portrait whose mouth is open at rest.

    If the driver's mouth opens as far as the portrait's or further, the resulting gap is ``hypot(shown, opened)``,
    where `shown` is counted from `CLOSED_GAP`.

    Parameters
    ----------
    shown : float
        Gap between the portrait's lips at rest, in outer-eye distances.
    opened : float
        Driver's gap in this frame minus the driver's gap in the neutral frame, in outer-eye distances.

    Returns
    -------
    float
        Factor 0..1, continuous in both arguments; 1 if the portrait's mouth is closed or the driver's does not open.
    """
    shown -= CLOSED_GAP
    if opened <= 0 or shown <= 0:
        return 1.0
    both = (hypot(shown, opened) - shown) / opened
    return 1 - min(opened / shown, 1.0) * (1 - both)
