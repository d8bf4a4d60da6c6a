"""Lids that meet: the unit of a blink, made to measure for one person.

MakeHuman's lid goes as far down as the base mesh's eye is open, beyond most eyes and not evenly along the rim. For each
person the unit is scaled along the rim, so that at full strength the upper rim lies on the lower one. Along the rim is
along x on the mean head: the lids of odd persons turn back on themselves at the outer corner.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..face.mesh import LEFT_EYE, RIGHT_EYE
from ..imaging.arrays import Float64Array, Points

BLINKS = {"eyeBlinkLeft": LEFT_EYE, "eyeBlinkRight": RIGHT_EYE}
"""Units of a blink, and the openings that they close."""

ROUNDS = 6
"""Newton steps; each halves what is left at least."""

LEAST, MOST = -1.0, 3.0
"""Range of the scale along the rim, for heads such as no person has."""


def closing_unit(
    name: str, unit: Points, points: Points, mean: Points, track: Callable[[Points], Points] = np.asarray
) -> Float64Array:
    """Scale a blink along the rim of the upper lid, so that the lids meet.

    Parameters
    ----------
    name : str
        One of `BLINKS`.
    unit, points, mean : (n, 3) array
        Displacements by the blink, a person's points at rest, and those of the mean head, in millimetres.
    track : callable
        Gives the 478 tracked points, or their displacements, from those of all points.

    Returns
    -------
    (n, 3) float64 array
        Displacements by this person's blink.
    """
    eye = BLINKS[name]
    upper, lower = eye.upper, np.array([eye.corners[0], *eye.lower, eye.corners[1]])
    along, scale = track(mean)[upper, 0], np.ones(len(upper))
    moved = track(unit)[:, 1]
    closing = moved[upper] - moved[eye.lower]
    scaled = np.asarray(unit, np.float64)
    for _ in range(ROUNDS):
        closed = track(points + scaled)
        gap = closed[upper, 1] - np.interp(closed[upper, 0], np.maximum.accumulate(closed[lower, 0]), closed[lower, 1])
        scale = np.clip(scale - gap / closing, LEAST, MOST)
        scaled = unit * np.interp(mean[:, 0], along, scale)[:, None]
    return scaled
