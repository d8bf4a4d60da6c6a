"""The outline of a face as the picture shows it.

A face from the front is bounded by its oval. When it is turned away, its far cheek hides a part of the oval; there the
face ends at points of the cheek, and what lies around the face must follow these. If it follows the hidden points, it
stays where it is while the cheek moves, and a seam opens between both.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Points
from ..imaging.raster import coverage
from ..imaging.sample_grid import SampleGrid
from .mesh import FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance

HIDDEN = 0.03
"""A point of the oval is hidden where it lies deeper than this within the face, in outer-eye distances."""

AT_RIM = 0.015
"""A point bounds the face where it lies no deeper than this within it, in outer-eye distances."""

SPACING = 0.06
"""Least distance of points of the cheek from each other and from the oval's, in outer-eye distances: thin triangles
fold early."""

CELLS = 200
"""Pixels per outer-eye distance of the drawing by which the outline is found."""


def visible_outline(points: Points) -> NDArray[np.intp]:
    """Find the points that bound a face in its picture.

    Parameters
    ----------
    points : (478, 3) array
        Points of the face, x and y in pixels.

    Returns
    -------
    (k,) int array
        Rows of `points` around the face; those of `FACE_OVAL`, in its order, where none of these is hidden.
    """
    oval = np.array(FACE_OVAL)
    face = np.asarray(points[:SKIN_POINTS, :2], np.float64) * (CELLS / outer_eye_distance(points))
    grid = SampleGrid.over(face.min(axis=0) - 3, face.max(axis=0) + 3, 1)
    drawn = coverage(grid, face_triangles(), face, FACE_OVAL) > 127
    contours, _ = cv2.findContours(drawn.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)[:, 0] + np.array([grid.left, grid.top])
    distance = np.linalg.norm(face[:, None] - contour, axis=2)
    depth, place = distance.min(axis=1), distance.argmin(axis=1)
    seen = depth[oval] <= HIDDEN * CELLS
    if seen.all():
        return oval
    kept = list(oval[seen])
    for row in np.argsort(depth, kind="stable"):
        if depth[row] > AT_RIM * CELLS:
            break
        if np.linalg.norm(face[kept] - face[row], axis=1).min() >= SPACING * CELLS:
            kept.append(row)
    rows = np.array(kept, np.intp)
    return rows[np.argsort(place[rows], kind="stable")]
