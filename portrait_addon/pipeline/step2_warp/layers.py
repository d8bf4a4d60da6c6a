"""Looking a picture up through a field, and laying one layer over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Points, Values
from .warp_field import Field, remap

if TYPE_CHECKING:
    from ..passes import PassRecorder

Scalar = TypeVar("Scalar", bound=np.generic)
AnyArray = TypeVar("AnyArray", bound=NDArray[Any])

STRIP_PIXELS = 1 << 14
"""A layer is laid over another in strips of about so many pixels."""

Picture = Bytes | NDArray[np.uint16] | Values
"""(h, w, 3) BGR or (h, w, 4) BGRA."""


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; `right` and `bottom` lie just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: Points, room: float) -> Box:
        """The pixels within `room` pixels of points (n, 2); may reach beyond the picture."""
        low, high = np.floor(points.min(axis=0) - room).astype(int), np.ceil(points.max(axis=0) + room).astype(int) + 1
        return cls(*low.tolist(), *high.tolist())

    def within(self, picture: Picture) -> Box:
        """The part that lies in the picture; may be empty."""
        height, width = picture.shape[:2]
        left, top = min(max(self.left, 0), width), min(max(self.top, 0), height)
        return Box(left, top, min(max(self.right, left), width), min(max(self.bottom, top), height))

    @property
    def empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    def cut(self, whole: AnyArray) -> AnyArray:
        """The part of an array of the picture's size that lies in this rectangle; a view."""
        part: AnyArray = whole[self.top : self.bottom, self.left : self.right]  # type: ignore[assignment]
        return part

    def of(self, whole: NDArray[Scalar], origin: Box) -> NDArray[Scalar]:
        """The part of an array that lies in this rectangle; the array covers `origin`."""
        return whole[
            self.top - origin.top : self.bottom - origin.top, self.left - origin.left : self.right - origin.left
        ]


def white_of(picture: Picture) -> np.float32:
    """The value of full white."""
    return np.float32({np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1))


def look_up(picture: Picture, field: Field, interpolation: int) -> Picture:
    """The picture seen through a backward field (h, w, 2); beyond its border the border is continued."""
    return remap(picture, field, interpolation)


def lay_over(
    composed: Picture,
    picture: Picture,
    field: Field,
    alpha: Bytes,
    box: Box,
    gain: Values | None = None,
    record: PassRecorder | None = None,
) -> None:
    """Look `picture` up through `field` and lay it over `composed`, in place.

    Parameters
    ----------
    composed, picture : (h, w, c) arrays
        Of the same size; uint8 or float32.
    field : (y, x, 2) array
        Backward field of the pixels of `box`.
    alpha : (y, x) array
        0..255, how much of the layer is seen.
    box : Box
        May reach beyond the picture.
    gain : (y, x, 3) array, optional
        Factors in linear light by which the layer's blue, green and red are brightened.
    record : PassRecorder, optional
        Is told what was laid over what.
    """
    for part in _seen_strips(box.within(composed), alpha, box):
        positions = part.of(field, box)
        layer = look_up(picture, positions, cv2.INTER_CUBIC)  # a face must stay sharp
        over = part.of(alpha, box).astype(np.float32) / 255
        brightness = None if gain is None else part.of(gain, box)
        shaded = layer if brightness is None else brighten(layer, brightness)
        below = part.cut(composed)
        if record is not None:
            record.warped(part, positions, over, layer, shaded, brightness, below)
        below[:] = cv2.blendLinear(shaded, below, over, 1 - over)


def _seen_strips(part: Box, alpha: Bytes, box: Box) -> Iterator[Box]:
    """The rows of `part` in strips, each as wide as something is seen in it.

    Strips stay in the processor's cache from one operation to the next, and need no large arrays between them.
    """
    rows = max(1, STRIP_PIXELS // max(part.right - part.left, 1))
    for top in range(part.top, part.bottom, rows):
        strip = replace(part, top=top, bottom=min(top + rows, part.bottom))
        seen = np.flatnonzero(strip.of(alpha, box).any(axis=0))
        if len(seen):
            yield replace(strip, left=part.left + int(seen[0]), right=part.left + int(seen[-1]) + 1)


def brighten(picture: Picture, gain: Values) -> Picture:
    """Multiply the light of an sRGB picture (h, w, c) by a gain (h, w, 3); an alpha channel stays.

    Above its short linear toe the sRGB curve is ``v = 1.055 l^(1/2.4) - 0.055``, so that a factor g on the light is
    ``(v + 0.055) g^(1/2.4) - 0.055`` on the value.
    """
    white = 255.0 if picture.dtype == np.uint8 else 1.0
    factor = cv2.pow(gain, 1 / 2.4)
    offset = np.float32(0.055 * white)
    colours = picture[..., :3].astype(np.float32)
    colours += offset
    colours *= factor
    colours -= offset
    np.clip(colours, 0, white, out=colours)
    result = picture.copy()
    result[..., :3] = np.rint(colours, out=colours) if picture.dtype == np.uint8 else colours
    return result
