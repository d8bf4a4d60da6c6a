"""Sizes and pictures at another scale."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from .arrays import Float32Array, Float64Array, Points, UInt8Array
from .box import Box

Size = tuple[int, int]
"""Width and height, in pixels."""


def scale_within(size: Size, side: float) -> float:
    """Scale at which the longer side of a picture is at most `side`.

    Parameters
    ----------
    size : tuple of two int
        Width and height in pixels.
    side : float
        Longest side allowed, in pixels.

    Returns
    -------
    float
        At most 1.

    Examples
    --------
    >>> scale_within((400, 300), 200), scale_within((40, 30), 200)
    (0.5, 1.0)
    """
    return min(1.0, side / max(size))


def scaled_size(size: Size, scale: float) -> Size:
    """Size of a picture at another scale.

    Parameters
    ----------
    size : tuple of two int
        Width and height in pixels.
    scale : float
        Factor on both sides, above 0.

    Returns
    -------
    tuple of two int
        Width and height in pixels, each at least 1.

    Examples
    --------
    >>> scaled_size((300, 2), 0.1)
    (30, 1)
    """
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def size_within(size: Size, side: float) -> Size:
    """Size of a picture that is reduced until its longer side is at most `side`.

    Parameters
    ----------
    size : tuple of two int
        Width and height in pixels.
    side : float
        Longest side allowed, in pixels.

    Returns
    -------
    tuple of two int
        Width and height in pixels, each at least 1.

    Examples
    --------
    >>> size_within((400, 300), 200), size_within((40, 30), 200)
    ((200, 150), (40, 30))
    """
    return scaled_size(size, scale_within(size, side))


def scaled_points(points: Points, before: ArrayLike, after: ArrayLike) -> Float64Array:
    """Move points of a picture to where they are in the same picture of another size.

    Parameters
    ----------
    points : (n, 2) array
        In pixels of the picture.
    before, after : (2,) array
        Width and height of both pictures in pixels.

    Returns
    -------
    (n, 2) float64 array
        In pixels of the other picture.

    Examples
    --------
    >>> scaled_points(np.array([[-0.5, 1.5]]), (4, 4), (2, 8))
    array([[-0.5,  3.5]])
    """
    factors = np.asarray(after) / np.asarray(before)
    return np.asarray((points + 0.5) * factors - 0.5, np.float64)


def downscale(picture: UInt8Array, size: Size) -> UInt8Array:
    """Reduce a picture for measurements: fast and without aliasing.

    The picture is halved as often as possible, by averaging, and then sampled linearly. A side of odd length loses its
    last pixel at each halving.

    Parameters
    ----------
    picture : (h, w) or (h, w, c) uint8 array
        Picture to reduce.
    size : tuple of two int
        Target width and height in pixels, no larger than the picture's.

    Returns
    -------
    (y, x) or (y, x, c) uint8 array
        The input array itself if it has the target size.
    """
    while picture.shape[1] >= 2 * size[0] and picture.shape[0] >= 2 * size[1]:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        picture = np.asarray(
            cv2.resize(picture[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA), np.uint8
        )
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def upsample_region(small: Float32Array, part: Box, whole: Box) -> Float32Array:
    """Upsample the part of a small array that covers a box.

    The values equal those of `cv2.resize` applied to the whole array and then cropped, up to rounding.

    Parameters
    ----------
    small : (y, x) or (y, x, c) float32 array
        Array to upsample.
    part : Box
        Pixels to compute.
    whole : Box
        All pixels of the large picture; its corner is (0, 0).

    Returns
    -------
    (h, w) or (h, w, c) float32 array
        Of the size of `part`.
    """
    across, down = small.shape[1] / whole.right, small.shape[0] / whole.bottom
    to_small = np.array([
        [across, 0, (part.left + 0.5) * across - 0.5],
        [0, down, (part.top + 0.5) * down - 0.5],
    ])  # fmt: skip
    size = part.right - part.left, part.bottom - part.top
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(small, to_small, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)
