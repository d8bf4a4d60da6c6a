"""Colour spaces by what they are for: a studio's own colour configuration gives them other names than Blender's."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Color
from numpy.typing import NDArray

LINEAR_REC709 = ("Linear Rec.709", "Linear Rec.709 (sRGB)")
"""In Blender's configuration, and in those of ACES."""


def encoded_space() -> str:
    """Name of the space that 8-bit pictures are in: sRGB.

    Returns
    -------
    str
    """
    return _space_of_new_image(float_buffer=False)


def linear_space() -> str:
    """Name of the space that Blender renders and composites in.

    Returns
    -------
    str
    """
    return _space_of_new_image(float_buffer=True)


def _space_of_new_image(*, float_buffer: bool) -> str:
    image = bpy.data.images.new("colour space", 1, 1, float_buffer=float_buffer)
    try:
        return str(image.colorspace_settings.name)
    finally:
        bpy.data.images.remove(image)


def say_linear_rec709(image: Any) -> None:
    """Tell Blender that an EXR file of ours holds linear light with the primaries of sRGB.

    A configuration without such a space reads it as its own linear light.
    """
    for name in LINEAR_REC709:
        try:
            image.colorspace_settings.name = name
        except TypeError:  # no such name
            continue
        return


def to_linear_rec709(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert colours from the space that Blender renders in.

    Parameters
    ----------
    linear : (..., 3) float32 array
        RGB, linear light.

    Returns
    -------
    (..., 3) float32 array
        RGB, linear light with the primaries of sRGB; the array itself where these are Blender's own.
    """
    axes = [Color(axis).from_scene_linear_to_rec709_linear() for axis in np.eye(3)]
    matrix = np.array(axes, np.float32)
    return linear if np.allclose(matrix, np.eye(3), atol=1e-4) else linear @ matrix
