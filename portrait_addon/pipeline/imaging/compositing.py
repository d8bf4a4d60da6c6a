"""Looking a picture up through a field, and laying one layer over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .arrays import BoolArray, Field, Float32Array, ImageArray, UInt8Array
from .box import Box
from .colour import CURVE, brighten
from .raster import remap
from .sample_grid import SampleGrid

if TYPE_CHECKING:
    from ..frame.aov_writer import AovWriter
    from ..portrait.texture import PortraitTexture


STRIP_PIXELS = 1 << 17
"""A layer is laid over another in strips of about so many pixels."""


def remap_cells(
    composed: ImageArray, picture: ImageArray, grid: SampleGrid, samples: Field, wanted: BoolArray | None = None
) -> None:
    """Look a picture (h, w, c) up through a backward field into another, in place: everywhere, or in some cells."""
    for part in parts(grid, wanted, composed):
        part.cut(composed)[:] = remap(picture, grid.upsample(samples, part), cv2.INTER_LINEAR)


def warp_and_composite(
    composed: ImageArray,
    source: PortraitTexture,
    grid: SampleGrid,
    samples: Field,
    alpha: UInt8Array,
    curve_gain: Float32Array | None = None,
    record: AovWriter | None = None,
) -> None:
    """Look the portrait up through a field and lay it over `composed`, in place.

    Parameters
    ----------
    composed : (h, w, c) array
        The frame so far, of the size and type of the portrait.
    source : Source
    lattice : Lattice
        May reach beyond the picture.
    samples : (rows, columns, 2) array
        Backward field.
    alpha : (y, x) array
        0..255, how much of the layer is seen at each pixel that the lattice covers.
    curve_gain : (rows, columns, 3) array, optional
        By which the layer's blue, green and red are brightened; see `brighten`.
    record : PassRecorder, optional
        Is told what was laid over what.
    """
    places = source.places(samples)
    for strip in strips(grid.box.within(composed)):
        seen = np.flatnonzero(cv2.reduce(strip.of(alpha, grid.box), 0, cv2.REDUCE_MAX))
        if not len(seen):
            continue
        part = replace(strip, left=strip.left + int(seen[0]), right=strip.left + int(seen[-1]) + 1)
        layer = source.sharp(grid.upsample(places, part))
        over = part.of(alpha, grid.box)
        brightness = None if curve_gain is None else grid.upsample(curve_gain, part)
        shaded = layer if brightness is None else brighten(layer, brightness)
        if record is not None:
            positions, share = grid.upsample(samples, part), over.astype(np.float32) / 255
            light = None if brightness is None else np.asarray(cv2.pow(brightness, CURVE), np.float32)
            record.warped(part, positions, share, layer, shaded, light, part.cut(composed))
        composite_over(composed, part, shaded, over)


def composite_over(composed: ImageArray, box: Box, layer: ImageArray, alpha: UInt8Array) -> None:
    """Lay a layer (y, x, c) over a box of a composed picture, in place, by an alpha (y, x) of 0..255.

    Most of a layer hides what lies below, or is not there at all: only its rim is computed.
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


def alpha_blend(
    composed: ImageArray, box: Box, layer: Float32Array, alpha: Float32Array, record: AovWriter | None
) -> None:
    """Lay colours (y, x, c) that are not moved from the portrait over a box of a composed picture, in place."""
    if record is not None:
        record.patched(box, layer, alpha)
    region = box.cut(composed)
    blended = region + alpha[..., None] * (layer - region)
    region[:] = np.rint(blended) if region.dtype == np.uint8 else blended


def strips(box: Box) -> Iterator[Box]:
    """The rows of a box in strips.

    A strip stays in the processor's cache from one operation to the next, and needs no large arrays between them.
    """
    rows = max(1, STRIP_PIXELS // max(box.right - box.left, 1))
    for top in range(box.top, box.bottom, rows):
        yield replace(box, top=top, bottom=min(top + rows, box.bottom))


def parts(grid: SampleGrid, wanted: BoolArray | None, picture: ImageArray) -> Iterator[Box]:
    """Boxes of a picture that hold the wanted cells (rows, columns) of a lattice, or all; no larger than strips."""
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
