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

from ..imaging.arrays import Bytes, Field, Mask, Picture, Points
from ..imaging.compositing import cover, look_up, look_up_where, parts, strips
from ..imaging.raster import remap
from ..imaging.sample_grid import Lattice
from ..portrait.layers import backdrop
from ..portrait.source_image import Source
from ..records.portrait import Portrait
from .warp_field import hold_border

if TYPE_CHECKING:
    from .aov_writer import PassRecorder


def paint_held(
    composed: Picture,
    portrait: Portrait,
    source: Source,
    lattice: Lattice,
    surround: Field,
    behind_at: Field,
    uncovered: Mask,
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
        From `held_field`.
    uncovered : (rows, columns) bool array
        Cells that need painting.
    """
    behind = backdrop(portrait)
    composed[:] = behind.plate
    if not np.array_equal(behind_at, lattice.positions()):
        seen = _at_cells(behind.least, lattice, surround, cv2.erode) < 255
        look_up_where(composed, behind.plate, lattice, behind_at, seen & uncovered)
    person = _at_cells(behind.most, lattice, surround, cv2.dilate) > 0
    for part in parts(lattice, person & uncovered, composed):
        cover(composed, part, *behind.person_at(source.picture, lattice.enlarge(surround, part)))


def held_field(lattice: Lattice, surround: Field, amount: float, camera: Points, size: tuple[int, int]) -> Field:
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
    positions = lattice.positions()
    held = positions
    if np.any(camera):
        held = hold_border(lattice, np.asarray(positions - camera, np.float32), size)
    return held if amount == 1 else np.asarray(surround + np.float32(amount) * (held - surround), np.float32)


def record_held(
    portrait: Portrait,
    source: Source,
    lattice: Lattice,
    surround: Field,
    behind_at: Field,
    composed: Picture,
    record: PassRecorder,
) -> None:
    """Tell a recorder how `paint_held` has come to its picture."""
    behind = backdrop(portrait)
    for part in strips(portrait.box):
        moved, places = lattice.enlarge(surround, part), lattice.enlarge(behind_at, part)
        record.held(
            part,
            places,
            look_up(behind.cut, moved, cv2.INTER_LINEAR).astype(np.float32) / 255,
            look_up(source.picture, moved, cv2.INTER_LINEAR),
            look_up(source.picture, places, cv2.INTER_LINEAR),
            look_up(behind.cut, places, cv2.INTER_NEAREST) == 255,
            part.cut(composed),
        )


def keep_still(composed: Picture, source: Picture, still: Bytes, record: PassRecorder | None = None) -> None:
    """Lay the unmoved portrait over a composed picture, in place, where `still` (h, w) is not 0."""
    height, width = still.shape
    places = Lattice(0, 0, 1, width, height)
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
            cover(composed, part, layer, over)


def _at_cells(cells: Bytes, lattice: Lattice, places: Field, extreme: Callable[..., Any]) -> Bytes:
    """(rows, columns) extreme of the values of cells to which a field leads from each cell and its neighbours."""
    found = remap(cells, lattice.to_cells(places).astype(np.float32), cv2.INTER_NEAREST)
    return np.asarray(extreme(found, np.ones((3, 3), np.uint8)), np.uint8)
