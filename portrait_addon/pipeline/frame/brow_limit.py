"""Step 2: reduce an expression of the brows that the portrait already shows.

The lecture assumes a neutral portrait. If the portrait raises its brows, the driver's raised brows added in full would
lift them too far. So an expression of the brows that the portrait shows at rest is scaled down to the range that
remains. The mouth needs no limit: it comes to rest with its driver, see `head.resting`.
"""

from __future__ import annotations

from ..imaging.arrays import Points
from ..records.face import BLENDSHAPES
from ..records.moment import Moment
from ..records.portrait import Portrait

ACTIONS: tuple[tuple[str, ...], ...] = (
    ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    ("browDownLeft", "browDownRight"),
)
"""Actions that limit themselves."""

_ROWS = [[BLENDSHAPES.index(name) for name in action] for action in ACTIONS]

CERTAIN = 0.3
"""Blendshapes of a portrait below this count as 0: the tracker reports such values for faces at rest too."""

FULL_ACTION = 0.5
"""Change of a driver's blendshape from which on the limit of the action applies in full."""


def brow_limit_at(portrait: Portrait, moment: Moment) -> float:
    """Compute the factor on the expression of a portrait's brows at a moment.

    Parameters
    ----------
    portrait : Portrait
    moment : Moment
        Within a shot.

    Returns
    -------
    float
        0..1; 1 where the portrait's brows are at rest.
    """
    return brow_limit(portrait.blendshapes, moment.performance.neutral_blendshapes, moment.blendshapes())


def brow_limit(portrait: Points, neutral: Points, frame: Points) -> float:
    """Compute a factor on the expression of the brows.

    Parameters
    ----------
    portrait, neutral, frame : (52,) arrays
        Blendshapes, 0..1, of the portrait, of the neutral driving frame and of this driving frame.

    Returns
    -------
    float
        0..1; 1 where the portrait's brows are at rest.
    """
    factor = 1.0
    for rows in _ROWS:
        before, now = (_score(shapes, rows) for shapes in (neutral, frame))
        shown, also = _certain(portrait, rows), _certain(neutral, rows)
        # What the driver shows at rest too takes no room away.
        room = max(min((1 - shown) / max(1 - before, 0.2), 1.0), 1 - max(shown - also, 0.0))
        progress = min(max((now - before) / FULL_ACTION, 0.0), 1.0)
        factor = min(factor, 1 - progress * (1 - room))
    return factor


def _score(blendshapes: Points, rows: list[int]) -> float:
    """Mean of some blendshapes, 0..1."""
    return min(max(float(blendshapes[rows].mean()), 0.0), 1.0)


def _certain(blendshapes: Points, rows: list[int]) -> float:
    """Mean of some blendshapes, 0..1, counted from `CERTAIN`."""
    return max(_score(blendshapes, rows) - CERTAIN, 0.0) / (1 - CERTAIN)
