"""The portrait as it is sampled.

A face must stay sharp, and a cubic lookup takes three times as long as a linear one. So the face is upsampled by two,
once a portrait, with the cubic filter; a linear lookup in that is nearly as sharp. Every second pixel of the upsampled
face is one of the portrait's own: a face at rest is the portrait, value by value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np

from ..face.mesh import outer_eye_distance
from ..imaging.arrays import Field, ImageArray, Points
from ..imaging.box import Box
from ..imaging.raster import remap

ROOM = 0.25
"""Kept round the face, in outer-eye distances: a mesh is continued a little beyond its outline."""

LARGEST = 256 << 20
"""Largest size, in bytes, of a copy that makes lookups faster; a larger picture does without it. It limits memory
and time."""

HALF_WAY = np.array([-3, 19, 19, -3], np.float32) / 32
"""Weights of the pixels round a place half-way between two: those of OpenCV's cubic filter."""


@dataclass(frozen=True, eq=False)
class PortraitTexture:
    """A portrait, ready to be sampled.

    Attributes
    ----------
    picture : (h, w, c) array
        Premultiplied, see `to_premultiplied_float`.
    face : Box
        The part of it that is upsampled.
    upsampled : (2y - 1, 2x - 1, 4) array, optional
        That part at twice the size; opaque colours have a fourth channel, which makes a lookup faster. None if it would
        be too large: the face is then sampled with a cubic filter.
    """

    picture: ImageArray = field(repr=False)
    face: Box
    upsampled: ImageArray | None = field(repr=False)

    @classmethod
    def of(cls, picture: ImageArray, points: Points) -> PortraitTexture:
        """Make the texture of a picture.

        Parameters
        ----------
        picture : (h, w, c) array
            Premultiplied.
        points : (478, 3) array
            The face in it, in pixels.

        Returns
        -------
        PortraitTexture
        """
        face = Box.around(points[:, :2], ROOM * outer_eye_distance(points)).within(picture)
        part = face.cut(picture)
        too_large = part[..., 0].size * 16 * part.itemsize > LARGEST
        return cls(picture, face, None if too_large or face.empty else _upsampled(part))

    def sharp_positions(self, samples: Field) -> Field:
        """Convert a backward field into the portrait to one for `sample_sharp`.

        Parameters
        ----------
        samples : (..., 2) float32 array
            Positions x, y in pixels of the portrait.

        Returns
        -------
        (..., 2) float32 array
        """
        if self.upsampled is None:
            return samples
        positions = samples.copy()
        positions[..., 0] -= self.face.left
        positions[..., 1] -= self.face.top
        positions *= 2
        return positions

    def sample_sharp(self, positions: Field) -> ImageArray:
        """Sample the face.

        Parameters
        ----------
        positions : (y, x, 2) float32 array
            From `sharp_positions`.

        Returns
        -------
        (y, x, c) array
            Of the type and channels of `picture`.
        """
        if self.upsampled is None:
            return remap(self.picture, positions, cv2.INTER_CUBIC)
        sampled = remap(self.upsampled, positions, cv2.INTER_LINEAR)
        return sampled if self.picture.shape[2] == 4 else cast(ImageArray, cv2.cvtColor(sampled, cv2.COLOR_BGRA2BGR))


def _upsampled(part: ImageArray) -> ImageArray:
    """The pixels (y, x, c), and between every two of them one more: (2y - 1, 2x - 1, 4)."""
    four = part if part.shape[2] == 4 else cast(ImageArray, cv2.cvtColor(part, cv2.COLOR_BGR2BGRA))
    height, width = part.shape[:2]
    upsampled = cast(ImageArray, np.empty((2 * height - 1, 2 * width - 1, 4), part.dtype))
    upsampled[::2, ::2] = four
    between = cv2.filter2D(four, -1, HALF_WAY[None], anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)
    upsampled[::2, 1::2] = between[:, :-1]
    between = cv2.filter2D(upsampled[::2], -1, HALF_WAY[:, None], anchor=(0, 1), borderType=cv2.BORDER_REPLICATE)
    upsampled[1::2] = between[:-1]
    return upsampled
