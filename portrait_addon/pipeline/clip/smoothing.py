"""Step 1: take the tracker's jitter out of a clip, without lag and without swallowing blinks.

Head motion and expression are smoothed apart: each frame's best similarity to the first frame, and the shape that it
leaves. Both go through a temporal bilateral filter: neighbours in time count as long as they differ by no more than
the clip's own noise, so that what rests becomes still and what moves stays sharp. The window is symmetric (zero
phase), also at the ends of the clip, where it narrows.

Source: the filter is C. Tomasi and R. Manduchi, *Bilateral filtering for gray and color images*, ICCV 1998, along
time; the choice of values is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_array, csr_array, eye_array

from ..face.mesh import ALL_POINTS, EYES, SKULL, skin_triangles
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.similarity import Similarity, best_similarity

WINDOW_SECONDS = 0.04
"""Standard deviation in time: one frame of a 25 frames-a-second clip. Longer windows swallow blinks."""

NOISE_RANGE = 8.0
"""Differences beyond this many standard deviations of the noise count as motion."""

BLOCK, MEDIANS = 100, 16
"""Frames, and points, that are worked on at a time."""


def smooth_points(points: Float32Array, times: Float64Array) -> Float32Array:
    """Tracked points of a clip without the tracker's jitter.

    Parameters
    ----------
    points : (n, 478, 3) array
        Pixels; no gaps.
    times : (n,) array
        Seconds, increasing.

    Returns
    -------
    (n, 478, 3) float32 array
    """
    if len(points) < 3:
        return points
    sigma = _window(times)
    skull = list(SKULL)
    heads = [best_similarity(points[0, skull, :2], frame[skull, :2]) for frame in points]
    raw = DiskArrayBuilder(np.float64)
    for head, frame in zip(heads, points, strict=True):
        raw.append(_into_head(head, frame))
    shapes = _bilateral(raw.array(ALL_POINTS, 3), sigma, _neighbourhoods())
    centre = points[0, skull, :2].astype(np.float64).mean(axis=0)
    motion = _bilateral(_motion_of(heads, points[0], centre), sigma, csr_array(np.full((1, 4), 0.25)))
    smooth = DiskArrayBuilder(np.float32)
    for head, shape in zip(_heads_of(motion, points[0], centre), shapes, strict=True):
        smooth.append(_out_of_head(head, shape))
    return smooth.array(ALL_POINTS, 3)


def smooth_blendshapes(blendshapes: Float32Array, times: Float64Array) -> Float32Array:
    """Blendshapes (n, 52) of a clip, through a Gaussian of the same window: they steer, and are not seen themselves."""
    if len(blendshapes) < 3:
        return blendshapes
    return np.asarray(gaussian_filter1d(blendshapes, _window(times), axis=0, mode="nearest"), np.float32)


def _window(times: Float64Array) -> float:
    """Standard deviation of the window in frames."""
    return WINDOW_SECONDS / max(float(np.median(np.diff(times))), 1e-6)


def _into_head(head: Similarity, points: Points) -> Float64Array:
    """Points of a frame as the first frame's head would show them."""
    return np.column_stack([head.inverse(points[:, :2]), points[:, 2] / head.scale])


def _out_of_head(head: Similarity, points: Float64Array) -> Float64Array:
    return np.column_stack([head(points[:, :2]), points[:, 2] * head.scale])


def _motion_of(heads: list[Similarity], first: Points, centre: Float64Array) -> Float64Array:
    """(n, 4, 1): turn, growth and shift of the head, each as pixels at the head's own size, so that they compare."""
    radius = _radius(first)
    angles = np.unwrap([np.arctan2(head.rotation[1, 0], head.rotation[0, 0]) for head in heads])
    growth = np.log([head.scale for head in heads])
    shifts = np.array([head(centre) - centre for head in heads])
    return np.column_stack([angles * radius, growth * radius, shifts])[..., None]


