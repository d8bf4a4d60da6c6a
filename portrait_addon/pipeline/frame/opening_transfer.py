"""Step 2: close the portrait's lids and lips when the driver's close, for any two face shapes.

Offsets alone cannot do this: a portrait with larger eyes than the driver's would keep a slit open. So the gap between
the lids is transferred as a ratio to the neutral gap. The lower rim stays where the offsets put it, and the upper rim
moves.
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import EYES, MOUTH, Opening
from ..face.openings import _width, across, gaps, openness
from ..imaging.arrays import Float32Array, Float64Array


def transfer_openings(
    moved: Float64Array,
    portrait: Float32Array,
    driver: Float64Array,
    neutral: Float64Array,
    strength: float,
    shut_eyes: tuple[float, float],
) -> Float64Array:
    """Correct the gaps of eyes and mouth in the moved points.

    Eye gaps follow the ratio of the driver's gaps. The gap of the mouth is only prevented from becoming negative.

    Parameters
    ----------
    moved : (478, 3) float64 array
        The portrait's points after the transfer of offsets, in pixels.
    portrait : (478, 3) float32 array
        The portrait's points at rest, in pixels.
    driver, neutral : (478, 3) float64 arrays
        The driver's points in this frame and in the neutral frame, in pixels of the clip.
    strength : float
        Strength of the eyes' expression, 0 or more. With 0 each gap keeps its ratio to the eye's width at rest; 1
        transfers the driver's change of that ratio.
    shut_eyes : tuple of two float
        Ratio of the driver's gaps at which the right and the left eye is shut, see `shut_eyes`.

    Returns
    -------
    (478, 3) float64 array
        A corrected copy of `moved`.
    """
    moved = moved.copy()
    for (eye, _), shut in zip(EYES, shut_eyes, strict=True):
        ratio = openness(driver, eye) / max(openness(neutral, eye), 1e-6)
        opened = ratio if ratio > 1 else max(ratio - shut, 0) / (1 - shut)
        opened = max(0.0, 1 + strength * (opened - 1))
        _set_gaps(moved, eye, opened * gaps(portrait, eye) * _width(moved, eye) / _width(portrait, eye))
    _set_gaps(moved, MOUTH, np.maximum(gaps(moved, MOUTH), 0))
    return moved


def _set_gaps(points: Float64Array, opening: Opening, wanted: Float64Array) -> None:
    """Move the upper rim in place, across the axis of the opening, so that the gaps have the wanted size in pixels."""
    points[opening.upper, :2] += (gaps(points, opening) - wanted)[:, None] * across(points, opening)
