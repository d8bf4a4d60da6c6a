"""Looking a picture up through a field, and laying one layer over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .arrays import Bytes, Field, Mask, Picture, Values
from .box import Box
from .colour import CURVE, brighten
from .raster import remap
from .sample_grid import Lattice

if TYPE_CHECKING:
    from ..frame.aov_writer import PassRecorder
    from ..portrait.source_image import Source


STRIP_PIXELS = 1 << 17
"""A layer is laid over another in strips of about so many pixels."""


def look_up(picture: Picture, field: Field, interpolation: int) -> Picture:
    """The picture seen through a backward field (h, w, 2); beyond its border the border is continued."""
    return remap(picture, field, interpolation)


def look_up_where(
    composed: Picture, picture: Picture, lattice: Lattice, samples: Field, wanted: Mask | None = None
) -> None:
    """Look a picture (h, w, c) up through a backward field into another, in place: everywhere, or in some cells."""
    for part in parts(lattice, wanted, composed):
        part.cut(composed)[:] = look_up(picture, lattice.enlarge(samples, part), cv2.INTER_LINEAR)


def lay_over(
    composed: Picture,
    source: Source,
    lattice: Lattice,
    samples: Field,
    alpha: Bytes,
    curve_gain: Values | None = None,
    record: PassRecorder | None = None,
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
    for strip in strips(lattice.box.within(composed)):
        seen = np.flatnonzero(cv2.reduce(strip.of(alpha, lattice.box), 0, cv2.REDUCE_MAX))
        if not len(seen):
            continue
        part = replace(strip, left=strip.left + int(seen[0]), right=strip.left + int(seen[-1]) + 1)
        layer = source.sharp(lattice.enlarge(places, part))
        over = part.of(alpha, lattice.box)
        brightness = None if curve_gain is None else lattice.enlarge(curve_gain, part)
        shaded = layer if brightness is None else brighten(layer, brightness)
        if record is not None:
            positions, share = lattice.enlarge(samples, part), over.astype(np.float32) / 255
            light = None if brightness is None else np.asarray(cv2.pow(brightness, CURVE), np.float32)
            record.warped(part, positions, share, layer, shaded, light, part.cut(composed))
        cover(composed, part, shaded, over)


def cover(composed: Picture, box: Box, layer: Picture, alpha: Bytes) -> None:
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


def blend_over(composed: Picture, box: Box, layer: Values, alpha: Values, record: PassRecorder | None) -> None:
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


def parts(lattice: Lattice, wanted: Mask | None, picture: Picture) -> Iterator[Box]:
    """Boxes of a picture that hold the wanted cells (rows, columns) of a lattice, or all; no larger than strips."""
    if wanted is None:
        yield from strips(lattice.box.within(picture))
        return
    rows = max(1, STRIP_PIXELS // (lattice.width * lattice.step))
    for first in range(0, lattice.rows, rows):
        last = min(first + rows, lattice.rows)
        inside = np.concatenate([[False], wanted[first:last].any(axis=0), [False]])
        for left, right in np.flatnonzero(inside[1:] != inside[:-1]).reshape(-1, 2).tolist():
            box = lattice.of_cells(left, first, right, last).within(picture)
            if not box.empty:
                yield box
