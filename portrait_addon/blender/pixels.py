"""A picture of ours into an image of Blender's.

Blender keeps RGBA with the lowest row first. Of the ways in, a byte image through `foreach_set` is right as it is: it
has the portrait's colour space, where a float image would be taken for scene-linear light.
"""

from __future__ import annotations

from typing import Any

import bpy
import cv2
import numpy as np
from numpy.typing import NDArray


def new_image(name: str, size: tuple[int, int], like: Any) -> Any:
    """A byte image in the colour space of another."""
    image = bpy.data.images.new(name, *size, alpha=True)
    if not like.is_float:
        image.colorspace_settings.name = like.colorspace_settings.name
    return image


def hand_over(image: Any, picture: NDArray[Any]) -> None:
    """Write a picture (h, w, 3) BGR or (h, w, 4) BGRA of the image's size into it."""
    image.pixels.foreach_set(to_blender(picture).ravel())
    image.update()


def to_blender(picture: NDArray[Any]) -> NDArray[np.float32]:
    """(h, w, 4) RGBA of 0..1, rows from below."""
    code = cv2.COLOR_BGR2RGBA if picture.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    flipped: NDArray[Any] = cv2.flip(cv2.cvtColor(picture, code), 0)
    if flipped.dtype == np.float32:
        return np.asarray(flipped, np.float32)
    return np.multiply(flipped, np.float32(1 / np.iinfo(flipped.dtype).max), dtype=np.float32)
