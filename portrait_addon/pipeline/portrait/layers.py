"""A portrait taken apart into two layers: the person, and a clean plate of what is behind.

The person is cut out with a margin. Where the person is, the plate is filled (see ``clean_plate``); elsewhere it is the
portrait itself. The cut lies in the background, a little off the person, and fades there: at rest the two layers are
the portrait exactly, and a lock of hair that the matte has missed is not cut off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL
from ..imaging.arrays import Field, ImageArray, UInt8Array
from ..imaging.compositing import composite_over, strips
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.scaling import upsample_region
from ..records.portrait import Portrait
from .clean_plate import Fill
from .matte import person_matte
from .surround_grid import surround_grid
from .texture import LARGEST, portrait_texture

PERSON = 0.04
"""From this value of the matte on a pixel is the person's."""

LEAST_FACE = 0.9
"""Share of the face that a matte must cover to be believed."""

MARGIN = 0.03
"""Background that is cut out with the person, in outer-eye distances; over it the plate changes into the fill."""

FADE = 0.06
"""Width over which the cut fades outside of that."""

MEASURED_SIDE = 2048
"""Longer side of the copy on which distances from the person are measured, in pixels."""

NEAR = 2
"""Cells of the surround's lattice by which a field may miss the cell in whose midst it is asked."""


@dataclass(frozen=True, eq=False)
class LayeredPortrait:
    """A portrait taken apart.

    Attributes
    ----------
    cut : (h, w) uint8 array
        The person with a margin, 0..255.
    plate : (h, w, c) array
        What is behind, as worked on; the portrait itself where `cut` is less than 255.
    joined : (h, w, 4) array, optional
        Opaque colours with `cut` for an alpha: one lookup finds both. None if the picture has an alpha of its own, or
        if they would be too large.
    most, least : (rows, columns) uint8 arrays
        The largest and the smallest value of `cut` in each cell of the surround's lattice and in `NEAR` cells around.
    """

    cut: UInt8Array = field(repr=False)
    plate: ImageArray = field(repr=False)
    joined: ImageArray | None = field(repr=False)
    most: UInt8Array = field(repr=False)
    least: UInt8Array = field(repr=False)

    def person_at(self, source: ImageArray, places: Field) -> tuple[ImageArray, UInt8Array]:
        """Colours (y, x, c) of the portrait, and the cut (y, x), seen through a field."""
        if self.joined is None:
            cut = remap(self.cut, places, cv2.INTER_LINEAR)
            return remap(source, places, cv2.INTER_LINEAR), np.asarray(cut, np.uint8)
        seen = remap(self.joined, places, cv2.INTER_LINEAR)
        colours = cast(ImageArray, cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR))
        alpha = cv2.extractChannel(seen, 3)
        return colours, np.asarray(alpha if alpha.dtype == np.uint8 else np.rint(alpha), np.uint8)


def _person(portrait: Portrait) -> UInt8Array:
    """(h, w) 255 on the person; everywhere, if the matte misses the face: a head must not be left behind."""
    person = np.uint8(255) * (person_matte(portrait) > np.uint8(255 * PERSON))
    face = np.zeros_like(person)
    cv2.fillPoly(face, [np.round(portrait.points[list(FACE_OVAL), :2]).astype(np.int32)], (255,))
    size = cv2.countNonZero(face)
    found = cv2.countNonZero(cv2.bitwise_and(person, face, dst=face)) >= LEAST_FACE * max(size, 1)
    return person if found else np.full_like(person, 255)


@lru_cache(maxsize=4)
def layered_portrait(portrait: Portrait) -> LayeredPortrait:
    """Take a portrait apart, once; distances and the fill are smooth, and made on small copies."""
    width, height = portrait.size
    shrink = min(1.0, MEASURED_SIDE / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    person = cv2.resize(_person(portrait), size, interpolation=cv2.INTER_AREA)
    distance = cv2.distanceTransform(np.uint8(255) * (person == 0), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = np.asarray(distance / np.float32(shrink * portrait.unit), np.float32)
    source = portrait_texture(portrait).picture
    fill = Fill.behind(source, distance, portrait.unit, MARGIN)
    cut, plate = np.empty((height, width), np.uint8), source.copy()
    for part in strips(portrait.box):
        away = upsample_region(distance, part, portrait.box)
        fade = np.clip((MARGIN + FADE - away) / FADE, 0, 1)
        part.cut(cut)[:] = np.rint(255 * fade * fade * (3 - 2 * fade))
        share = np.rint(255 * np.clip(1 - away / MARGIN, 0, 1)).astype(np.uint8)
        if share.any():
            layer = fill.part(part, portrait.box)
            composite_over(plate, part, np.rint(layer).astype(np.uint8) if plate.dtype == np.uint8 else layer, share)
    can_join = source.shape[2] == 3 and cut.size * 4 * source.itemsize <= LARGEST
    joined = cast(ImageArray, np.dstack([source, cut.astype(source.dtype)])) if can_join else None
    cells, around = _in_cells(cut, surround_grid(portrait)), np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    most, least = cv2.dilate(cells.max(axis=(1, 3)), around), cv2.erode(cells.min(axis=(1, 3)), around)
    return LayeredPortrait(cut, plate, joined, np.asarray(most, np.uint8), np.asarray(least, np.uint8))


def _in_cells(picture: UInt8Array, grid: SampleGrid) -> UInt8Array:
    """(rows, step, columns, step) the pixels of every cell of a lattice, the picture's border continued."""
    height, width = picture.shape
    sides = (-grid.top, grid.box.bottom - height, -grid.left, grid.box.right - width)
    wider = cv2.copyMakeBorder(picture, *sides, cv2.BORDER_REPLICATE)
    return np.asarray(wider.reshape(grid.rows, grid.step, grid.columns, grid.step), np.uint8)