def _heads_of(motion: Float64Array, first: Points, centre: Float64Array) -> list[Similarity]:
    """The inverse of `_motion_of`."""
    radius = _radius(first)
    heads = []
    for angle, growth, *shift in motion[..., 0]:
        cos, sin = np.cos(angle / radius), np.sin(angle / radius)
        turn = Similarity(np.array([[cos, -sin], [sin, cos]]), float(np.exp(growth / radius)), np.zeros(2))
        heads.append(Similarity(turn.rotation, turn.scale, centre + np.array(shift) - turn(centre)))
    return heads


def _radius(points: Points) -> float:
    return float(np.linalg.norm(points[:, :2] - points[:, :2].mean(axis=0), axis=1).mean())


def _bilateral(values: Float64Array, sigma: float, pooling: csr_array) -> Float64Array:
    """Temporal bilateral filter.

    Parameters
    ----------
    values : (n, m, d) array
        n frames of m vectors.
    sigma : float
        Standard deviation in frames.
    pooling : (p, m) sparse array
        Rows sum to one: whose differences decide together; p is m, or 1 where all decide as one.
    """
    frames = len(values)
    noise = _noise_variance(values, pooling)
    lags = range(1, min(int(np.ceil(2.5 * sigma)), (frames - 1) // 2) + 1)
    smooth = DiskArrayBuilder(np.float64)
    for block in _blocks(frames):
        total, weights = values[block].copy(), np.ones((block.stop - block.start, values.shape[1], 1))
        for lag in lags:
            inner = slice(max(block.start, lag), min(block.stop, frames - lag))  # narrower at the clip's ends
            if inner.start >= inner.stop:
                continue
            own = slice(inner.start - block.start, inner.stop - block.start)
            for shift in (lag, -lag):
                neighbour = values[inner.start + shift : inner.stop + shift]
                # Lids and lips move as one: what a point's surroundings do decides whether it moves.
                difference = np.asarray(pooling @ ((neighbour - values[inner])[..., :2] ** 2).mean(axis=2).T).T
                excess = np.maximum(difference - 2 * noise, 0)
                weight = np.exp(-0.5 * (lag / sigma) ** 2 - excess / (2 * NOISE_RANGE**2 * noise))[..., None]
                total[own] += weight * neighbour
                weights[own] += weight
        smooth.append(total / weights)
    return smooth.array(*values.shape[1:])


def _noise_variance(values: Float64Array, pooling: csr_array) -> Float64Array:
    """(p,) variance of the jitter, from the median second difference: motion is smooth at that scale, noise is not."""
    pooled = DiskArrayBuilder(np.float64)
    for block in _blocks(len(values) - 2):
        around = values[block.start : block.stop + 2, :, :2]
        second = around[2:] - 2 * around[1:-1] + around[:-2]
        pooled.append(np.asarray(pooling @ (second**2).mean(axis=2).T / 6).T)
    every = pooled.array(pooling.shape[0])
    medians = [np.median(every[:, points], axis=0) for points in _blocks(every.shape[1], MEDIANS)]
    return np.asarray(np.maximum(np.concatenate(medians), 1e-8))


def _blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """So many rows at a time: a long clip does not fill the memory."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


@cache
def _neighbourhoods() -> csr_array:
    """(478, 478) rows that average over a point and the points within two edges of it; an iris goes as one."""
    triangles = skin_triangles()
    rows = np.concatenate([triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()])
    columns = np.concatenate([triangles[:, [1, 2, 0]].ravel(), triangles[:, [0, 1, 2]].ravel()])
    for _, iris in EYES:
        rows = np.concatenate([rows, np.repeat(iris, len(iris))])
        columns = np.concatenate([columns, np.tile(iris, len(iris))])
    edges = coo_array((np.ones(len(rows)), (rows, columns)), shape=(ALL_POINTS, ALL_POINTS)).tocsr()
    reach = ((edges + eye_array(ALL_POINTS)) @ (edges + eye_array(ALL_POINTS)) > 0).astype(np.float64)
    return csr_array(reach.multiply(1 / reach.sum(axis=1)[:, None]))
