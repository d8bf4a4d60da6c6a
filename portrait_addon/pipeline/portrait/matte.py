"""Where the person is in a portrait, hair and shoulders included.

The network sees 256 pixels; its matte is brought to the picture's own edges by a guided filter: near every pixel the
matte is taken for a linear function of the picture's colours, fitted on a small copy and applied at full size, so that
it follows locks of hair that the network cannot see.

Source: K. He, J. Sun, *Fast guided filter*, arXiv:1505.00996, 2015; with a grey guide.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import cv2
import numpy as np

from ...models import load_model
from ..imaging.arrays import Float32Array, ImageArray, UInt8Array
from ..imaging.colour import to_8bit, white_level
from ..imaging.compositing import strips
from ..imaging.scaling import upsample_region
from ..records.portrait import Portrait
from ..tracking.matte_dnn import DnnPersonSegmenter

FITTED_SIDE = 512
"""Longer side of the copy on which the filter is fitted, in pixels."""

FILTER_RADIUS = 6
"""Of the filter, in pixels of that copy."""

FILTER_EDGE = 0.03
"""Contrast of the guide, 0..1, that counts as an edge."""

CERTAIN = (0.1, 0.9)
"""Confidences that are stretched to 0 and 1: the network is never quite sure."""

RIM = (0.25, 0.9)
"""Values after the filter that are stretched to 0 and 1: it leaves a halo of a few pixels."""


@lru_cache(maxsize=8)
def person_matte(portrait: Portrait) -> UInt8Array:
    """(h, w) matte of the person in a portrait, 0..255; not to be written to."""
    if "person" in portrait.masks:
        return portrait.masks["person"]
    width, height = portrait.size
    shrink = min(1.0, FITTED_SIDE / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    shrunk = cast(ImageArray, cv2.resize(portrait.picture, size, interpolation=cv2.INTER_AREA))
    small = to_8bit(shrunk)
    with DnnPersonSegmenter(load_model("selfie_segmentation.tflite")) as segmenter:
        confidence = segmenter.matte(small)
    slope, offset = _fitted(_stretched(confidence, CERTAIN), _grey(small))
    matte = np.empty((height, width), np.uint8)
    for part in strips(portrait.box):
        picture = part.cut(portrait.picture)
        values = upsample_region(slope, part, portrait.box) * _grey(to_8bit(picture)) + upsample_region(
            offset, part, portrait.box
        )
        values = _stretched(values, RIM)
        if picture.shape[2] == 4:
            values = np.minimum(values, picture[..., 3] / white_level(picture))
        part.cut(matte)[:] = np.rint(255 * values)
    matte.setflags(write=False)
    return matte


def _grey(picture: UInt8Array) -> Float32Array:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) / np.float32(255)


def _stretched(values: Float32Array, limits: tuple[float, float]) -> Float32Array:
    """Values of which the limits become 0 and 1."""
    low, high = limits
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)


def _fitted(matte: Float32Array, guide: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Slope and offset by which the matte is a linear function of the guide near every pixel."""

    def mean(values: Float32Array) -> Float32Array:
        side = 2 * FILTER_RADIUS + 1
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)

    middle, level = mean(guide), mean(matte)
    slope = (mean(guide * matte) - middle * level) / (mean(guide * guide) - middle * middle + FILTER_EDGE**2)
    return mean(slope), mean(level - slope * middle)
