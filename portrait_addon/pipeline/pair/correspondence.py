"""Step 1: the correspondence between a portrait and a performance, computed once for the pair.

The similarity S takes the driver's neutral points to the portrait's, by least squares over all facial control points
[lecture]. It also maps the peripheral points to the portrait. The points around the face are triangulated once, on the
portrait, and keep their triangles: a new Delaunay triangulation of the moved points would flip from frame to frame and
tear the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from ..face.mesh import NOSE_TIP, SKIN_POINTS, cranium
from ..face.regions import face_regions
from ..imaging.arrays import Float32Array, Float64Array, IntArray, Points
from ..imaging.similarity import Similarity, best_similarity
from ..records.performance import Performance
from ..records.portrait import Portrait

STILL_RADIUS = 4.5
"""Distance from the tip of the nose beyond which nothing moves, in outer-eye distances."""

STILL_POINTS = 24
"""Number of fixed points on the circle of that radius."""

STILL_REACH = 4.0
"""Largest distance of a peripheral point from the tip of the nose, in outer-eye distances; points further away would
lie too close to the fixed ones."""

OUTLINE_GAP = 0.1
"""Smallest distance of a peripheral point from the portrait's face outline, in outer-eye distances."""

FOLLOWED = 0.4
"""Distance in outer-eye distances within which a peripheral point replaces a point of the cranium outline."""


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The correspondence between a portrait and a performance.

    Attributes
    ----------
    similarity : Similarity
        S, from the driver's neutral points to the portrait's, in the image plane.
    alignment : Similarity
        The same in three dimensions: it also rotates the driver's head to the portrait's pose.
    outline : (k,) int array
        Rows of the points that bound the portrait's face, see `Portrait.outline`.
    cranium : (c, 3) float32 array
        Points of the portrait on the outline of hair and ears, in pixels; they move with the head, without expression.
    peripheral : (m, 2) float32 array
        Peripheral points on the portrait, in pixels; row k belongs to row ``kept[k]`` of the performance.
    kept : (m,) int array
        Rows of the performance's peripheral points that are used.
    still : (s, 2) float32 array
        Fixed points on a circle around the face, in pixels. Their distance depends on the face alone, so that a wider
        margin of the picture changes nothing.
    triangles : (t, 3) int32 array
        Delaunay triangles over the rows of outline, cranium, peripheral and still points, in this order; triangles
        inside the face come first.
    regions : (3, 478) float64 array
        Weights 0..1 of each point in the regions eyes, brows and mouth; each column sums to at most 1.
    """

    similarity: Similarity
    alignment: Similarity
    outline: IntArray = field(repr=False)
    cranium: Float32Array = field(repr=False)
    peripheral: Float32Array = field(repr=False)
    kept: NDArray[np.int_] = field(repr=False)
    still: Float32Array = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)
    regions: Float64Array = field(repr=False)

    def surround(self, face: Points, cranium: Points, peripheral: Points) -> Float32Array:
        """Stack the vertices around the face in the order of `triangles`.

        Parameters
        ----------
        face : (478, 2) or (478, 3) array
            Points of the portrait's face, in pixels.
        cranium : (c, 2) or (c, 3) array
            Points on the outline of hair and ears, in pixels.
        peripheral : (m, 2) array
            Peripheral points, in pixels.

        Returns
        -------
        (v, 2) float32 array
            x, y of outline, cranium, peripheral and still points.
        """
        parts = (face[self.outline, :2], cranium[:, :2], peripheral, self.still)
        return np.vstack(parts).astype(np.float32)


def correspond(portrait: Portrait, performance: Performance) -> Correspondence:
    """Compute the correspondence between a portrait and a performance.

    Parameters
    ----------
    portrait : Portrait
        Destination of the similarity.
    performance : Performance
        Source of the similarity and of the peripheral points.

    Returns
    -------
    Correspondence
        Of the clip it depends on the neutral frame alone.
    """
    neutral, target, unit = performance.neutral_points, portrait.points, portrait.unit
    similarity = best_similarity(neutral[:SKIN_POINTS, :2], target[:SKIN_POINTS, :2])
    alignment = best_similarity(neutral[:SKIN_POINTS], target[:SKIN_POINTS])
    rows = portrait.outline
    outline, nose = target[rows, :2], target[NOSE_TIP, :2]
    mapped = similarity(performance.peripheral)
    in_reach = np.linalg.norm(mapped - nose, axis=1) < STILL_REACH * unit
    depth = np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in mapped])
    kept = np.flatnonzero(in_reach & (depth < -OUTLINE_GAP * unit))
    peripheral = mapped[kept].astype(np.float32)
    # Tracked points on the driver's hair show its motion better than the rigid outline of the cranium.
    hair = cranium(target)
    isolated = [
        not len(kept) or np.linalg.norm(peripheral - point, axis=1).min() > FOLLOWED * unit for point in hair[:, :2]
    ]
    skull = hair[isolated].astype(np.float32)
    angles = np.linspace(0, 2 * np.pi, STILL_POINTS, endpoint=False)
    still = nose + STILL_RADIUS * unit * np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.vstack([outline, skull[:, :2], peripheral, still])
    triangles = Delaunay(points).simplices.astype(np.int32)
    inside_face = (triangles < len(outline)).all(axis=1)
    ordered = np.vstack([triangles[inside_face], triangles[~inside_face]])
    return Correspondence(
        similarity, alignment, rows, skull, peripheral, kept, still.astype(np.float32), ordered, face_regions(target)
    )
