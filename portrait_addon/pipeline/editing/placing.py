"""Step 1: points placed by hand where the tracker finds no face: statues, drawings, masks.

MediaPipe's canonical face replaces the tracked points. A person positions it over the face, rotates it, and then moves
single handles (see ``corrections``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import ALL_POINTS, EYES, LOWER_LIP, OUTER_EYE_CORNERS, SKIN_POINTS, SKULL, UPPER_LIP, canonical_skin
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.similarity import best_similarity

IRIS = 0.19
"""Radius of an iris relative to the width of the eye's opening: 5.9 mm of 31 mm."""

AXES = "zxy"
"""Order of rotations: roll, nod, turn, each about a fixed axis of the picture."""


@dataclass(frozen=True)
class Placement:
    """Position, size and rotation of the canonical face in a picture.

    Attributes
    ----------
    x, y : float
        Midpoint between the outer eye corners, from the upper left corner, relative to the picture's width and height.
    size : float
        Distance of the outer eye corners in front view, relative to the picture's width.
    roll, nod, turn : float
        Rotation in degrees: clockwise in the picture, downwards, and to the right of the picture.
    """

    x: float = 0.5
    y: float = 0.4
    size: float = 0.25
    roll: float = 0.0
    nod: float = 0.0
    turn: float = 0.0


def placed_points(placement: Placement, size: tuple[int, int]) -> Float32Array:
    """Compute the points of a face placed by hand.

    Parameters
    ----------
    placement : Placement
        Position, size and rotation.
    size : tuple of two int
        Width and height of the picture in pixels.

    Returns
    -------
    (478, 3) float32 array
        Points in pixels; z away from the viewer.
    """
    width, height = size
    turned = canonical_points() @ _rotation(placement).T
    corner = np.array([placement.x * width - 0.5, placement.y * height - 0.5, 0])
    return np.asarray(turned * (placement.size * width) + corner, np.float32)


def placement_of(points: Points, size: tuple[int, int]) -> Placement:
    """Fit a placement to tracked points; the inverse of `placed_points`.

    Parameters
    ----------
    points : (478, 3) array
        Points in pixels.
    size : tuple of two int
        Width and height of the picture in pixels.

    Returns
    -------
    Placement
        The least-squares fit to the points of the skull.
    """
    width, height = size
    fit = best_similarity(canonical_points()[list(SKULL)], points[list(SKULL)])
    roll, nod, turn = Rotation.from_matrix(fit.rotation).as_euler(AXES, degrees=True)
    x, y, _ = fit.translation
    return Placement((x + 0.5) / width, (y + 0.5) / height, fit.scale / width, roll, nod, -turn)


def _rotation(placement: Placement) -> Float64Array:
    """(3, 3) rotation matrix of a placement."""
    angles = placement.roll, placement.nod, -placement.turn
    return np.asarray(Rotation.from_euler(AXES, angles, degrees=True).as_matrix(), np.float64)


@cache
def canonical_points() -> Float64Array:
    """Points of the canonical face with its mouth closed.

    Returns
    -------
    (478, 3) float64 array
        y down, z away from the viewer; the outer eye corners are 1 apart, and the origin is in the middle between them.
    """
    points = np.zeros((ALL_POINTS, 3))
    points[:SKIN_POINTS] = canonical_skin() * [1, -1, -1]
    seam = (points[UPPER_LIP[0]] + points[LOWER_LIP[0]]) / 2
    for lip in (UPPER_LIP, LOWER_LIP):
        points[lip] += np.linspace(1, 0, len(lip))[:, None, None] * (seam - points[lip[0]])
    right, left = OUTER_EYE_CORNERS
    for eye, iris in EYES:
        first, last = (points[corner] for corner in eye.corners)
        centre, radius = points[eye.contour].mean(axis=0), IRIS * float(np.linalg.norm(last - first))
        ring = [(0, 0, 0), (1, 0, 0), (0, -1, 0), (-1, 0, 0), (0, 1, 0)]  # in the tracker's order
        points[list(iris)] = centre + radius * np.array(ring)
    points -= (points[right] + points[left]) / 2
    return np.asarray(points / np.linalg.norm(points[right] - points[left]), np.float64)
