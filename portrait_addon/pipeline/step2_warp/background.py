"""Step 2: a background that stays where it is while the person moves.

The portrait is two layers: the person, cut out with a margin, and a plate of what is behind. Where the person is, the
plate is filled with colours that flow in from around; elsewhere it is the portrait itself. The person moves over the
plate, which keeps still, and what the head uncovers is the fill. Where the driver's camera moved, the plate moves as
what lies behind the driver does.

The cut lies in the background, a little off the person, and fades there: at rest the two layers are the portrait
exactly, and a lock of hair that the matte has missed is not cut off. Outside the moved cut-out the frame is the
portrait, value by value.

Filling by a pyramid: S. J. Gortler et al., *The Lumigraph*, SIGGRAPH 1996 (push-pull).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..arrays import Bytes, Points, Values
from ..face_mesh import FACE_OVAL
from ..person import enlarged, person_matte
from ..portrait import Portrait
from ..working import working
from .layers import Picture, look_up, look_up_whole, strips
from .warp_field import Field, Lattice, hold_border

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

FILLED_SIDE = 512
"""Longer side of the copy on which the fill is made, in pixels: it is smooth."""


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A portrait taken apart.

    Attributes
    ----------
    cut : (h, w) uint8 array
        The person with a margin, 0..255.
    plate : (h, w, c) array
        What is behind, as worked on; the portrait itself where `cut` is less than 255.
    """

    cut: Bytes = field(repr=False)
    plate: Picture = field(repr=False)


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
    source = working(portrait.picture)
    fill = _filled_in(source, distance)
    cut, plate = np.empty((height, width), np.uint8), source.copy()
    for part in strips(portrait.box):
        away = enlarged(distance, part, portrait.box)
        fade = np.clip((MARGIN + FADE - away) / FADE, 0, 1)
        part.cut(cut)[:] = np.rint(255 * fade * fade * (3 - 2 * fade))
        share = np.clip(1 - away / MARGIN, 0, 1)
        if share.any():
            layer = enlarged(fill, part, portrait.box)
            below = part.cut(plate)
            below[:] = mixed(np.rint(layer).astype(np.uint8) if plate.dtype == np.uint8 else layer, below, share)
    return Backdrop(cut, plate)


def look_up_held(portrait: Portrait, source: Picture, lattice: Lattice, surround: Field, behind_at: Field) -> Picture:
    """The portrait seen through the field of its surround, and its background through one of its own.

    Parameters
    ----------
    portrait : Portrait
    source : (h, w, c) array
        Its picture as worked on.
    lattice : Lattice
        Covers all of the picture.
    surround : (rows, columns, 2) array
        Backward field of everything outside the face.
    behind_at : (rows, columns, 2) array
        From `held_field`.
    """
    behind = backdrop(portrait)
    stands = np.array_equal(behind_at, lattice.positions())
    composed = behind.plate.copy() if stands else look_up_whole(behind.plate, lattice, behind_at)
    for strip in strips(portrait.box):
        over = look_up(behind.cut, lattice.enlarge(surround, strip), cv2.INTER_LINEAR)
        seen = np.flatnonzero(over.any(axis=0))
        if len(seen):
            part = replace(strip, left=int(seen[0]), right=int(seen[-1]) + 1)
            layer = look_up(source, lattice.enlarge(surround, part), cv2.INTER_LINEAR)
            below = part.cut(composed)
            below[:] = mixed(layer, below, part.of(over, strip).astype(np.float32) / 255)
    return composed


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
    source: Picture,
    lattice: Lattice,
    surround: Field,
    behind_at: Field,
    composed: Picture,
    record: PassRecorder,
) -> None:
    """Tell a recorder how `look_up_held` has come to its picture."""
    behind = backdrop(portrait)
    for part in strips(portrait.box):
        moved, places = lattice.enlarge(surround, part), lattice.enlarge(behind_at, part)
        record.held(
            part,
            places,
            look_up(behind.cut, moved, cv2.INTER_LINEAR).astype(np.float32) / 255,
            look_up(source, moved, cv2.INTER_LINEAR),
            look_up(source, places, cv2.INTER_LINEAR),
            look_up(behind.cut, places, cv2.INTER_NEAREST) == 255,
            part.cut(composed),
        )


def keep_still(composed: Picture, source: Picture, still: Bytes, record: PassRecorder | None = None) -> None:
    """Lay the unmoved portrait over a composed picture, in place, where `still` (h, w) is not 0."""
    height, width = still.shape
    places = Lattice(0, 0, 1, width, height)
    for part in strips(places.box):
        over = part.cut(still).astype(np.float32) / 255
        if over.any():
            below = part.cut(composed)
            layer = part.cut(source)
            if record is not None:
                record.warped(part, part.of(places.positions(), places.box), over, layer, layer, None, below)
                record.hidden(part, over)
            below[:] = mixed(layer, below, over)


def mixed(layer: Picture, below: Picture, over: Values) -> Picture:
    """A layer over another by a share (y, x) of 0..1; where that is 0, exactly what lies below."""
    if below.dtype == np.uint8:
        return np.asarray(cv2.blendLinear(layer, below, over, 1 - over), np.uint8)
    return np.asarray(below + over[..., None] * (layer - below), np.float32)


def _filled_in(picture: Picture, distance: Values) -> Values:
    """(y, x, c) small, smooth copy of a picture, made of what is further than `MARGIN` from the person alone."""
    height, width = distance.shape
    shrink = min(1.0, FILLED_SIDE / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    known = (cv2.resize(distance, size, interpolation=cv2.INTER_AREA) >= MARGIN).astype(np.float32)
    values = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return _push_pull(values * known[..., None], known)


def _push_pull(values: Values, weight: Values) -> Values:
    """(h, w, c) colours of sums (h, w, c) with weights (h, w), 0..1; where that is small, those of a coarser copy."""
    own = values / np.maximum(weight, 1e-6)[..., None]
    if max(weight.shape) <= 2:
        return np.asarray(np.average(own.reshape(-1, own.shape[2]), axis=0, weights=weight.ravel() + 1e-9) + 0 * own)
    size = (weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2
    fewer, lighter = (cv2.resize(whole, size, interpolation=cv2.INTER_AREA) for whole in (values, weight))
    # A coarser cell counts in full as soon as a quarter of it is known.
    gain = np.minimum(4, 1 / np.maximum(lighter, 1e-6)).astype(np.float32)
    coarse = _push_pull(fewer * gain[..., None], np.asarray(lighter * gain, np.float32))
    coarse = np.asarray(cv2.resize(coarse, weight.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(coarse + weight[..., None] * (own - coarse), np.float32)
