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
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..arrays import Bytes, Mask, Points, Values
from ..face_mesh import FACE_OVAL
from ..person import enlarged, person_matte
from ..portrait import Portrait
from .fill import Fill
from .layers import Picture, cover, look_up, look_up_where, parts, strips
from .source import LARGEST, Source, source_of
from .surround import surround_lattice
from .warp_field import Field, Lattice, Sides, hold_border, remap

if TYPE_CHECKING:
    from ..pass_recorder import PassRecorder

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

TAKES_HOLD = 0.15
"""Standard deviation of the blur with which an edge takes hold of a person whom it cuts off, in outer-eye distances."""

NEAR = 2
"""Cells of the surround's lattice by which a field may miss the cell in whose midst it is asked."""


@dataclass(frozen=True, eq=False)
class Backdrop:
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

    cut: Bytes = field(repr=False)
    plate: Picture = field(repr=False)
    joined: Picture | None = field(repr=False)
    most: Bytes = field(repr=False)
    least: Bytes = field(repr=False)

    def person_at(self, source: Picture, places: Field) -> tuple[Picture, Bytes]:
        """Colours (y, x, c) of the portrait, and the cut (y, x), seen through a field."""
        if self.joined is None:
            cut = look_up(self.cut, places, cv2.INTER_LINEAR)
            return look_up(source, places, cv2.INTER_LINEAR), np.asarray(cut, np.uint8)
        seen = look_up(self.joined, places, cv2.INTER_LINEAR)
        colours = cast(Picture, cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR))
        alpha = cv2.extractChannel(seen, 3)
        return colours, np.asarray(alpha if alpha.dtype == np.uint8 else np.rint(alpha), np.uint8)


def _person(portrait: Portrait) -> Bytes:
    """(h, w) 255 on the person; everywhere, if the matte misses the face: a head must not be left behind."""
    person = np.uint8(255) * (person_matte(portrait) > np.uint8(255 * PERSON))
    face = np.zeros_like(person)
    cv2.fillPoly(face, [np.round(portrait.points[list(FACE_OVAL), :2]).astype(np.int32)], (255,))
    size = cv2.countNonZero(face)
    found = cv2.countNonZero(cv2.bitwise_and(person, face, dst=face)) >= LEAST_FACE * max(size, 1)
    return person if found else np.full_like(person, 255)


@lru_cache(maxsize=4)
def backdrop(portrait: Portrait) -> Backdrop:
    """Take a portrait apart, once; distances and the fill are smooth, and made on small copies."""
    width, height = portrait.size
    shrink = min(1.0, MEASURED_SIDE / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    person = cv2.resize(_person(portrait), size, interpolation=cv2.INTER_AREA)
    distance = cv2.distanceTransform(np.uint8(255) * (person == 0), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = np.asarray(distance / np.float32(shrink * portrait.unit), np.float32)
    source = source_of(portrait).picture
    fill = Fill.behind(source, distance, portrait.unit, MARGIN)
    cut, plate = np.empty((height, width), np.uint8), source.copy()
    for part in strips(portrait.box):
        away = enlarged(distance, part, portrait.box)
        fade = np.clip((MARGIN + FADE - away) / FADE, 0, 1)
        part.cut(cut)[:] = np.rint(255 * fade * fade * (3 - 2 * fade))
        share = np.rint(255 * np.clip(1 - away / MARGIN, 0, 1)).astype(np.uint8)
        if share.any():
            layer = fill.part(part, portrait.box)
            cover(plate, part, np.rint(layer).astype(np.uint8) if plate.dtype == np.uint8 else layer, share)
    can_join = source.shape[2] == 3 and cut.size * 4 * source.itemsize <= LARGEST
    joined = cast(Picture, np.dstack([source, cut.astype(source.dtype)])) if can_join else None
    cells, around = _in_cells(cut, surround_lattice(portrait)), np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    most, least = cv2.dilate(cells.max(axis=(1, 3)), around), cv2.erode(cells.min(axis=(1, 3)), around)
    return Backdrop(cut, plate, joined, np.asarray(most, np.uint8), np.asarray(least, np.uint8))


def held_sides(portrait: Portrait, amount: float) -> Sides | None:
    """Where the picture's edges must be held although the background is: where they cut the person off."""
    if amount == 0:
        return None
    left, right, top, bottom = (1 - np.float32(amount) * (1 - share) for share in _cut_off(portrait))
    return left, right, top, bottom


@lru_cache(maxsize=4)
def _cut_off(portrait: Portrait) -> Sides:
    """By how much each edge cuts the person off, 0..1 along its length."""
    lattice, cut = surround_lattice(portrait), backdrop(portrait).cut
    deviation = TAKES_HOLD * portrait.unit / lattice.step

    def along(edge: Bytes, cells: int) -> Values:
        # The lattice has a cell more at either end.
        person = cv2.resize((edge == 255).astype(np.float32)[None], (cells - 2, 1), interpolation=cv2.INTER_AREA) > 0
        soft = gaussian_filter1d(np.pad(person[0].astype(np.float32), 1, mode="edge"), deviation, mode="nearest")
        return np.asarray(np.round(soft, 3), np.float32)

    left, right = along(cut[:, 0], lattice.rows), along(cut[:, -1], lattice.rows)
    return left[:, None], right[:, None], along(cut[0], lattice.columns), along(cut[-1], lattice.columns)


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


def _in_cells(picture: Bytes, lattice: Lattice) -> Bytes:
    """(rows, step, columns, step) the pixels of every cell of a lattice, the picture's border continued."""
    height, width = picture.shape
    sides = (-lattice.top, lattice.box.bottom - height, -lattice.left, lattice.box.right - width)
    wider = cv2.copyMakeBorder(picture, *sides, cv2.BORDER_REPLICATE)
    return np.asarray(wider.reshape(lattice.rows, lattice.step, lattice.columns, lattice.step), np.uint8)


def _at_cells(cells: Bytes, lattice: Lattice, places: Field, extreme: Callable[..., Any]) -> Bytes:
    """(rows, columns) extreme of the values of cells to which a field leads from each cell and its neighbours."""
    found = remap(cells, lattice.to_cells(places).astype(np.float32), cv2.INTER_NEAREST)
    return np.asarray(extreme(found, np.ones((3, 3), np.uint8)), np.uint8)
