"""Step 2: lids and lips meet when the driver's meet, whatever the two shapes.

Offsets alone cannot do that: a portrait with larger eyes than the driver's would keep a slit. So the gap between the
rims carries over as a ratio where it closes; the lower rim stays where the offsets put it, and the upper follows.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.box import Box
from .mesh import EYES, MOUTH, Opening, outer_eye_distance


def part_rims(points: Points) -> Float32Array:
    """Points of a portrait, with rims that the tracker has crossed (a closed mouth, within its error) made to meet."""
    parted = points.astype(np.float64)
    for opening in (*(eye for eye, _ in EYES), MOUTH):
        crossed = gaps(parted, opening) < 0
        upper, lower = opening.upper[crossed], opening.lower[crossed]
        parted[upper] = parted[lower] = (parted[upper] + parted[lower]) / 2
    return parted.astype(np.float32)


def gaps(points: Points, opening: Opening) -> Float64Array:
    """(n,) signed distance from upper to lower rim, across the opening's axis, in pixels; negative where crossed."""
    return np.asarray((points[opening.lower, :2] - points[opening.upper, :2]) @ across(points, opening), np.float64)


def openness(points: Points, opening: Opening) -> float:
    """Mean gap as a share of the opening's width: the same at any distance from the camera."""
    return float(gaps(points, opening).mean()) / _width(points, opening)


def mouth_gap(points: Points) -> float:
    """Widest gap between the lips, in outer-eye distances."""
    return float(gaps(points, MOUTH).max()) / outer_eye_distance(points)


def across(points: Points, opening: Opening) -> Float64Array:
    """Unit vector from the upper towards the lower rim, square to the line through the corners."""
    first, last = opening.corners
    along = (points[last, :2] - points[first, :2]).astype(np.float64)
    return np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)


def _width(points: Points, opening: Opening) -> float:
    first, last = opening.corners
    return max(float(np.linalg.norm(points[last, :2] - points[first, :2])), 1e-6)


CLOSED_AREA = 0.01
"""Least area of an open mouth, in squared outer-eye distances: a smaller one is within the tracker's error."""


def mouth_area(points: Points) -> float:
    """Area between the lips in squared outer-eye distances."""
    contour = points[MOUTH.contour, :2].astype(np.float32)
    return float(cv2.contourArea(contour)) / max(outer_eye_distance(points) ** 2, 1e-6)


def mouth_box(points: Points, margin: float) -> Box:
    """Pixels round the inside of the mouth.

    Parameters
    ----------
    points : (478, 3) array
        In pixels.
    margin : float
        Kept round it, in outer-eye distances.

    Returns
    -------
    Box
        May reach beyond the picture.
    """
    contour = points[MOUTH.contour, :2]
    return Box.around(contour, 2 + margin * outer_eye_distance(points))
