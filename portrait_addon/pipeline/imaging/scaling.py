"""Pictures made smaller for measuring: fast, and without aliasing."""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Float32Array, UInt8Array
from .box import Box


def downscale(picture: UInt8Array, size: tuple[int, int]) -> UInt8Array:
    """A picture at a smaller width and height.

    It is halved as often as it can be, which is exact and fast, and then looked up linearly. A side that cannot be
    halved loses its last pixel.
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
    """The part of a small array (h, w) or (h, w, c) as `cv2.resize` would bring it to the size of `whole`."""
    across, down = small.shape[1] / whole.right, small.shape[0] / whole.bottom
    to_small = np.array([
        [across, 0, (part.left + 0.5) * across - 0.5],
        [0, down, (part.top + 0.5) * down - 0.5],
    ])  # fmt: skip
    size = part.right - part.left, part.bottom - part.top
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(small, to_small, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)
