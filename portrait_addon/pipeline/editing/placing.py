"""Step 1: points placed by hand, where the tracker finds no face: statues, drawings, masks.

MediaPipe's canonical face stands in for the face that was not found. A person puts it where the face is, turns it as
the face is turned, and then moves single points (see ``corrections``).
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
"""Radius of an iris, in widths of its eye's opening: 5.9 mm of 31 mm."""

AXES = "zxy"
"""Roll, then nod, then turn, each about the picture's own axis."""


@dataclass(frozen=True)
class Placement:
    """Where the canonical face is in a picture.

    Attributes
    ----------
    x, y : float
        The middle between the outer eye corners, as shares of the picture's width and height from its top left.
    size : float
        Distance of the outer eye corners of the face seen from the front, as a share of the picture's width.
    roll, nod, turn : float
        Degrees: clockwise in the picture; down; to the right in the picture.
    """

    x: float = 0.5
    y: float = 0.4
    size: float = 0.25
    roll: float = 0.0
    nod: float = 0.0
    turn: float = 0.0


def placed_points(placement: Placement, size: tuple[int, int]) -> Float32Array:
    """(478, 3) points of the canonical face in a picture of a width and height in pixels."""
    width, height = size
    turned = canonical_points() @ _rotation(placement).T
    corner = np.array([placement.x * width - 0.5, placement.y * height - 0.5, 0])
    return np.asarray(turned * (placement.size * width) + corner, np.float32)


def placement_of(points: Points, size: tuple[int, int]) -> Placement:
    """The placement that comes nearest to tracked points (478, 3) in a picture of a width and height in pixels."""
    width, height = size
    fit = best_similarity(canonical_points()[list(SKULL)], points[list(SKULL)])
    roll, nod, turn = Rotation.from_matrix(fit.rotation).as_euler(AXES, degrees=True)
    x, y, _ = fit.translation
    return Placement((x + 0.5) / width, (y + 0.5) / height, fit.scale / width, roll, nod, -turn)


def _rotation(placement: Placement) -> Float64Array:
    angles = placement.roll, placement.nod, -placement.turn
    return np.asarray(Rotation.from_euler(AXES, angles, degrees=True).as_matrix(), np.float64)


@cache
def canonical_points() -> Float64Array:
    """(478, 3) the canonical face, its mouth closed: y down, z away, the outer eye corners 1 apart about the origin."""
    points = np.zeros((ALL_POINTS, 3))
    points[:SKIN_POINTS] = canonical_skin() * [1, -1, -1]
    seam = (points[UPPER_LIP[0]] + points[LOWER_LIP[0]]) / 2
    for lip in (UPPER_LIP, LOWER_LIP):
        points[lip] += np.linspace(1, 0, len(lip))[:, None, None] * (seam - points[lip[0]])
    right, left = OUTER_EYE_CORNERS
    for eye, iris in EYES:
        first, last = (points[corner] for corner in eye.corners)
        centre, radius = points[eye.contour].mean(axis=0), IRIS * float(np.linalg.norm(last - first))
        ring = [(0, 0, 0), (1, 0, 0), (0, -1, 0), (-1, 0, 0), (0, 1, 0)]  # as the tracker gives them
        points[list(iris)] = centre + radius * np.array(ring)
    points -= (points[right] + points[left]) / 2
    return np.asarray(points / np.linalg.norm(points[right] - points[left]), np.float64)
