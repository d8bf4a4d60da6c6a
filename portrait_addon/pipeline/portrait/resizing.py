"""A portrait at a lower size, for a quick look."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.colour import white_level
from ..records.portrait import Portrait


def scaled(portrait: Portrait, longer_side: int) -> Portrait:
    """The same portrait at a lower size, for a quick look: it is not analysed anew, so that it moves as the large one.

    Parameters
    ----------
    portrait : Portrait
    longer_side : int
        Of the result, in pixels; a portrait that is no larger is returned as it is.
    """
    width, height = portrait.size
    if max(width, height) <= longer_side:
        return portrait
    scale = longer_side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    factors = np.array([size[0] / width, size[1] / height, scale], np.float32)
    corner = np.array([0.5, 0.5, 0], np.float32)  # pixel centres are at integers
    points = (portrait.points + corner) * factors - corner
    masks = {
        name: np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
        for name, mask in portrait.masks.items()
    }
    return replace(portrait, picture=_shrunk(portrait.picture, size), points=points, masks=masks)


def _shrunk(picture: ImageArray, size: tuple[int, int]) -> ImageArray:
    if picture.shape[2] == 3:
        return cast(ImageArray, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    # What is transparent has no colour to lend to its neighbours.
    white = white_level(picture)
    values: Float32Array = np.asarray(picture, np.float32) / white
    small = np.asarray(cv2.resize(_premultiplied(values), size, interpolation=cv2.INTER_AREA), np.float32)
    small[..., :3] /= np.maximum(small[..., 3:], np.float32(1e-6))
    if picture.dtype == np.float32:
        return small
    return cast(ImageArray, np.rint(np.clip(small, 0, 1) * white).astype(picture.dtype))


def _premultiplied(values: Float32Array) -> Float32Array:
    return np.concatenate([values[..., :3] * values[..., 3:], values[..., 3:]], axis=2)
