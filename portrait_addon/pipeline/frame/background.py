"""Step 2: a background that stays where it is while the person moves.

The portrait is two layers: the person, cut out with a margin, and a plate of what is behind. Where the person is, the
plate is filled (see `fill`); elsewhere it is the portrait itself. The person moves over the
plate, which keeps still, and what the head uncovers is the fill. Where the driver's camera moved, the plate moves as
what lies behind the driver does.

The cut lies in the background, a little off the person, and fades there: at rest the two layers are the portrait
exactly, and a lock of hair that the matte has missed is not cut off. Outside the moved cut-out the frame is the
portrait, value by value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..imaging.arrays import BoolArray, Field, ImageArray, Points, UInt8Array
from ..imaging.compositing import composite_over, parts, remap_cells, strips
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..portrait.layers import layered_portrait
from ..portrait.texture import PortraitTexture
from ..records.portrait import Portrait
from .warp_field import pin_border

if TYPE_CHECKING:
    from .aov_writer import AovWriter


def paint_held(
    composed: ImageArray,
    portrait: Portrait,
    source: PortraitTexture,
    grid: SampleGrid,
    surround: Field,
    behind_at: Field,
    uncovered: BoolArray,
) -> None:
    """Paint the portrait seen through the field of its surround, and its background through one of its own, in place.

    Parameters
    ----------
    composed : (h, w, c) array
    portrait : Portrait
    source : Source
    lattice : Lattice
        The surround's.
    surround : (rows, columns, 2) array
        Backward field of everything outside the face.
    behind_at : (rows, columns, 2) array
        From `background_map`.
    uncovered : (rows, columns) bool array
        Cells that need painting.
    """
    behind = layered_portrait(portrait)
    composed[:] = behind.plate
    if not np.array_equal(behind_at, grid.positions()):
        seen = _at_cells(behind.least, grid, surround, cv2.erode) < 255
        remap_cells(composed, behind.plate, grid, behind_at, seen & uncovered)
    person = _at_cells(behind.most, grid, surround, cv2.dilate) > 0
    for part in parts(grid, person & uncovered, composed):
        composite_over(composed, part, *behind.person_at(source.picture, grid.upsample(surround, part)))


def background_map(grid: SampleGrid, surround: Field, amount: float, camera: Points, size: tuple[int, int]) -> Field:
    """Where the background lies in the portrait.

    Parameters
    ----------
    lattice : Lattice
    surround : (rows, columns, 2) array
        Backward field of everything outside the face.
    amount : float
        0..1; below 1 the background takes part in the motion of what is before it by the rest.
    camera : (2,) array
        Displacement by the driver's camera, in pixels of the portrait; the portrait's border stays where it is.
    size : (width, height)
        Of the portrait.

    Returns
    -------
    (rows, columns, 2) float32 array
    """
    positions = grid.positions()
    held = positions
    if np.any(camera):
        held = pin_border(grid, np.asarray(positions - camera, np.float32), size)
    return held if amount == 1 else np.asarray(surround + np.float32(amount) * (held - surround), np.float32)


def record_held(
    portrait: Portrait,
    source: PortraitTexture,
    grid: SampleGrid,
    surround: Field,
    behind_at: Field,
    composed: ImageArray,
    record: AovWriter,
) -> None:
    """Tell a recorder how `paint_held` has come to its picture."""
    behind = layered_portrait(portrait)
    for part in strips(portrait.box):
        moved, places = grid.upsample(surround, part), grid.upsample(behind_at, part)
        record.held(
            part,
            places,
            remap(behind.cut, moved, cv2.INTER_LINEAR).astype(np.float32) / 255,
            remap(source.picture, moved, cv2.INTER_LINEAR),
            remap(source.picture, places, cv2.INTER_LINEAR),
            remap(behind.cut, places, cv2.INTER_NEAREST) == 255,
            part.cut(composed),
        )


def composite_still(
    composed: ImageArray, source: ImageArray, still: UInt8Array, record: AovWriter | None = None
) -> None:
    """Lay the unmoved portrait over a composed picture, in place, where `still` (h, w) is not 0."""
    height, width = still.shape
    places = SampleGrid(0, 0, 1, width, height)
    for part in strips(places.box):
        over = part.cut(still)
        if over.any():
            layer = part.cut(source)
            if record is not None:
                share = over.astype(np.float32) / 255
                record.warped(
                    part, part.of(places.positions(), places.box), share, layer, layer, None, part.cut(composed)
                )
                record.hidden(part, share)
            composite_over(composed, part, layer, over)


def _at_cells(cells: UInt8Array, grid: SampleGrid, places: Field, extreme: Callable[..., Any]) -> UInt8Array:
    """(rows, columns) extreme of the values of cells to which a field leads from each cell and its neighbours."""
    found = remap(cells, grid.to_cells(places).astype(np.float32), cv2.INTER_NEAREST)
    return np.asarray(extreme(found, np.ones((3, 3), np.uint8)), np.uint8)
