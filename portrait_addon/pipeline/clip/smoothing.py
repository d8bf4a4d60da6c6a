"""Step 1: remove the tracker's jitter from a clip, without lag and without removing blinks.

Head motion and expression are smoothed separately: the best similarity from the first frame to each frame, and the
remaining shape. A bilateral filter along time averages neighbouring frames whose difference does not exceed the clip's
own noise: a resting face becomes still, and motion stays sharp. The window is symmetric (zero phase); it narrows at the
ends of the clip.
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
"""Standard deviation of the window in seconds: one frame at 25 frames per second. Longer windows remove blinks."""

NOISE_RANGE = 3.0
"""Range of the bilateral filter, in standard deviations of the noise; larger differences are motion."""

BLOCK, MEDIANS = 100, 16
"""Number of frames that are filtered at a time, and of points whose medians are computed at a time; the result does
not depend on them, only the memory."""


def smooth_points(points: Float32Array, times: Float64Array) -> Float32Array:
    """Remove the tracker's jitter from the points of a clip.

    Parameters
    ----------
    points : (n, 478, 3) float32 array
        Tracked points in pixels, of every frame.
    times : (n,) float64 array
        Seconds, increasing.

    Returns
    -------
    (n, 478, 3) float32 array
        Smoothed points in pixels, mapped to a temporary file; `points` itself if n is below 3.

    Raises
    ------
    InputError
        If the disk of the temporary files is full.

    References
    ----------
    .. [1] C. Tomasi, R. Manduchi, *Bilateral filtering for gray and color images*, ICCV 1998; here along time, with
       our own parameters.
    """
    if len(points) < 3:
        return points
    sigma = _window(times)
    skull = list(SKULL)
    heads = [best_similarity(points[0, skull, :2], frame[skull, :2]) for frame in points]
    raw = DiskArrayBuilder(np.float64)
    for head, frame in zip(heads, points, strict=True):
        raw.append(_to_head_space(head, frame))
    shapes = _bilateral(raw.array(ALL_POINTS, 3), sigma, _neighbourhoods())
    centre = points[0, skull, :2].astype(np.float64).mean(axis=0)
    motion = _bilateral(_motion_of(heads, points[0], centre), sigma, csr_array(np.full((1, 4), 0.25)))
    smooth = DiskArrayBuilder(np.float32)
    for head, shape in zip(_heads_of(motion, points[0], centre), shapes, strict=True):
        smooth.append(_from_head_space(head, shape))
    return smooth.array(ALL_POINTS, 3)


def smooth_in_time(values: Float32Array, times: Float64Array) -> Float32Array:
    """Smooth blendshapes, or what is registered, with a Gaussian of the same window.

    A Gaussian is enough: blendshapes do not move pixels, and what is registered moves them by little.

    Parameters
    ----------
    values : (n, ...) float32 array
        Of every frame.
    times : (n,) float64 array
        Seconds, increasing.

    Returns
    -------
    (n, ...) float32 array
        Within the range of `values`; `values` itself if n is below 3.
    """
    if len(values) < 3:
        return values
    return np.asarray(gaussian_filter1d(values, _window(times), axis=0, mode="nearest"), np.float32)


def _window(times: Float64Array) -> float:
    """Standard deviation of the window, in frames."""
    return WINDOW_SECONDS / max(float(np.median(np.diff(times))), 1e-6)


def _to_head_space(head: Similarity, points: Points) -> Float64Array:
    """Points of a frame without the head's motion since the first frame."""
    return np.column_stack([head.inverse(points[:, :2]), points[:, 2] / head.scale])


def _from_head_space(head: Similarity, points: Float64Array) -> Float64Array:
    """Inverse of `_to_head_space`."""
    return np.column_stack([head(points[:, :2]), points[:, 2] * head.scale])


