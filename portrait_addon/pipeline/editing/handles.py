"""Step 1: the points that a person moves, and how the mesh follows them.

A person moves named handles, not any of the 478 points: the 68 iBUG landmarks, five more along the hairline, and the
two pupils. The skin around a handle follows with a weight that falls off with the distance along the skin. So an upper
lid does not move the lower one although they almost touch: the path around the corner of the eye is long. If several
handles are moved, each one lies exactly where it was put and the skin interpolates between them with radial basis
functions. Distances along the skin are [ours].
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from ..face.mesh import (
    ALL_POINTS,
    EYES,
    LEFT_IRIS,
    OUTER_EYE_CORNERS,
    RIGHT_IRIS,
    SKIN_POINTS,
    canonical_skin,
    skin_triangles,
)
from ..imaging.arrays import Float32Array, Float64Array, Points

_PARTS: tuple[tuple[str, float, tuple[int, ...]], ...] = (
    ("jaw", 0.5, (127, 234, 132, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 361, 454, 356)),
    ("right_brow", 0.35, (70, 63, 105, 66, 107)),
    ("left_brow", 0.35, (336, 296, 334, 293, 300)),
    ("nose", 0.35, (168, 6, 195, 4, 240, 97, 2, 326, 460)),
    ("right_eye", 0.28, (33, 160, 158, 133, 153, 144)),
    ("left_eye", 0.28, (362, 385, 387, 263, 373, 380)),
    ("outer_lips", 0.32, (61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91)),
    ("inner_lips", 0.28, (78, 82, 13, 312, 308, 317, 14, 87)),
    ("forehead", 0.6, (21, 103, 10, 332, 251)),
)
"""Name, reach along the skin in outer-eye distances, and points of each part, in iBUG's order; the hairline comes last.
Where an iBUG landmark lies between two tracked points, one of them represents it."""

_PUPILS = {"right_pupil": RIGHT_IRIS, "left_pupil": LEFT_IRIS}

HANDLES = (*(f"{part}_{number + 1}" for part, _, points in _PARTS for number in range(len(points))), *_PUPILS)
"""Names of the handles. Numbers count from the person's right to the left, or in iBUG's order."""

HANDLE_POINTS = (*(point for _, _, points in _PARTS for point in points), *(iris[0] for iris in _PUPILS.values()))
"""Tracked point of each handle."""

_ROWS = {name: row for row, name in enumerate(HANDLES)}

Offset = tuple[float, float]
"""Displacement of a handle in outer-eye distances: along the line of the outer eye corners, from the person's right to
the left, and perpendicular to it, downwards. So an offset rotates and scales with the head."""


def displaced(points: Float32Array, offsets: Mapping[str, Offset]) -> Float32Array:
    """Move handles and the skin around them.

    Weights fall off with a Wendland function [1]_ of the distance along the skin.

    Parameters
    ----------
    points : (478, 3) float32 array
        Tracked points in pixels. Their depth is unchanged.
    offsets : mapping from str to Offset
        Displacements of handles, by their names in `HANDLES`.

    Returns
    -------
    (478, 3) float32 array
        Displaced points in pixels; the input array itself if there are no offsets.

    References
    ----------
    .. [1] H. Wendland, *Piecewise polynomial, positive definite and compactly supported radial functions of minimal
       degree*, Advances in Computational Mathematics 4, 1995.
    """
    if not offsets:
        return points
    rows = [_ROWS[name] for name in offsets]
    follow = _follow()[rows]
    wanted = np.array([*offsets.values()], np.float64)
    weights = np.linalg.lstsq(follow[:, [HANDLE_POINTS[row] for row in rows]].T, wanted, rcond=None)[0]
    moved = points.astype(np.float64)
    moved[:, :2] += follow.T @ weights @ face_axes(points)
    return moved.astype(np.float32)


def face_axes(points: Points) -> Float64Array:
    """Axes of the face in which offsets are measured.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels.

    Returns
    -------
    (2, 2) float64 array
        Two rows x, y in pixels, each one outer-eye distance long: from the right to the left outer eye corner, and
        perpendicular to it, downwards.
    """
    right, left = OUTER_EYE_CORNERS
    along = np.asarray(points[left, :2] - points[right, :2], np.float64)
    return np.array([along, [-along[1], along[0]]])


@cache
def _follow() -> Float64Array:
    """(75, 478) weight with which each point follows each handle: 1 at the handle, 0 beyond its reach."""
    on_skin = len(HANDLES) - len(_PUPILS)
    reach = np.array([[reach] for _, reach, points in _PARTS for _ in points])
    distance = _along_the_skin(HANDLE_POINTS[:on_skin]) / reach
    follow = np.zeros((len(HANDLES), ALL_POINTS))
    follow[:on_skin, :SKIN_POINTS] = np.clip(1 - distance, 0, None) ** 4 * (4 * np.minimum(distance, 1) + 1)
    for row, (eye, iris) in enumerate(EYES, on_skin):
        # The iris follows the mean of its eye's contour, so that moving a single lid hardly moves it.
        follow[:on_skin, list(iris)] = follow[:on_skin, eye.contour].mean(axis=1, keepdims=True)
        follow[row, list(iris)] = 1
    return follow


def _along_the_skin(points: tuple[int, ...]) -> Float64Array:
    """(n, 468) shortest distances from some points along the edges of the canonical face, in outer-eye distances."""
    skin = canonical_skin()
    edges = np.unique(skin_triangles()[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=0)
    lengths = np.linalg.norm(skin[edges[:, 0]] - skin[edges[:, 1]], axis=1)
    graph = coo_array((lengths, (edges[:, 0], edges[:, 1])), shape=(SKIN_POINTS, SKIN_POINTS)).tocsr()
    right, left = OUTER_EYE_CORNERS
    distances = dijkstra(graph, directed=False, indices=list(points))
    return np.asarray(distances / np.linalg.norm(skin[right] - skin[left]), np.float64)
