"""A picture of ours into an image of Blender's.

Of the ways in, an uncompressed file packed into the image is right as it is: Blender decodes it in 2 ms, in the
portrait's own colour space, where a float image would be taken for scene-linear light. And the image is not one that
was painted on, as it would be after `pixels.foreach_set`, so that Blender does not ask to save it when it quits.
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
    """Show a picture (h, w, 3) BGR or (h, w, 4) BGRA of the image's size in it."""
    pack(image, as_file(picture))


def pack(image: Any, data: bytes) -> None:
    """Put the bytes of a picture's file into an image."""
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    image.buffers_free()  # what was decoded of the last one
    image.update()


def as_file(picture: NDArray[Any]) -> bytes:
    """A picture as a BMP file of 8 bits with alpha, which Blender decodes fastest."""
    if picture.dtype != np.uint8:
        white = 1.0 if picture.dtype == np.float32 else float(np.iinfo(picture.dtype).max)
        picture = np.rint(np.clip(picture, 0, white) * np.float32(255 / white)).astype(np.uint8)
    if picture.shape[2] == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
    return cv2.imencode(".bmp", picture)[1].tobytes()
