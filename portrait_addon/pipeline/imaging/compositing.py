"""Sampling a picture through a field, and laying one layer over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from .arrays import BoolArray, Field, ImageArray, UInt8Array
from .box import Box
from .raster import remap
from .sample_grid import SampleGrid

STRIP_PIXELS = 1 << 17
"""Pixels of a strip."""


def remap_cells(
    composed: ImageArray, picture: ImageArray, grid: SampleGrid, samples: Field, wanted: BoolArray | None = None
) -> None:
    """Sample a picture through a backward field into another, everywhere or in some cells.

    Parameters
    ----------
    composed : (h, w, c) array
        Written to in place.
    picture : (y, x, c) array
        Sampled linearly.
    grid : SampleGrid
    samples : (rows, columns, 2) float32 array
        Positions in `picture` at the grid's samples.
    wanted : (rows, columns) bool array, optional
        Cells that are written to; all if left out.
    """
    for part in parts(grid, wanted, composed):
        part.cut(composed)[:] = remap(picture, grid.upsample(samples, part), cv2.INTER_LINEAR)


def composite_over(composed: ImageArray, box: Box, layer: ImageArray, alpha: UInt8Array) -> None:
    """Lay a layer over a box of a picture.

    Most of a layer is opaque or fully transparent: only its rim is computed.

    Parameters
    ----------
    composed : (h, w, c) array
        Painted on in place.
    box : Box
        Within the picture.
    layer : (y, x, c) array
        Premultiplied, of the picture's type.
    alpha : (y, x) uint8 array
        0..255.
    """
    cv2.copyTo(layer, cv2.inRange(alpha, 255, 255), box.cut(composed))  # type: ignore[call-overload]
    # As unsigned numbers, 0 less 1 is more than 254.
    rim = np.flatnonzero(np.subtract(alpha, 1, dtype=np.uint8) < 254)
    if len(rim):
        row, column = np.divmod(rim, alpha.shape[1])
        at = (box.top + row) * composed.shape[1] + box.left + column
        pixels = composed.reshape(-1, composed.shape[2])
        share = alpha.take(rim) / np.float32(255)
        above, below = layer.reshape(-1, layer.shape[2]).take(rim, axis=0), pixels.take(at, axis=0)
        pixels[at] = cv2.blendLinear(above[:, None], below[:, None], share, 1 - share)[:, 0]


def strips(box: Box) -> Iterator[Box]:
    """Divide the rows of a box into strips.

    A strip stays in the processor's cache from one operation to the next, and needs no large arrays between them.

    Parameters
    ----------
    box : Box

    Yields
    ------
    Box
        About `STRIP_PIXELS` pixels, from top to bottom.
    """
    rows = max(1, STRIP_PIXELS // max(box.right - box.left, 1))
    for top in range(box.top, box.bottom, rows):
        yield replace(box, top=top, bottom=min(top + rows, box.bottom))


def parts(grid: SampleGrid, wanted: BoolArray | None, picture: ImageArray) -> Iterator[Box]:
    """Find boxes of a picture that hold the wanted cells of a grid.

    Parameters
    ----------
    grid : SampleGrid
    wanted : (rows, columns) bool array, optional
        All cells if left out.
    picture : (h, w, c) array

    Yields
    ------
    Box
        Within the picture, no larger than a strip.
    """
    if wanted is None:
        yield from strips(grid.box.within(picture))
        return
    rows = max(1, STRIP_PIXELS // (grid.width * grid.step))
    for first in range(0, grid.rows, rows):
        last = min(first + rows, grid.rows)
        inside = np.concatenate([[False], wanted[first:last].any(axis=0), [False]])
        for left, right in np.flatnonzero(inside[1:] != inside[:-1]).reshape(-1, 2).tolist():
            box = grid.of_cells(left, first, right, last).within(picture)
            if not box.empty:
                yield box
