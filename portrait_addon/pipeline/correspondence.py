"""Step 1: what a portrait and a performance have in common, computed once for the pair.

The similarity S takes the driver's neutral points to the portrait's, by least squares over all facial control points
[lecture]. It carries the peripheral points over. The points round the face are triangulated once, on the portrait, and
keep their triangles: a fresh Delaunay triangulation of moved points would flip from frame to frame and tear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from .face_mesh import FACE_OVAL, SKULL_OVAL, NOSE_TIP, SKIN_POINTS
from .performance import Performance
from .portrait import Portrait
from .similarity import Similarity, best_similarity

CRANIUM_GROWTH = 1.35
"""The outline of hair and ears: the skull's part of the face's outline, larger by this factor about the face's middle.
It lies as deep as the deepest point of that outline, so that it turns with the head but is not swept behind it."""

STILL_RADIUS = 4.5
"""Beyond this distance from the tip of the nose nothing moves, in outer-eye distances."""

STILL_POINTS = 24


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The pair's fixed part.

    Attributes
    ----------
    similarity : Similarity
        S, from the driver's neutral points to the portrait's, in the picture plane.
    alignment : Similarity
        The same in three dimensions: it also turns a driver's head to the portrait's pose.
    cranium : (c, 3) float32 array
        Points on the outline of the skull, on the portrait; they move with the head and make no expression.
    peripheral : (m, 2) float32 array
        Peripheral points on the portrait; row k is ``kept[k]`` of the performance.
    kept : (m,) int array
    still : (s, 2) float32 array
        Points that never move, all round, at a distance tied to the face (so that a wider margin changes nothing).
    triangles : (t, 3) int32 array
        Delaunay triangles over the rows of oval, cranium, peripheral and still points, in this order; those within
        the face come first.
    """

    similarity: Similarity
    alignment: Similarity
    cranium: NDArray[np.float32] = field(repr=False)
    peripheral: NDArray[np.float32] = field(repr=False)
    kept: NDArray[np.int_] = field(repr=False)
    still: NDArray[np.float32] = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)

    def surround(
        self, face: NDArray[np.floating], cranium: NDArray[np.floating], peripheral: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """(v, 2) points in the order that `triangles` counts."""
        parts = (face[list(FACE_OVAL), :2], cranium[:, :2], peripheral, self.still)
        return np.vstack(parts).astype(np.float32)


@lru_cache(maxsize=8)
def correspond(portrait: Portrait, performance: Performance) -> Correspondence:
    """Match a portrait with a performance.

    Parameters
    ----------
    portrait : Portrait
    performance : Performance

    Returns
    -------
    Correspondence
    """
    neutral, target, unit = performance.neutral_points, portrait.points, portrait.unit
    similarity = best_similarity(neutral[:SKIN_POINTS, :2], target[:SKIN_POINTS, :2])
    alignment = best_similarity(neutral[:SKIN_POINTS], target[:SKIN_POINTS])
    oval = target[list(FACE_OVAL)]
    centre = oval.mean(axis=0)
    cranium = centre + CRANIUM_GROWTH * (target[list(SKULL_OVAL)] - centre)
    cranium[:, 2] = oval[:, 2].max()
    mapped = similarity(performance.peripheral).astype(np.float32)
    head = cv2.convexHull(np.vstack([cranium[:, :2], oval[:, :2]]).astype(np.float32))
    reach = np.linalg.norm(mapped - target[NOSE_TIP, :2], axis=1)
    outside = np.array([cv2.pointPolygonTest(head, (float(x), float(y)), False) < 0 for x, y in mapped], bool)
    kept = np.flatnonzero(outside & (reach < 0.9 * STILL_RADIUS * unit))
    angles = np.linspace(0, 2 * np.pi, STILL_POINTS, endpoint=False)
    still = target[NOSE_TIP, :2] + STILL_RADIUS * unit * np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.vstack([oval[:, :2], cranium[:, :2], mapped[kept], still])
    triangles = Delaunay(points).simplices.astype(np.int32)
    within = (triangles < len(oval)).all(axis=1)
    ordered = np.vstack([triangles[within], triangles[~within]])
    return Correspondence(similarity, alignment, cranium, mapped[kept], kept, still.astype(np.float32), ordered)
