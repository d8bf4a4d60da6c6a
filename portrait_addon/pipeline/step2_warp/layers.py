"""Looking a picture up through a field, and laying one layer over another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Points, Values
from .warp_field import Field, remap

Scalar = TypeVar("Scalar", bound=np.generic)

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

    def of(self, whole: NDArray[Scalar], origin: Box) -> NDArray[Scalar]:
        """The part of an array that lies in this rectangle; the array covers `origin`."""
        return whole[
            self.top - origin.top : self.bottom - origin.top, self.left - origin.left : self.right - origin.left
        ]


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
    """
    part = box.within(composed)
    if part.empty:
        return
    layer = look_up(picture, np.ascontiguousarray(part.of(field, box)), cv2.INTER_CUBIC)  # a face must stay sharp
    if gain is not None:
        layer = brighten(layer, part.of(gain, box))
    over = part.of(alpha, box).astype(np.float32) / 255
    below = composed[part.top : part.bottom, part.left : part.right]
    below[:] = cv2.blendLinear(layer, below, over, 1 - over)


def brighten(picture: Picture, gain: Values) -> Picture:
    """Multiply the light of an sRGB picture (h, w, c) by a gain (h, w, 3); an alpha channel stays.

    Above its short linear toe the sRGB curve is ``v = 1.055 l^(1/2.4) - 0.055``, so that a factor g on the light is
    ``(v + 0.055) g^(1/2.4) - 0.055`` on the value.
    """
    white = 255.0 if picture.dtype == np.uint8 else 1.0
    factor = cv2.pow(gain, 1 / 2.4)
    offset = np.float32(0.055 * white)
    colours = picture[..., :3].astype(np.float32)
    bright = np.clip((colours + offset) * factor - offset, 0, white)
    result = picture.copy()
    result[..., :3] = np.rint(bright) if picture.dtype == np.uint8 else bright
    return result
