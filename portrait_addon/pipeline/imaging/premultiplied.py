"""A picture as it is worked on, and back.

An opaque picture of 8 bits is worked on as it is. All others are in floats, their colours premultiplied by alpha, so
that what is transparent lends no colour to its neighbours.
"""

from __future__ import annotations

import numpy as np

from .arrays import ImageArray
from .colour import white_level


def to_premultiplied_float(picture: ImageArray) -> ImageArray:
    """The picture as it is worked on."""
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return picture
    values = picture.astype(np.float32) / white_level(picture)
    if picture.shape[2] == 4:
        values[..., :3] *= values[..., 3:]
    return values


def from_premultiplied_float(composed: ImageArray, picture: ImageArray) -> ImageArray:
    """The inverse of `to_premultiplied_float`: straight alpha, in the type of the portrait."""
    if composed.dtype == picture.dtype and picture.shape[2] == 3:
        return composed
    values = composed.astype(np.float32)
    if picture.shape[2] == 4:
        values[..., 3] = np.clip(values[..., 3], 0, 1)
        values[..., :3] /= np.maximum(values[..., 3:], 1e-6)
    if picture.dtype == np.float32:
        return values
    white = white_level(picture)
    return np.asarray(np.clip(np.rint(values * white), 0, white).astype(picture.dtype))
