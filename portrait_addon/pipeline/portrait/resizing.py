"""A portrait at a lower resolution, for previews."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.colour import white_level
from ..imaging.scaling import Size, scale_within, scaled_size
from ..records.masks import COLOURED
from ..records.portrait import Portrait


def resize_portrait(portrait: Portrait, longer_side: int) -> Portrait:
    """Make a portrait smaller.

    The points and masks are scaled, and the face is not analysed again. So the small portrait moves as the large one
    does.

    Parameters
    ----------
    portrait : Portrait
        The portrait at its full size.
    longer_side : int
        Longer side of the result, in pixels.

    Returns
    -------
    Portrait
        A smaller portrait; `portrait` itself if it is not larger than that.
    """
    width, height = portrait.size
    scale = scale_within(portrait.size, longer_side)
    if scale == 1:
        return portrait
    size = scaled_size(portrait.size, scale)
    factors = np.array([size[0] / width, size[1] / height, scale], np.float32)
    corner = np.array([0.5, 0.5, 0], np.float32)  # pixel centres are at integers
    points = (portrait.points + corner) * factors - corner
    masks = {
        name: mask if name in COLOURED else np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
        for name, mask in portrait.masks.items()
    }
    return replace(portrait, picture=_resized(portrait.picture, size), points=points, masks=masks)


def _resized(picture: ImageArray, size: Size) -> ImageArray:
    """(y, x, c) smaller picture with straight alpha; transparent pixels have no influence on colours."""
    if picture.shape[2] == 3:
        return cast(ImageArray, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    white = white_level(picture)
    values: Float32Array = np.asarray(picture, np.float32) / white
    small = np.asarray(cv2.resize(_premultiplied(values), size, interpolation=cv2.INTER_AREA), np.float32)
    small[..., :3] /= np.maximum(small[..., 3:], np.float32(1e-6))
    if picture.dtype == np.float32:
        return small
    return cast(ImageArray, np.rint(np.clip(small, 0, 1) * white).astype(picture.dtype))


def _premultiplied(values: Float32Array) -> Float32Array:
    """(h, w, 4) premultiplied colours of straight ones."""
    return np.concatenate([values[..., :3] * values[..., 3:], values[..., 3:]], axis=2)
