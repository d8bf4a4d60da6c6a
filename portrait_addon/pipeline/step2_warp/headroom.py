"""Step 2: what a portrait already does is not added twice.

The lecture assumes a neutral portrait. One that smiles already has little room left for a driver's smile: carried over
whole, it would tear the mouth wide. So the part of an expression that the portrait shows by itself is scaled down to
the room that is left; all other expressions stay whole.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Doubles, Points
from ..tracking.landmarker import BLENDSHAPES

ACTIONS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1, ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")),
    (1, ("browDownLeft", "browDownRight")),
    (2, ("mouthSmileLeft", "mouthSmileRight")),
    (2, ("jawOpen",)),
    (2, ("mouthPucker",)),
)
"""Region (a row of ``Correspondence.regions``) and blendshapes of the actions that a portrait may already show."""

CERTAIN = 0.3
"""A portrait's blendshapes below this are within what the tracker says of a face at rest."""

FULL_ACTION = 0.5
"""A driver who has come this far in an action, in blendshape units, does nothing else in that region."""


def headroom(portrait: Points, neutral: Points, frame: Points) -> Doubles:
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
    for region, names in ACTIONS:
        shapes = [BLENDSHAPES.index(name) for name in names]
        shown, before, now = (float(values[shapes].mean()) for values in (portrait, neutral, frame))
        shown = max(shown - CERTAIN, 0) / (1 - CERTAIN)
        room = min((1 - shown) / max(1 - before, 0.2), 1.0)
        share = min(max((now - before) / FULL_ACTION, 0.0), 1.0)
        factors[region] = min(factors[region], 1 - share * (1 - room))
    return factors
