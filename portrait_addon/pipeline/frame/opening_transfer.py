"""Step 2: close the portrait's lids and lips when the driver's close, for any two face shapes.

Offsets alone cannot do this: a portrait with larger eyes than the driver's would keep a slit open. So the gap between
the lids is transferred as a ratio to the neutral gap. The lower rim stays where the offsets put it, and the upper rim
moves.
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import EYES, MOUTH, Opening
from ..face.openings import WIDEST_EYE, across, gaps, openness, width
from ..imaging.arrays import Float32Array, Float64Array

HIGHEST_GAP = 2.0
"""Largest gap anywhere between the lids of a portrait, as a share of the eye's width: in profile it has all but none.
"""


def transfer_openings(
    moved: Float64Array,
    portrait: Float32Array,
    driver: Float64Array,
    strength: float,
    resting_eyes: tuple[float, float],
    shut_eyes: tuple[float, float],
) -> Float64Array:
    """Correct the gaps of eyes and mouth in the moved points.

    Eye gaps follow the ratio of the driver's gaps, up to a round eye, see `WIDEST_EYE`. The gap of the mouth is only
    prevented from becoming negative.

    Parameters
    ----------
    moved : (478, 3) float64 array
        The portrait's points after the transfer of offsets, in pixels.
    portrait : (478, 3) float32 array
        The portrait's points at rest, in pixels.
    driver : (478, 3) float64 array
        The driver's points in this frame, in pixels of the clip.
    strength : float
        Strength of the eyes' expression, 0 or more. With 0 each gap keeps its ratio to the eye's width at rest; 1
        transfers the driver's change of that ratio.
    resting_eyes : tuple of two float
        Openness of the driver's right and left eye at rest, above 0, see `resting_eyes`.
    shut_eyes : tuple of two float
        Ratio of the driver's gaps at which the right and the left eye is shut, see `shut_eyes`.

    Returns
    -------
    (478, 3) float64 array
        A corrected copy of `moved`.
    """
    moved = moved.copy()
    for (eye, _), at_rest, shut in zip(EYES, resting_eyes, shut_eyes, strict=True):
        ratio = float(openness(driver, eye)) / at_rest
        opened = ratio if ratio > 1 else max(ratio - shut, 0) / (1 - shut)
        own = max(float(openness(portrait, eye)), 1e-6)
        opened = min(max(0.0, 1 + strength * (opened - 1)), max(WIDEST_EYE / own, 1.0))
        shape = np.clip(opened * gaps(portrait, eye) / width(portrait, eye), -HIGHEST_GAP, HIGHEST_GAP)
        _set_gaps(moved, eye, shape * width(moved, eye))
    _set_gaps(moved, MOUTH, np.maximum(gaps(moved, MOUTH), 0))
    return moved


def _set_gaps(points: Float64Array, opening: Opening, wanted: Float64Array) -> None:
    """Move the upper rim in place, across the axis of the opening, so that the gaps have the wanted size in pixels."""
    points[opening.upper, :2] += (gaps(points, opening) - wanted)[:, None] * across(points, opening)
