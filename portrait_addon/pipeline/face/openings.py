"""Step 2: the gaps between eyelids and between lips.

The portrait's lids and lips must meet when the driver's meet, whatever their shapes. Offsets alone cannot ensure that:
a portrait with larger eyes than the driver's would keep a slit. Therefore the gap between the rims is transferred as a
ratio where it closes: the lower rim stays where the offsets put it, and the upper rim follows.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, Float64Array, Points
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
    points : (..., 478, 2) or (..., 478, 3) array
        Tracked points in pixels, of one frame or of many.
    opening : Opening
        An eye or the mouth, with n pairs of points.

    Returns
    -------
    (..., n) float64 array
        In pixels; negative where the rims cross.
    """
    apart = points[..., opening.lower, :2] - points[..., opening.upper, :2]
    return np.asarray((apart @ across(points, opening)[..., None])[..., 0], np.float64)


def openness(points: Points, opening: Opening) -> Float64Array:
    """Mean gap of an opening relative to its width; independent of the distance from the camera.

    Parameters
    ----------
    points : (..., 478, 2) or (..., 478, 3) array
        Tracked points in pixels, of one frame or of many.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    (...) float64 array
        0 is closed.
    """
    return np.asarray(gaps(points, opening).mean(axis=-1) / width(points, opening), np.float64)


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
    points : (..., 478, 2) or (..., 478, 3) array
        Tracked points in pixels, of one frame or of many.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    (..., 2) float64 array
        Unit vector x, y.
    """
    along = _along(points, opening)
    return np.asarray(along[..., ::-1] * QUARTER_TURN / _length(along)[..., None], np.float64)


def width(points: Points, opening: Opening) -> Float64Array:
    """Distance of an opening's corners.

    Parameters
    ----------
    points : (..., 478, 2) or (..., 478, 3) array
        Tracked points in pixels, of one frame or of many.
    opening : Opening
        An eye or the mouth.

    Returns
    -------
    (...) float64 array
        In pixels; never 0, so that gaps can be divided by it.
    """
    return _length(_along(points, opening))


def _along(points: Points, opening: Opening) -> Float64Array:
    """(..., 2) vector from one corner of an opening to the other."""
    first, last = opening.corners
    return (points[..., last, :2] - points[..., first, :2]).astype(np.float64)


def _length(vectors: Float64Array) -> Float64Array:
    """(...) lengths of vectors (..., 2); never 0, so that other lengths can be divided by them."""
    return np.asarray(np.maximum(np.sqrt(np.einsum("...i,...i", vectors, vectors)), 1e-6), np.float64)


QUARTER_TURN = np.array((-1.0, 1.0))
"""Factors of the swapped x and y of a vector that turn it by 90 degrees."""

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
