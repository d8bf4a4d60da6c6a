"""Find a loop in a clip: the stretch whose end looks most like its beginning.

End and beginning are blended over some frames (see `playback`). So two runs of frames are compared, not two frames:
they must look alike and move alike.
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import ibug_68, outer_eye_distance
from ..imaging.arrays import BoolArray, Float64Array, IntArray
from ..records.performance import Performance

EXPRESSION_WEIGHT = 0.5
"""Weight of the 52 expression scores against points in outer-eye distances."""

MOST_FRAMES = 1500
"""Largest number of frames that are tried as a beginning. In a longer clip every second frame is tried, or every third,
and so on: it limits the time."""


def find_loop(performance: Performance, seam: int, shortest: int) -> tuple[int, int]:
    """Find the in and out point of the loop whose seam is least visible.

    Parameters
    ----------
    performance : Performance
    seam : int
        Number of frames over which end and beginning are blended.
    shortest : int
        Least number of frames from the in to the out point, both included; at least twice `seam` is taken.

    Returns
    -------
    tuple of two int
        Frame numbers of the in and the out point, from 1.

    Raises
    ------
    ValueError
        If the clip has fewer frames than the shortest loop.

    References
    ----------
    .. [1] A. Schoedl, R. Szeliski, D. H. Salesin, I. Essa, *Video textures*, SIGGRAPH 2000; here on points and
       expression scores in place of pixels.
    """
    count = performance.frame_count
    seam = max(seam, 1)
    shortest = max(shortest, 2 * seam)
    if count < shortest:
        raise ValueError(f"has {count} frames; a loop of {shortest} needs more")
    features = _features(performance)
    stride = -(-count // MOST_FRAMES)
    beginnings = np.arange(0, count - shortest + 1, stride)
    ends = np.arange(shortest - seam, count - seam + 1, stride)
    cost = np.zeros((len(beginnings), len(ends)))
    for step in range(seam):
        cost += _squared_distances(features[beginnings + step], features[ends + step])
    missing = _lacks_face(performance, beginnings, seam)[:, None] | _lacks_face(performance, ends, seam)
    cost += np.where(missing, cost.max(), 0)
    cost[ends[None] + seam - beginnings[:, None] < shortest] = np.inf
    begin, end = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return int(beginnings[begin]) + 1, int(ends[end]) + seam


def _features(performance: Performance) -> Float64Array:
    """(n, k) features of each frame: points in outer-eye distances, and weighted expression scores."""
    points = ibug_68(performance.points)[..., :2] / outer_eye_distance(performance.neutral_points)
    spread = points.reshape(len(points), -1) / np.sqrt(points.shape[1])
    scores = EXPRESSION_WEIGHT * performance.blendshapes / np.sqrt(performance.blendshapes.shape[1])
    return np.concatenate([spread, scores], axis=1, dtype=np.float64)


def _squared_distances(one: Float64Array, other: Float64Array) -> Float64Array:
    """(n, m) squared distances between the rows of two arrays."""
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2 * one @ other.T, 0))


def _lacks_face(performance: Performance, starts: IntArray, seam: int) -> BoolArray:
    """(n,) whether the face was not found in some frame of each run."""
    return np.asarray([not performance.found[start : start + seam].all() for start in starts])
