"""Sizes and pictures brought to another scale."""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Float32Array, UInt8Array
from .box import Box

Size = tuple[int, int]
"""Width and height in pixels."""


def scale_within(size: Size, side: float) -> float:
    """Scale at which the longer side of a picture is at most `side`.

    Parameters
    ----------
    size : tuple of two int
        Width and height in pixels.
    side : float
        In pixels.

    Returns
    -------
    float
        At most 1.
    """
    return min(1.0, side / max(size))


def scaled_size(size: Size, scale: float) -> Size:
    """Size of a picture at another scale, at least one pixel either way.

    Parameters
    ----------
    size : tuple of two int
        Width and height in pixels.
    scale : float

    Returns
    -------
    tuple of two int

    Examples
    --------
    >>> scaled_size((300, 2), 0.1)
    (30, 1)
    """
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def size_within(size: Size, side: float) -> Size:
    """Size of a picture whose longer side is brought down to at most `side`.

    Parameters
    ----------
    size, side
        See `scale_within`.

    Returns
    -------
    tuple of two int

    Examples
    --------
    >>> size_within((400, 300), 200), size_within((40, 30), 200)
    ((200, 150), (40, 30))
    """
    return scaled_size(size, scale_within(size, side))


def downscale(picture: UInt8Array, size: Size) -> UInt8Array:
    """Make a picture smaller for measuring: fast, and without aliasing.

    It is halved as often as possible, which is exact and fast, and then sampled linearly. A side of odd length loses
    its last pixel when it is halved.

    Parameters
    ----------
    picture : (h, w) or (h, w, c) uint8 array
    size : tuple of two int
        Width and height wanted, no larger than the picture's.

    Returns
    -------
    (y, x) or (y, x, c) uint8 array
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
    """Part of a small array, upsampled as `cv2.resize` would upsample the whole array.

    Parameters
    ----------
    small : (y, x) or (y, x, c) float32 array
    part : Box
        Pixels wanted.
    whole : Box
        All pixels of the large picture; its corner is at (0, 0).

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
