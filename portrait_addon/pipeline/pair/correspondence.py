"""Step 1: what a portrait and a performance have in common, computed once for the pair.

The similarity S takes the driver's neutral points to the portrait's, by least squares over all facial control points
[lecture]. It carries the peripheral points over. The points round the face are triangulated once, on the portrait, and
keep their triangles: a fresh Delaunay triangulation of moved points would flip from frame to frame and tear.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from ..face.mesh import (
    BROWS,
    EYES,
    FACE_OVAL,
    JAW,
    MOUTH,
    NOSE_TIP,
    OUTER_LIPS,
    SKIN_POINTS,
    cranium,
    outer_eye_distance,
)
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.similarity import Similarity, best_similarity
from ..records.performance import Performance
from ..records.portrait import Portrait

STILL_RADIUS = 4.5
"""Beyond this distance from the tip of the nose nothing moves, in outer-eye distances."""

STILL_POINTS = 24

REGION_REACH = 0.2
"""Distance over which the strengths of eyes, brows and mouth fade into the rest of the face, in outer-eye distances."""

STILL_REACH = 4.0
"""Peripheral points further than this from the tip of the nose are left out: they would crowd the still ones."""

OVAL_GAP = 0.1
"""Peripheral points nearer than this to the portrait's face are left out, in outer-eye distances."""

FOLLOWED = 0.4
"""A point of the skull's outline gives way to peripheral points this near, in outer-eye distances."""


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
        Points on the outline of hair and ears, on the portrait; they move with the head and make no expression.
    peripheral : (m, 2) float32 array
        Peripheral points on the portrait; row k is ``kept[k]`` of the performance.
    kept : (m,) int array
    still : (s, 2) float32 array
        Points that never move, all round, at a distance tied to the face (so that a wider margin changes nothing).
    triangles : (t, 3) int32 array
        Delaunay triangles over the rows of oval, cranium, peripheral and still points, in this order; those within
        the face come first.
    regions : (3, 478) float64 array
        How far each point belongs to eyes, brows and mouth; the columns sum to at most 1.
    """

    similarity: Similarity
    alignment: Similarity
    cranium: Float32Array = field(repr=False)
    peripheral: Float32Array = field(repr=False)
    kept: NDArray[np.int_] = field(repr=False)
    still: Float32Array = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)
    regions: Float64Array = field(repr=False)

    def surround(self, face: Points, cranium: Points, peripheral: Points) -> Float32Array:
        """(v, 2) points in the order that `triangles` counts."""
        parts = (face[list(FACE_OVAL), :2], cranium[:, :2], peripheral, self.still)
        return np.vstack(parts).astype(np.float32)


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
    oval, nose = target[list(FACE_OVAL), :2], target[NOSE_TIP, :2]
    mapped = similarity(performance.peripheral)
    in_reach = np.linalg.norm(mapped - nose, axis=1) < STILL_REACH * unit
    beside = np.array([cv2.pointPolygonTest(oval, (float(x), float(y)), True) for x, y in mapped]) < -OVAL_GAP * unit
    kept = np.flatnonzero(in_reach & beside)
    peripheral = mapped[kept].astype(np.float32)
    # Where the driver's own hair was followed, it knows better how hair moves.
    outline = cranium(target)
    alone = [
        not len(kept) or np.linalg.norm(peripheral - point, axis=1).min() > FOLLOWED * unit for point in outline[:, :2]
    ]
    skull = outline[alone].astype(np.float32)
    angles = np.linspace(0, 2 * np.pi, STILL_POINTS, endpoint=False)
    still = nose + STILL_RADIUS * unit * np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.vstack([oval, skull[:, :2], peripheral, still])
    triangles = Delaunay(points).simplices.astype(np.int32)
    within = (triangles < len(oval)).all(axis=1)
    ordered = np.vstack([triangles[within], triangles[~within]])
    return Correspondence(
        similarity, alignment, skull, peripheral, kept, still.astype(np.float32), ordered, _regions(target)
    )


def _regions(points: Float32Array) -> Float64Array:
    """(3, 478) shares of eyes, brows and mouth, falling off smoothly between them."""
    eyes = np.concatenate([np.concatenate([eye.contour, iris]) for eye, iris in EYES])
    cores = (eyes, np.array(BROWS), np.concatenate([OUTER_LIPS.contour, MOUTH.contour, JAW[5:14]]))
    reach = REGION_REACH * outer_eye_distance(points)
    nearest = [np.linalg.norm(points[:, None, :2] - points[core, :2], axis=2).min(axis=1) for core in cores]
    weights = np.exp(-((np.stack(nearest) / reach) ** 2))
    for row, core in enumerate(cores):
        weights[:, core] = np.eye(len(cores))[row][:, None]
    return np.asarray(weights / np.maximum(weights.sum(axis=0), 1))
