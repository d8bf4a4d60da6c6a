"""Warp a picture through a backward field, and composite one layer over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from .arrays import BoolArray, Field, Float32Array, ImageArray, UInt8Array
from .box import Box
from .raster import remap
from .sample_grid import SampleGrid

STRIP_PIXELS = 1 << 17
"""Target size of a strip, in pixels: what fits into a processor's cache. Only the speed depends on it."""


def remap_cells(
    composed: ImageArray, picture: ImageArray, grid: SampleGrid, samples: Field, wanted: BoolArray | None = None
) -> None:
    """Sample one picture through a backward field and write the result into another.

    Parameters
    ----------
    composed : (h, w, c) array
        Output; written in place.
    picture : (y, x, c) array
        Source; sampled with bilinear interpolation.
    grid : SampleGrid
        Grid over `composed`.
    samples : (rows, columns, 2) float32 array
        Positions x, y in `picture` for the samples of `grid`, in pixels.
    wanted : (rows, columns) bool array, optional
        Cells to write; by default all.
    """
    for part in parts(grid, wanted, composed):
        part.cut(composed)[:] = remap(picture, grid.upsample(samples, part), cv2.INTER_LINEAR)


def composite_over(composed: ImageArray, box: Box, layer: ImageArray, alpha: UInt8Array) -> None:
    """Composite a layer over a box of a picture.

    Most pixels of a layer are opaque or fully transparent: only the pixels in between are blended.

    Parameters
    ----------
    composed : (h, w, c) array
        Changed in place.
    box : Box
        Where the layer lies; within the picture.
    layer : (y, x, c) array
        Premultiplied, of the picture's type and the size of `box`.
    alpha : (y, x) uint8 array
        Opacity, 0..255.
    """
    cv2.copyTo(layer, cv2.inRange(alpha, 255, 255), box.cut(composed))  # type: ignore[call-overload]
    # In uint8 arithmetic 0 - 1 is 255, so that one comparison excludes both 0 and 255.
    rim = np.flatnonzero(np.subtract(alpha, 1, dtype=np.uint8) < 254)
    if len(rim):
        below_first = rim // alpha.shape[1] * (composed.shape[1] - alpha.shape[1])
        at = box.top * composed.shape[1] + box.left + rim + below_first
        pixels = composed.reshape(-1, composed.shape[2])
        opacity = (alpha.take(rim) / np.float32(255))[None]
        above, below = layer.reshape(-1, layer.shape[2]).take(rim, axis=0), pixels.take(at, axis=0)
        # As one long row: a row of its own for each pixel takes three times as long.
        pixels[at] = cv2.blendLinear(above[None], below[None], opacity, 1 - opacity)[0]


def on_channels(values: Float32Array, channels: int) -> Float32Array:
    """Repeat the values of a picture on several channels.

    NumPy would broadcast ``values[..., None]`` in loops of as many steps as there are channels, which is slow.

    Parameters
    ----------
    values : (h, w) float32 array
    channels : int
        At least 1.

    Returns
    -------
    (h, w, channels) float32 array
    """
    return np.asarray(cv2.merge([values] * channels), np.float32).reshape(*values.shape, channels)


def strips(box: Box) -> Iterator[Box]:
    """Divide a box into strips of whole rows.

    A strip is small enough to stay in the processor's cache from one operation to the next, so no large intermediate
    arrays are needed.

    Parameters
    ----------
    box : Box
        Rectangle to divide.

    Yields
    ------
    Box
        About `STRIP_PIXELS` pixels, from top to bottom.
    """
    rows = max(1, STRIP_PIXELS // max(box.right - box.left, 1))
    for top in range(box.top, box.bottom, rows):
        yield replace(box, top=top, bottom=min(top + rows, box.bottom))


def parts(grid: SampleGrid, wanted: BoolArray | None, picture: ImageArray) -> Iterator[Box]:
    """Find boxes that cover the wanted cells of a grid.

    Parameters
    ----------
    grid : SampleGrid
        Grid over the picture.
    wanted : (rows, columns) bool array or None
        Cells to cover; None means all.
    picture : (h, w, c) array
        Boxes are clipped to its size.

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
