"""Step 1: the points that a person moves, and how the mesh follows them.

A person moves named points, not one of 478: the 68 iBUG landmarks, five more along the hairline, and the two pupils.
The skin round a handle follows it, by a weight that falls off with the distance along the skin. So an upper lid
leaves the lower one alone although they nearly touch: the way round the eye's corner is long. Where several handles
have been moved, each stands exactly where it was put, and the rest follows all of them: interpolation by radial basis
functions.

Source: H. Wendland, *Piecewise polynomial, positive definite and compactly supported radial functions of minimal
degree*, Advances in Computational Mathematics 4, 1995 (the function); distances along the skin are ours.
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
"""Name, reach along the skin in outer-eye distances, and points: iBUG's in iBUG's order, then the hairline. Where iBUG
has a landmark between two tracked points, one of them stands for it."""

_PUPILS = {"right_pupil": RIGHT_IRIS, "left_pupil": LEFT_IRIS}

HANDLES = (*(f"{part}_{number + 1}" for part, _, points in _PARTS for number in range(len(points))), *_PUPILS)
"""The names of the handles; numbers count from the sitter's right to the left, or as iBUG's do."""

HANDLE_POINTS = (*(point for _, _, points in _PARTS for point in points), *(iris[0] for iris in _PUPILS.values()))
"""The tracked point that each handle is."""

_ROWS = {name: row for row, name in enumerate(HANDLES)}

Offset = tuple[float, float]
"""Along the line of the outer eye corners, from the sitter's right to the left, and square to it, downwards: in
outer-eye distances. So an offset turns and grows with the head."""


def displaced(points: Float32Array, offsets: Mapping[str, Offset]) -> Float32Array:
    """Points whose handles were moved, the skin round them with them.

    Parameters
    ----------
    points : (478, 3) array
        As tracked, in pixels. Their depth stays.
    offsets : mapping from str to pair of numbers
        How far which handles were moved; names are those of `HANDLES`.

    Returns
    -------
    (478, 3) array
        The very same without offsets.
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
    """(2, 2) rows: one outer-eye distance along the eyes, and one square to it, downwards, in pixels."""
    right, left = OUTER_EYE_CORNERS
    along = np.asarray(points[left, :2] - points[right, :2], np.float64)
    return np.array([along, [-along[1], along[0]]])


@cache
def _follow() -> Float64Array:
    """(75, 478) how much each point follows each handle: 1 at the handle, 0 beyond its reach."""
    on_skin = len(HANDLES) - len(_PUPILS)
    reach = np.array([[reach] for _, reach, points in _PARTS for _ in points])
    distance = _along_the_skin(HANDLE_POINTS[:on_skin]) / reach
    follow = np.zeros((len(HANDLES), ALL_POINTS))
    follow[:on_skin, :SKIN_POINTS] = np.clip(1 - distance, 0, None) ** 4 * (4 * np.minimum(distance, 1) + 1)
    for row, (eye, iris) in enumerate(EYES, on_skin):
        # An eyeball goes with its opening as a whole; a lid that is moved alone hardly moves it.
        follow[:on_skin, list(iris)] = follow[:on_skin, eye.contour].mean(axis=1, keepdims=True)
        follow[row, list(iris)] = 1
    return follow


def _along_the_skin(points: tuple[int, ...]) -> Float64Array:
    """(n, 468) distances from some points over the edges of the canonical face, in outer-eye distances."""
    skin = canonical_skin()
    edges = np.unique(skin_triangles()[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=0)
    lengths = np.linalg.norm(skin[edges[:, 0]] - skin[edges[:, 1]], axis=1)
    graph = coo_array((lengths, (edges[:, 0], edges[:, 1])), shape=(SKIN_POINTS, SKIN_POINTS)).tocsr()
    right, left = OUTER_EYE_CORNERS
    distances = dijkstra(graph, directed=False, indices=list(points))
    return np.asarray(distances / np.linalg.norm(skin[right] - skin[left]), np.float64)
