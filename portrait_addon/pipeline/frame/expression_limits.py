"""Step 2: what a portrait already does is not added twice.

The lecture assumes a neutral portrait. One that smiles already has little room left for a driver's smile: carried over
whole, it would tear the mouth wide. So the part of an expression that the portrait shows by itself is scaled down to
the room that is left; all other expressions stay whole. Likewise a mouth that is open already does not open by the
driver's whole gap more.
"""

from __future__ import annotations

from math import hypot

import numpy as np

from ..imaging.arrays import Float64Array, Points
from ..records.face import BLENDSHAPES

BROW_REGION, MOUTH_REGION = 1, 2
"""Rows of ``Correspondence.regions``."""

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
"""Region, a driver's action, and what of a portrait leaves less room for it: the same action, as a rule; but lips that
smile cannot purse either, they would squeeze their teeth together."""

CERTAIN = 0.3
"""A portrait's blendshapes below this are within what the tracker says of a face at rest."""

CLOSED_GAP = 0.03
"""Lips that are this near to each other, in outer-eye distances, are closed within the tracker's error."""

FULL_ACTION = 0.5
"""A driver who has come this far in an action, in blendshape units, does nothing else in that region."""


def expression_limits(portrait: Points, neutral: Points, frame: Points) -> Float64Array:
    """Factor on the expression in each region.

    Parameters
    ----------
    portrait, neutral, frame : (52,) arrays
        Blendshapes of the portrait, of the neutral driving frame and of this frame.

    Returns
    -------
    (3,) array
        For eyes, brows and mouth; 1 where the portrait is at rest.
    """
    factors = np.ones(3)
    for region, action, hindrance in ACTIONS:
        before, now = (_score(shapes, action) for shapes in (neutral, frame))
        shown = _score(portrait, hindrance)
        shown = max(shown - CERTAIN, 0) / (1 - CERTAIN)
        room = min((1 - shown) / max(1 - before, 0.2), 1.0)
        share = min(max((now - before) / FULL_ACTION, 0.0), 1.0)
        factors[region] = min(factors[region], 1 - share * (1 - room))
    return factors


def _score(blendshapes: Points, names: tuple[str, ...]) -> float:
    return float(blendshapes[[BLENDSHAPES.index(name) for name in names]].mean())


def room_to_open(shown: float, opened: float) -> float:
    """Factor on the expression of a mouth that is open already.

    Where the driver's mouth opens as far as the portrait's or further, both together end at ``hypot(shown, opened)``.

    Parameters
    ----------
    shown : float
        Gap between the portrait's lips at rest, in outer-eye distances.
    opened : float
        By how much further the driver's mouth is open than in the neutral frame, likewise.

    Returns
    -------
    float
        1 where nothing opens or the portrait's mouth is closed, continuous between.
    """
    shown -= CLOSED_GAP
    if opened <= 0 or shown <= 0:
        return 1.0
    both = (hypot(shown, opened) - shown) / opened
    return 1 - min(opened / shown, 1.0) * (1 - both)
