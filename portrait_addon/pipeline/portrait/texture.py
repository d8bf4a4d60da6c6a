"""The portrait as it is looked up.

A face must stay sharp, and a cubic lookup takes three times as long as a linear one. So the face is enlarged by two,
once a portrait, with the cubic filter; a linear lookup in that is nearly as sharp. Every second pixel of the enlarged
face is one of the portrait's own: a face at rest is the portrait, value by value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import cv2
import numpy as np

from ..face.mesh import outer_eye_distance
from ..imaging.arrays import Field, ImageArray, Points
from ..imaging.box import Box
from ..imaging.premultiplied import to_premultiplied_float
from ..imaging.raster import remap
from ..records.portrait import Portrait

ROOM = 0.25
"""Kept round the face, in outer-eye distances: a mesh is continued a little beyond its outline."""

LARGEST = 256 << 20
"""Bytes of a copy that makes lookups faster; without a larger one they take longer."""

HALF_WAY = np.array([-3, 19, 19, -3], np.float32) / 32
"""Weights of the pixels round a place half-way between two: those of OpenCV's cubic filter."""


@dataclass(frozen=True, eq=False)
class PortraitTexture:
    """A portrait, ready to be looked up.

    Attributes
    ----------
    picture : (h, w, c) array
        As it is worked on.
    face : Box
        The part of it that is enlarged.
    doubled : (2y - 1, 2x - 1, 4) array, optional
        That part enlarged; opaque colours have a fourth channel, with which a lookup is faster. None if it would be too
        large: the face is then looked up by a cubic filter.
    """

    picture: ImageArray = field(repr=False)
    face: Box
    doubled: ImageArray | None = field(repr=False)

    @classmethod
    def of(cls, picture: ImageArray, points: Points) -> PortraitTexture:
        """The source of a picture as worked on, with a face (478, 3) in it."""
        face = Box.around(points[:, :2], ROOM * outer_eye_distance(points)).within(picture)
        part = face.cut(picture)
        doubled = None if part[..., 0].size * 16 * part.itemsize > LARGEST or face.empty else _doubled(part)
        return cls(picture, face, doubled)

    def places(self, samples: Field) -> Field:
        """Where a backward field (..., 2) into the portrait leads in what `sharp` looks up."""
        if self.doubled is None:
            return samples
        return np.asarray(2 * (samples - np.array([self.face.left, self.face.top])), np.float32)

    def sharp(self, places: Field) -> ImageArray:
        """The face (y, x, c) seen through a field from `places`."""
        if self.doubled is None:
            return remap(self.picture, places, cv2.INTER_CUBIC)
        seen = remap(self.doubled, places, cv2.INTER_LINEAR)
        return seen if self.picture.shape[2] == 4 else cast(ImageArray, cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR))


@lru_cache(maxsize=4)
def portrait_texture(portrait: Portrait) -> PortraitTexture:
    """The source of a portrait, made once."""
    return PortraitTexture.of(to_premultiplied_float(portrait.picture), portrait.points)


def _doubled(part: ImageArray) -> ImageArray:
    """The pixels (y, x, c), and between every two of them one more: (2y - 1, 2x - 1, 4)."""
    four = part if part.shape[2] == 4 else cast(ImageArray, cv2.cvtColor(part, cv2.COLOR_BGR2BGRA))
    height, width = part.shape[:2]
    doubled = cast(ImageArray, np.empty((2 * height - 1, 2 * width - 1, 4), part.dtype))
    doubled[::2, ::2] = four
    between = cv2.filter2D(four, -1, HALF_WAY[None], anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)
    doubled[::2, 1::2] = between[:, :-1]
    between = cv2.filter2D(doubled[::2], -1, HALF_WAY[:, None], anchor=(0, 1), borderType=cv2.BORDER_REPLICATE)
    doubled[1::2] = between[:-1]
    return doubled
