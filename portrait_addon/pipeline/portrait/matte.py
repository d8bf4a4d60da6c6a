"""Where the person is in a portrait, hair and shoulders included.

The network sees 256 pixels; a guided filter brings its matte to the picture's own edges: near every pixel the matte is
taken for a linear function of the picture's colours, fitted on a small copy and applied at full size, so that it
follows locks of hair that the network cannot see.

Source: K. He, J. Sun, *Fast guided filter*, arXiv:1505.00996, 2015; with a grey guide.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from ...models import load_model
from ..imaging.arrays import Float32Array, ImageArray, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import to_8bit, white_level
from ..imaging.compositing import strips
from ..imaging.scaling import size_within, upsample_region
from ..imaging.threads import ComputedOnce, Lockable
from ..tracking.matte_dnn import DnnPersonSegmenter

FITTED_SIDE = 512
"""Longer side of the copy on which the filter is fitted, in pixels: twice the network's, and it limits the time."""

FILTER_RADIUS = 6
"""Radius of the filter, in pixels of that copy."""

FILTER_EDGE = 0.03
"""Contrast of the guide, 0..1, that counts as an edge."""

CERTAIN = (0.1, 0.9)
"""Confidences that are stretched to 0 and 1: the network is never quite sure."""

RIM = (0.25, 0.9)
"""Values after the filter that are stretched to 0 and 1: it leaves a halo of a few pixels."""


class PersonMatte(Lockable):
    """Matte of the person in a picture.

    It depends on the pixels alone. Portraits made of the same picture share it, with other points or at another size:
    the network runs once, at the first use.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA; uint8, uint16 or float32 (0..1).
    """

    def __init__(self, picture: ImageArray) -> None:
        super().__init__()
        self._picture = picture

    def of(self, picture: ImageArray) -> UInt8Array:
        """Matte for the picture, or for a resized copy of it.

        Parameters
        ----------
        picture : (y, x, 3) or (y, x, 4) array
            The picture of this object at any size.

        Returns
        -------
        (y, x) uint8 array
            0 on the background, 255 on the person; read-only.
        """
        slope, offset = self._fit
        height, width = picture.shape[:2]
        whole, matte = Box(0, 0, width, height), np.empty((height, width), np.uint8)
        for part in strips(whole):
            region = part.cut(picture)
            values = upsample_region(slope, part, whole) * _grey(to_8bit(region)) + upsample_region(offset, part, whole)
            values = _stretch(values, RIM)
            if region.shape[2] == 4:
                values = np.minimum(values, region[..., 3] / white_level(region))
            part.cut(matte)[:] = np.rint(255 * values)
        matte.setflags(write=False)
        return matte

    @ComputedOnce
    def _fit(self) -> tuple[Float32Array, Float32Array]:
        """(y, x) slope and offset, on the small copy, of the matte as a function of the grey picture."""
        picture = self._picture
        size = size_within((picture.shape[1], picture.shape[0]), FITTED_SIDE)
        small = to_8bit(cast(ImageArray, cv2.resize(picture, size, interpolation=cv2.INTER_AREA)))
        with DnnPersonSegmenter(load_model("selfie_segmentation.tflite")) as segmenter:
            confidence = segmenter.matte(small)
        return _guided_fit(_stretch(confidence, CERTAIN), _grey(small))


def _grey(picture: UInt8Array) -> Float32Array:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) / np.float32(255)


def _stretch(values: Float32Array, limits: tuple[float, float]) -> Float32Array:
    """Values, of which the limits become 0 and 1."""
    low, high = limits
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)


def _guided_fit(matte: Float32Array, guide: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Slope and offset by which the matte is a linear function of the guide near every pixel."""

    def mean(values: Float32Array) -> Float32Array:
        side = 2 * FILTER_RADIUS + 1
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)

    middle, level = mean(guide), mean(matte)
    slope = (mean(guide * matte) - middle * level) / (mean(guide * guide) - middle * middle + FILTER_EDGE**2)
    return mean(slope), mean(level - slope * middle)
