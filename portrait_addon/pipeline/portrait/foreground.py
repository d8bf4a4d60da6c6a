"""The colours of a person without the old background's, where hair lets some of it through.

A pixel of a soft edge mixes foreground F and background B: ``I = a F + (1 - a) B``. Laid over another background with
its mixed colour, it would carry a fringe of the old one. F and B are those that explain the picture and change least
from pixel to pixel, most freely where the matte is flat [1]_. They are solved for on a pyramid from coarse to fine, so
that colours of certain pixels reach the uncertain ones in few steps.

References
----------
.. [1] T. Germer, T. Uelwer, S. Conrad, S. Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020,
   arXiv:2006.14970.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, ImageArray, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import white_level
from ..imaging.compositing import strips
from ..imaging.scaling import Size, scaled_size, size_within, upsample_region

SOLVED_SIDE = 2048
"""Longer side of the copy on which both are solved for, in pixels. Larger pictures are corrected pixel by pixel."""

SMOOTH = 1e-5
"""Least weight of the smoothness between two pixels [1]."""

ACROSS_EDGES = 1.0
"""Further weight of the smoothness for each step of the matte between them [1]."""

COARSE_SIDE = 32
"""Longer side up to which a level is coarse, in pixels [1]."""

COARSE_ROUNDS, FINE_ROUNDS = 10, 2
"""Rounds of the solution on coarse and on fine levels [1]."""


def foreground_colours(picture: ImageArray, matte: UInt8Array) -> ImageArray:
    """Estimate the colours of the foreground alone.

    Parameters
    ----------
    picture : (h, w, 3) array
        BGR as encoded; uint8, uint16 or float32.
    matte : (h, w) uint8 array
        255 on the foreground, 0 on the background.

    Returns
    -------
    (h, w, 3) array
        Of the picture's type; the picture itself where the matte is 255.
    """
    white = white_level(picture)
    height, width = matte.shape
    whole, size = Box(0, 0, width, height), size_within((width, height), SOLVED_SIDE)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / white
    alpha = cv2.resize(matte, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    front, behind = _solve(small, alpha)
    colours = np.empty_like(picture)
    for part in strips(whole):
        share = (part.cut(matte).astype(np.float32) / np.float32(255))[..., None]
        here, there = upsample_region(front, part, whole), upsample_region(behind, part, whole)
        missed = part.cut(picture).astype(np.float32) / white - share * here - (1 - share) * there
        values = white * np.maximum(here + share * missed / (share**2 + (1 - share) ** 2), 0)
        part.cut(colours)[:] = values if picture.dtype == np.float32 else np.rint(np.minimum(values, white))
    return colours


def _solve(picture: Float32Array, alpha: Float32Array) -> tuple[Float32Array, Float32Array]:
    """(h, w, 3) foreground and background of a picture 0..1 with its matte 0..1."""
    height, width = alpha.shape
    levels = int(np.ceil(np.log2(max(height, width))))
    front = behind = picture.mean(axis=(0, 1), keepdims=True)
    for level in range(levels + 1):
        size = scaled_size((width, height), max(height, width) ** (level / levels - 1) if levels else 1)
        seen, share = (_resized(of, size, cv2.INTER_AREA) for of in (picture, alpha))
        front, behind = (_resized(of, size, cv2.INTER_NEAREST) for of in (front, behind))
        rounds = COARSE_ROUNDS if max(size) <= COARSE_SIDE else FINE_ROUNDS
        front, behind = _smoothed(seen, share, front, behind, rounds)
    return front, behind


def _resized(values: Float32Array, size: Size, way: int) -> Float32Array:
    return np.asarray(cv2.resize(values, size, interpolation=way), np.float32)


def _smoothed(
    picture: Float32Array, alpha: Float32Array, front: Float32Array, behind: Float32Array, rounds: int
) -> tuple[Float32Array, Float32Array]:
    """Rounds of a level: in each, both colours of every pixel are solved for with its neighbours' as they are."""
    around = np.pad(alpha, 1, mode="edge")
    weights = [
        np.asarray(SMOOTH + ACROSS_EDGES * np.abs(alpha - neighbour), np.float32)[..., None]
        for neighbour in _neighbours(around)
    ]
    a, b, total = alpha[..., None], 1 - alpha[..., None], np.sum(weights, axis=0, dtype=np.float32)
    of_front, of_both, of_behind = a * a + total, a * b, b * b + total
    determinant = of_front * of_behind - of_both**2
    for _ in range(rounds):
        pull_front, pull_behind = (
            sum(weight * near for weight, near in zip(weights, _neighbours(_continued(layer)), strict=True))
            for layer in (front, behind)
        )
        wanted_front, wanted_behind = a * picture + pull_front, b * picture + pull_behind
        front = np.clip((of_behind * wanted_front - of_both * wanted_behind) / determinant, 0, None)
        behind = np.clip((of_front * wanted_behind - of_both * wanted_front) / determinant, 0, None)
    return front, behind


def _continued(layer: Float32Array) -> Float32Array:
    return np.pad(layer, ((1, 1), (1, 1), (0, 0)), mode="edge")


def _neighbours(around: Float32Array) -> list[Float32Array]:
    """The four neighbours of every pixel, of an array with a margin of one."""
    return [around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]]
