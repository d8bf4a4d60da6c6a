"""A portrait in two pictures: the person with an alpha channel, and the background as if nobody stood before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np

from ...errors import InputError
from ..imaging.arrays import ImageArray, UInt8Array
from ..imaging.colour import white_level
from ..imaging.premultiplied import from_premultiplied_float
from .foreground import foreground_colours
from .layers import covers_face
from .prepared import PreparedPortrait

RIM = 0.008
"""Width of the rim of a matte whose pixels may hold some background all the same, in outer-eye distances: lenses blur
edges, and a matte says less of that than its picture shows."""


class NoPersonError(InputError):
    """The matte of a portrait does not hold its face."""


@dataclass(frozen=True, eq=False)
class CutOut:
    """A portrait in two pictures of its size and type.

    Attributes
    ----------
    person : (h, w, 4) array
        BGRA with straight alpha. Its colours are the person's alone, also where hair lets the background through.
    background : (h, w, 3) array
        BGR; filled where the person was.
    """

    person: ImageArray = field(repr=False)
    background: ImageArray = field(repr=False)

    @classmethod
    def of(cls, prepared: PreparedPortrait) -> CutOut:
        """Cut the person out.

        Parameters
        ----------
        prepared : PreparedPortrait
            Of a picture without alpha.

        Returns
        -------
        CutOut

        Raises
        ------
        NoPersonError
            If the matte, found or painted, misses the face.
        """
        picture, matte = prepared.portrait.picture, prepared.person
        if not covers_face(matte, prepared.portrait):
            raise NoPersonError("no person was found round the face. Paint the mask Person, and cut out again.")
        white = white_level(picture)
        alpha = np.asarray(matte if picture.dtype == np.uint8 else matte * (white / 255)).astype(picture.dtype)
        person = np.dstack([foreground_colours(picture, _certain(matte, prepared.portrait.unit)), alpha])
        return cls(cast(ImageArray, person), from_premultiplied_float(prepared.layers.clean_plate, picture))


def _certain(matte: UInt8Array, unit: float) -> UInt8Array:
    """(h, w) how far each pixel is certain to hold the person alone."""
    side = 2 * max(1, round(RIM * unit)) + 1
    eroded = cv2.erode(matte, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(np.minimum(cv2.blur(eroded, (side, side)), matte), np.uint8)
