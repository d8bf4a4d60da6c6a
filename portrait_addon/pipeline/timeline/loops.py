"""A loop in any clip: the stretch whose end looks most like its beginning.

The end and the beginning are mixed over some frames (see `playback`), so not two frames are compared but two runs of
frames: they must look alike and move alike. After A. Schoedl et al., *Video textures*, SIGGRAPH 2000, on points and
expression scores in place of pixels.
"""

from __future__ import annotations

import numpy as np

from ..face.mesh import ibug_68, outer_eye_distance
from ..imaging.arrays import BoolArray, Float64Array, IntArray
from ..records.performance import Performance

EXPRESSION_WEIGHT = 0.5
"""Of the 52 expression scores, against points in outer-eye distances."""

MOST_FRAMES = 1500
"""Runs are looked for at most this many beginnings; in longer clips at every other frame, or every third, and so on."""


def find_loop(performance: Performance, seam: int, shortest: int) -> tuple[int, int]:
    """In and out point of the loop whose seam shows least.

    Parameters
    ----------
    performance : Performance
    seam : int
        Frames over which end and beginning are mixed.
    shortest : int
        Least number of frames from the in to the out point.

    Returns
    -------
    tuple of two int
        Numbers of frames.

    Raises
    ------
    ValueError
        If the clip has not so many frames.
    """
    count = performance.frame_count
    seam = max(seam, 1)
    shortest = max(shortest, 2 * seam)
    if count < shortest:
        raise ValueError(f"has {count} frames; a loop of {shortest} needs more")
    looks = _looks(performance)
    stride = -(-count // MOST_FRAMES)
    beginnings = np.arange(0, count - shortest + 1, stride)
    ends = np.arange(shortest - seam, count - seam + 1, stride)
    cost = np.zeros((len(beginnings), len(ends)))
    for step in range(seam):
        cost += _squared_distances(looks[beginnings + step], looks[ends + step])
    cost += np.where(_unseen(performance, beginnings, seam)[:, None] | _unseen(performance, ends, seam), cost.max(), 0)
    cost[ends[None] + seam - beginnings[:, None] < shortest] = np.inf
    begin, end = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return int(beginnings[begin]) + 1, int(ends[end]) + seam


def _looks(performance: Performance) -> Float64Array:
    """(n, k) what each frame looks like: points in outer-eye distances and expression scores, weighed."""
    points = ibug_68(performance.points)[..., :2] / outer_eye_distance(performance.neutral_points)
    spread = points.reshape(len(points), -1) / np.sqrt(points.shape[1])
    scores = EXPRESSION_WEIGHT * performance.blendshapes / np.sqrt(performance.blendshapes.shape[1])
    return np.concatenate([spread, scores], axis=1, dtype=np.float64)


def _squared_distances(one: Float64Array, other: Float64Array) -> Float64Array:
    """(n, m) squared distances between the rows of two arrays."""
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2 * one @ other.T, 0))


def _unseen(performance: Performance, starts: IntArray, seam: int) -> BoolArray:
    """(n,) whether a run of frames holds one without a face."""
    return np.asarray([not performance.found[start : start + seam].all() for start in starts])
