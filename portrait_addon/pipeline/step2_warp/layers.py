"""Looking a picture up through a field, and laying one layer over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Values
from ..box import Box
from .warp_field import Field, Lattice, remap

if TYPE_CHECKING:
    from ..pass_recorder import PassRecorder

CURVE = 2.4
"""Power of the sRGB curve [IEC 61966-2-1]."""

STRIP_PIXELS = 1 << 17
"""A layer is laid over another in strips of about so many pixels."""

Picture = Bytes | NDArray[np.uint16] | Values
"""(h, w, 3) BGR or (h, w, 4) BGRA."""


def white_of(picture: Picture) -> np.float32:
    """The value of full white."""
    return np.float32({np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1))


def look_up(picture: Picture, field: Field, interpolation: int) -> Picture:
    """The picture seen through a backward field (h, w, 2); beyond its border the border is continued."""
    return remap(picture, field, interpolation)


def look_up_whole(picture: Picture, lattice: Lattice, samples: Field) -> Picture:
    """The picture (h, w, c) seen through a backward field of a lattice that covers all of it."""
    height, width = picture.shape[:2]
    seen = np.empty_like(picture)
    for part in strips(Box(0, 0, width, height)):
        part.cut(seen)[:] = look_up(picture, lattice.enlarge(samples, part), cv2.INTER_LINEAR)
    return seen


def lay_over(
    composed: Picture,
    picture: Picture,
    lattice: Lattice,
    samples: Field,
    alpha: Bytes,
    curve_gain: Values | None = None,
    record: PassRecorder | None = None,
) -> None:
    """Look `picture` up through a field and lay it over `composed`, in place.

    Parameters
    ----------
    composed, picture : (h, w, c) arrays
        Of the same size; uint8 or float32.
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
    for strip in strips(lattice.box.within(composed)):
        seen = np.flatnonzero(strip.of(alpha, lattice.box).any(axis=0))
        if not len(seen):
            continue
        part = replace(strip, left=strip.left + int(seen[0]), right=strip.left + int(seen[-1]) + 1)
        positions = lattice.enlarge(samples, part)
        layer = look_up(picture, positions, cv2.INTER_CUBIC)  # a face must stay sharp
        over = part.of(alpha, lattice.box).astype(np.float32) / 255
        brightness = None if curve_gain is None else lattice.enlarge(curve_gain, part)
        shaded = layer if brightness is None else brighten(layer, brightness)
        below = part.cut(composed)
        if record is not None:
            light = None if brightness is None else np.asarray(cv2.pow(brightness, CURVE), np.float32)
            record.warped(part, positions, over, layer, shaded, light, below)
        below[:] = cv2.blendLinear(shaded, below, over, 1 - over)


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


def brighten(picture: Picture, curve_gain: Values) -> Picture:
    """Multiply the light of an sRGB picture (h, w, c); an alpha channel stays.

    Above its short linear toe the sRGB curve is ``v = 1.055 l^(1/2.4) - 0.055``, so that a factor g on the light is
    ``(v + 0.055) g^(1/2.4) - 0.055`` on the value. `curve_gain` (h, w, 3) is that power of g.
    """
    white = 255.0 if picture.dtype == np.uint8 else 1.0
    offset = np.float32(0.055 * white)
    colours = picture[..., :3].astype(np.float32)
    colours += offset
    colours *= curve_gain
    colours -= offset
    np.clip(colours, 0, white, out=colours)
    result = picture.copy()
    result[..., :3] = np.rint(colours, out=colours) if picture.dtype == np.uint8 else colours
    return result
