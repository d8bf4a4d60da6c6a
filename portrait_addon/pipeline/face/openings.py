"""Step 2: the gaps between eyelids and between lips.

The portrait's lids and lips must meet when the driver's meet, whatever their shapes. Offsets alone cannot ensure that:
a portrait with larger eyes than the driver's would keep a slit. Therefore the gap between the rims is transferred as a
ratio where it closes: the lower rim stays where the offsets put it, and the upper rim follows.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, Float64Array, Points, length
from ..imaging.box import Box
from .mesh import EYES, MOUTH, Opening, outer_eye_distance


def part_rims(points: Points) -> Float32Array:
    """Correct crossed rims of eyes and mouth: each crossed pair of points moves to its middle.

    The tracker crosses the rims of a closed mouth within its error.

    Parameters
    ----------
    points : (478, 3) array
        Points of a portrait, in pixels.

    Returns
    -------
    (478, 3) float32 array
        Points whose rims do not cross.
    """
    parted = points.astype(np.float64)
    for opening in (*(eye for eye, _ in EYES), MOUTH):
        crossed = gaps(parted, opening) < 0
        upper, lower = opening.upper[crossed], opening.lower[crossed]
        parted[upper] = parted[lower] = (parted[upper] + parted[lower]) / 2
    return parted.astype(np.float32)


def gaps(points: Points, opening: Opening) -> Float64Array:
    """Measure the distances from the upper to the lower rim of an opening, along the direction of `across`.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    (n,) float64 array
        In pixels; negative where the rims cross.
    """
    return np.asarray((points[opening.lower, :2] - points[opening.upper, :2]) @ across(points, opening), np.float64)


def openness(points: Points, opening: Opening) -> float:
    """Mean gap of an opening relative to its width; independent of the distance from the camera.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    float
        0 is closed.
    """
    return float(gaps(points, opening).mean()) / _width(points, opening)


def openness_by_frame(frames: Points, opening: Opening) -> Float64Array:
    """Measure `openness` in many frames at once.

    Parameters
    ----------
    frames : (n, 478, 2) or (n, 478, 3) array
        Tracked points in pixels.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    (n,) float64 array
        0 is closed.
    """
    first, last = opening.corners
    along = np.asarray(frames[:, last, :2] - frames[:, first, :2], np.float64)
    rims = np.asarray(frames[:, opening.lower, :2] - frames[:, opening.upper, :2], np.float64).mean(axis=1)
    # The gap along the perpendicular of `along`, which is as long as the opening is wide: divided by its square.
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    return np.asarray((rims[:, 1] * along[:, 0] - rims[:, 0] * along[:, 1]) / squared, np.float64)


def mouth_gap(points: Points) -> float:
    """Largest gap between the lips.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.

    Returns
    -------
    float
        In outer-eye distances.
    """
    return float(gaps(points, MOUTH).max()) / outer_eye_distance(points)


def across(points: Points, opening: Opening) -> Float64Array:
    """Direction from the upper to the lower rim, perpendicular to the line through the corners.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    (2,) float64 array
        Unit vector x, y.
    """
    first, last = opening.corners
    along = (points[last, :2] - points[first, :2]).astype(np.float64)
    return np.array([-along[1], along[0]]) / max(length(along), 1e-6)


def _width(points: Points, opening: Opening) -> float:
    """Distance of an opening's corners, in pixels."""
    first, last = opening.corners
    return max(length(points[last, :2] - points[first, :2]), 1e-6)


SHUT = 0.06
"""Openness at rest below which an eye is shut: nothing can be counted as a share of it."""

WIDEST_EYE = 0.8
"""Largest openness of an eye: about as high as wide."""

CLOSED_AREA = 0.01
"""Smallest area of an open mouth, in squared outer-eye distances; smaller areas are within the tracker's error."""


def mouth_area(points: Points) -> float:
    """Area between the lips.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.

    Returns
    -------
    float
        In squared outer-eye distances.
    """
    contour = points[MOUTH.contour, :2].astype(np.float32)
    return float(cv2.contourArea(contour)) / outer_eye_distance(points) ** 2


def mouth_box(points: Points, margin: float) -> Box:
    """Box around the inside of the mouth.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.
    margin : float
        Margin on all sides in outer-eye distances; two pixels are added.

    Returns
    -------
    Box
        May extend beyond the picture.
    """
    contour = points[MOUTH.contour, :2]
    return Box.around(contour, 2 + margin * outer_eye_distance(points))
