"""Step 2: lids and lips meet when the driver's meet, whatever the two shapes.

Offsets alone cannot do that: a portrait with larger eyes than the driver's would keep a slit. So the gap between the
rims carries over as a ratio where it closes; the lower rim stays where the offsets put it, and the upper follows.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Doubles, Points, Values
from ..face_mesh import EYES, LOWER_LIP, MOUTH, OUTER_LIPS, UPPER_LIP, Opening, outer_eye_distance

CLOSED_EYE = 0.25
"""Share of its neutral gap at which the tracker shows an eye that is closed [our clips: 0.05 to 0.22]."""

SEAM = 0.022
"""Half the width of the dark line between closed lips, in outer-eye distances."""


THINNEST_LIP = 0.6
"""At most this share of a lip's thickness goes inside with the line."""

SEAM_TAIL = 0.06
"""How far that line runs on beyond the corners, in outer-eye distances."""

TAIL_REACH = 0.2
"""Distance from a corner over which the cheek gives way to it, in outer-eye distances."""

PURSED = 0.2
"""A mouth narrowed by this share counts as pursed."""


def transfer_openings(moved: Doubles, portrait: Values, driver: Doubles, neutral: Doubles, strength: float) -> Doubles:
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


def part_rims(points: Points) -> Values:
    """Points of a portrait, with rims that the tracker has crossed (a closed mouth, within its error) made to meet."""
    parted = points.astype(np.float64)
    for opening in (*(eye for eye, _ in EYES), MOUTH):
        crossed = gaps(parted, opening) < 0
        upper, lower = opening.upper[crossed], opening.lower[crossed]
        parted[upper] = parted[lower] = (parted[upper] + parted[lower]) / 2
    return parted.astype(np.float32)


def beside_seam(portrait: Values, moved: Values, share: float) -> Values:
    """Points of a portrait whose lips begin beside the line along which they meet.

    Lips that part would take the dark line between them along as a black rim, half of it each; it belongs to the inside
    of the mouth. It runs on beyond the tracked corners, where lips that purse would leave it behind as a crease.

    Parameters
    ----------
    portrait, moved : (478, 3) arrays
        The portrait's points at rest and in this frame.
    share : float
        0..1, how much of an open mouth is seen: the lips' rims change by it. Their corners change by how far the mouth
        narrows.
    """
    opened = portrait.astype(np.float64)
    half = SEAM * outer_eye_distance(portrait)
    for lip, side in ((UPPER_LIP, -1), (LOWER_LIP, 1)):
        # The whole lip gives way, the less the nearer to its outer rim, so that no triangle turns over.
        distance = np.linalg.norm(portrait[lip, :2] - portrait[lip[0], :2], axis=2)
        inset = share * np.clip(half - gaps(portrait, MOUTH) / 2, 0, np.minimum(half, THINNEST_LIP * distance[-1]))
        fade = 1 - distance / np.maximum(distance[-1], 1e-6)
        opened[lip, :2] += side * (inset * fade)[..., None] * across(portrait, MOUTH)
    width = _width(moved, MOUTH) / outer_eye_distance(moved) * outer_eye_distance(portrait) / _width(portrait, MOUTH)
    tail = SEAM_TAIL * outer_eye_distance(portrait) * min(max((1 - width) / PURSED, 0.0), 1.0)
    along = (portrait[MOUTH.corners[1], :2] - portrait[MOUTH.corners[0], :2]) / _width(portrait, MOUTH)
    reach = TAIL_REACH * outer_eye_distance(portrait)
    for corner, side in zip(OUTER_LIPS.corners, (-1, 1), strict=True):
        near = np.exp(-((portrait[:, :2] - portrait[corner, :2]) ** 2).sum(axis=1) / reach**2)
        opened[:, :2] += side * tail * near[:, None] * along  # the cheek gives way with the corner
    return opened.astype(np.float32)


def gaps(points: Points, opening: Opening) -> Doubles:
    """(n,) signed distance from upper to lower rim, across the opening's axis, in pixels; negative where crossed."""
    return np.asarray((points[opening.lower, :2] - points[opening.upper, :2]) @ across(points, opening), np.float64)


def openness(points: Points, opening: Opening) -> float:
    """Mean gap as a share of the opening's width: the same at any distance from the camera."""
    return float(gaps(points, opening).mean()) / _width(points, opening)


def mouth_gap(points: Points) -> float:
    """Widest gap between the lips, in outer-eye distances."""
    return float(gaps(points, MOUTH).max()) / outer_eye_distance(points)


def _set_gaps(points: Doubles, opening: Opening, wanted: Doubles) -> None:
    """Move the upper rim across the axis until the gaps are as wanted, in place."""
    points[opening.upper, :2] += (gaps(points, opening) - wanted)[:, None] * across(points, opening)


def across(points: Points, opening: Opening) -> Doubles:
    """Unit vector from the upper towards the lower rim, square to the line through the corners."""
    first, last = opening.corners
    along = (points[last, :2] - points[first, :2]).astype(np.float64)
    return np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)


def _width(points: Points, opening: Opening) -> float:
    first, last = opening.corners
    return max(float(np.linalg.norm(points[last, :2] - points[first, :2])), 1e-6)
