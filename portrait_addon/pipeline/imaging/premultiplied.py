"""Conversion between a picture's own type and the type in which it is composited.

An opaque 8-bit picture is composited as it is. Every other picture is converted to float32 with colours premultiplied
by alpha, so that transparent pixels do not bleed into their neighbours.
"""

from __future__ import annotations

import numpy as np

from .arrays import ImageArray
from .box import Box
from .colour import white_level
from .compositing import strips


def to_premultiplied_float(picture: ImageArray) -> ImageArray:
    """Convert a picture to the type in which it is composited.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA with straight alpha; uint8, uint16 or float32.

    Returns
    -------
    (h, w, 3) or (h, w, 4) array
        The input array itself if it is uint8 without alpha. Otherwise float32: 1 is white, and colours are
        premultiplied by alpha.
    """
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return picture
    values = picture.astype(np.float32)
    values /= white_level(picture)
    if picture.shape[2] == 4:
        values[..., :3] *= values[..., 3:]
    return values


def from_premultiplied_float(composed: ImageArray, picture: ImageArray) -> ImageArray:
    """Convert a composited picture back to straight alpha; the inverse of `to_premultiplied_float`.

    Parameters
    ----------
    composed : (h, w, c) array
        Composited picture, premultiplied.
    picture : (h, w, c) array
        The original picture; only its type and number of channels matter.

    Returns
    -------
    (h, w, c) array
        Straight alpha, of the type of `picture`.
    """
    if composed.dtype == picture.dtype and picture.shape[2] == 3:
        return composed
    straight = np.empty_like(picture, shape=composed.shape)
    white = white_level(picture)
    for strip in strips(Box(0, 0, composed.shape[1], composed.shape[0])):
        values = strip.cut(composed).astype(np.float32)
        if picture.shape[2] == 4:
            values[..., 3] = np.clip(values[..., 3], 0, 1)
            values[..., :3] /= np.maximum(values[..., 3:], 1e-6)
        if picture.dtype != np.float32:
            values = np.clip(np.rint(values * white), 0, white)
        strip.cut(straight)[:] = values
    return straight
