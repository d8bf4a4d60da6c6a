"""Step 2: close the portrait's lids and lips when the driver's close, for any two face shapes.

Offsets alone cannot do this: a portrait with larger eyes than the driver's would keep a slit open. So the gap between
the lids is transferred as a ratio to the neutral gap. The lower rim stays where the offsets put it, and the upper rim
moves. Lids that close go ahead of that ratio: a composed eye of another face looks more open than the driver's with
the same gap, and the tracker finds it so. [ours]
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import EYES, MOUTH, Opening
from ..face.openings import SHUT, WIDEST_EYE, across, gaps, openness, width
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
    alike: float,
) -> Float64Array:
    """Correct the gaps of eyes and mouth in the moved points.

    Eye gaps that close follow the ratio of the driver's gaps, see `composed_opening`. Those that widen do so by as much
    as the driver's, relative to the width of the eye, up to a round eye, see `WIDEST_EYE`: by the ratio, large eyes
    would stare. The gap of the mouth is only prevented from becoming negative.

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
    alike : float
        0..1, `likeness` of both faces.

    Returns
    -------
    (478, 3) float64 array
        A corrected copy of `moved`.
    """
    moved = moved.copy()
    for (eye, _), at_rest, shut in zip(EYES, resting_eyes, shut_eyes, strict=True):
        own, now = max(float(openness(portrait, eye)), 1e-6), float(openness(driver, eye))
        if now > at_rest:
            opened = 1 + (now - at_rest) / max(own, SHUT)
        else:
            opened = composed_opening(max(now / at_rest - shut, 0) / (1 - shut), alike)
        opened = min(max(0.0, 1 + strength * (opened - 1)), max(WIDEST_EYE / own, 1.0))
        shape = np.clip(opened * gaps(portrait, eye) / width(portrait, eye), -HIGHEST_GAP, HIGHEST_GAP)
        set_gaps(moved, eye, shape * width(moved, eye))
    set_gaps(moved, MOUTH, np.maximum(gaps(moved, MOUTH), 0))
    return moved


def composed_opening(driver: float, alike: float) -> float:
    """Tell how far the lids of a composed eye are open, so that it looks as open as the driver's.

    Parameters
    ----------
    driver : float
        Gap between the driver's lids, 0..1, of that at rest; 0 where they meet.
    alike : float
        0..1, `likeness` of both faces; a driver who is the portrait keeps his own gap.

    Returns
    -------
    float
        0..1; less than the driver's between 0 and 1 (0.38 for 0.5). Near 1 it follows the driver's as it is, so that
        eyes at rest stay at rest.
    """
    return driver * (1 - (1 - alike) * (1 - driver) ** 2)


def set_gaps(points: Float64Array, opening: Opening, wanted: Float64Array) -> None:
    """Move the upper rim of an opening, across its axis.

    Parameters
    ----------
    points : (478, 3) float64 array
        In pixels; changed in place.
    opening : Opening
    wanted : (n,) float64 array
        Size of the gaps afterwards, in pixels.
    """
    points[opening.upper, :2] += (gaps(points, opening) - wanted)[:, None] * across(points, opening)