def _motion_of(heads: list[Similarity], first: Points, centre: Float64Array) -> Float64Array:
    """(n, 4, 1) rotation, log scale, and translation in x and y of the head, all in pixels at the head's radius."""
    radius = _radius(first)
    angles = np.unwrap([np.arctan2(head.rotation[1, 0], head.rotation[0, 0]) for head in heads])
    log_scales = np.log([head.scale for head in heads])
    shifts = np.array([head(centre) - centre for head in heads])
    return np.column_stack([angles * radius, log_scales * radius, shifts])[..., None]


def _heads_of(motion: Float64Array, first: Points, centre: Float64Array) -> list[Similarity]:
    """Inverse of `_motion_of`."""
    radius = _radius(first)
    heads = []
    for angle, log_scale, *shift in motion[..., 0]:
        cos, sin = np.cos(angle / radius), np.sin(angle / radius)
        turn = Similarity(np.array([[cos, -sin], [sin, cos]]), float(np.exp(log_scale / radius)), np.zeros(2))
        heads.append(Similarity(turn.rotation, turn.scale, centre + np.array(shift) - turn(centre)))
    return heads


def _radius(points: Points) -> float:
    """Mean distance of points from their centre, in pixels."""
    return float(np.linalg.norm(points[:, :2] - points[:, :2].mean(axis=0), axis=1).mean())


def _bilateral(values: Float64Array, sigma: float, pooling: csr_array) -> Float64Array:
    """Bilateral filter along time.

    Parameters
    ----------
    values : (n, m, d) float64 array
        m vectors in n frames, in pixels.
    sigma : float
        Standard deviation of the window, in frames.
    pooling : (p, m) sparse array
        Weights, with rows that sum to 1, by which the differences of vectors are averaged; p is m, or 1 if all vectors
        share one difference.

    Returns
    -------
    (n, m, d) float64 array
        Mapped to a temporary file.
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
                # Lids and lips move as a whole: a point moves if the points round it move on average.
                difference = np.asarray(pooling @ ((neighbour - values[inner])[..., :2] ** 2).mean(axis=2).T).T
                excess = np.maximum(difference - 2 * noise, 0)
                weight = np.exp(-0.5 * (lag / sigma) ** 2 - excess / (2 * NOISE_RANGE**2 * noise))[..., None]
                total[own] += weight * neighbour
                weights[own] += weight
        smooth.append(total / weights)
    return smooth.array(*values.shape[1:])


def _noise_variance(values: Float64Array, pooling: csr_array) -> Float64Array:
    """(p,) variance of the jitter, from the median squared second difference, in which smooth motion vanishes."""
    pooled = DiskArrayBuilder(np.float64)
    for block in _blocks(len(values) - 2):
        around = values[block.start : block.stop + 2, :, :2]
        second = around[2:] - 2 * around[1:-1] + around[:-2]
        pooled.append(np.asarray(pooling @ (second**2).mean(axis=2).T / 6).T)
    every = pooled.array(pooling.shape[0])
    medians = [np.median(every[:, points], axis=0) for points in _blocks(every.shape[1], MEDIANS)]
    return np.asarray(np.maximum(np.concatenate(medians), 1e-8))


def _blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices of `size` rows, so that a long clip does not fill the memory."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


@cache
def _neighbourhoods() -> csr_array:
    """(478, 478) weights that average a point and the points within two edges; an iris's points are one edge apart."""
    triangles = skin_triangles()
    rows = np.concatenate([triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()])
    columns = np.concatenate([triangles[:, [1, 2, 0]].ravel(), triangles[:, [0, 1, 2]].ravel()])
    for _, iris in EYES:
        rows = np.concatenate([rows, np.repeat(iris, len(iris))])
        columns = np.concatenate([columns, np.tile(iris, len(iris))])
    edges = coo_array((np.ones(len(rows)), (rows, columns)), shape=(ALL_POINTS, ALL_POINTS)).tocsr()
    reach = ((edges + eye_array(ALL_POINTS)) @ (edges + eye_array(ALL_POINTS)) > 0).astype(np.float64)
    return csr_array(reach.multiply(1 / reach.sum(axis=1)[:, None]))
