"""Lids and lips meet when the driver's meet, whatever the two shapes.

Offsets alone cannot do that: a portrait with larger eyes than the driver's would keep a slit. So the gap between the
rims carries over as a ratio where it closes; the lower rim stays where the offsets put it, and the upper follows.
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import EYES, MOUTH, Opening
from ..face.openings import _width, across, gaps, openness
from ..imaging.arrays import Float32Array, Float64Array

CLOSED_EYE = 0.25
"""Share of its neutral gap at which the tracker shows an eye that is closed [our clips: 0.05 to 0.22]."""


def transfer_openings(
    moved: Float64Array, portrait: Float32Array, driver: Float64Array, neutral: Float64Array, strength: float
) -> Float64Array:
    """Correct the gaps of eyes and mouth in the moved points.

    Parameters
    ----------
    moved : (478, 3) array
        The portrait's points, moved by offsets.
    portrait : (478, 3) array
        The same at rest.
    driver, neutral : (478, 3) arrays
        The driver's points in this frame and in the neutral one.
    strength : float
        Of the eyes' expression; 0 leaves their gaps as they are.

    Returns
    -------
    (478, 3) array
    """
    moved = moved.copy()
    for eye, _ in EYES:
        ratio = openness(driver, eye) / max(openness(neutral, eye), 1e-6)
        opened = ratio if ratio > 1 else max(ratio - CLOSED_EYE, 0) / (1 - CLOSED_EYE)
        opened = max(0.0, 1 + strength * (opened - 1))
        _set_gaps(moved, eye, opened * gaps(portrait, eye) * _width(moved, eye) / _width(portrait, eye))
    _set_gaps(moved, MOUTH, np.maximum(gaps(moved, MOUTH), 0))
    return moved


def _set_gaps(points: Float64Array, opening: Opening, wanted: Float64Array) -> None:
    """Move the upper rim across the axis until the gaps are as wanted, in place."""
    points[opening.upper, :2] += (gaps(points, opening) - wanted)[:, None] * across(points, opening)
