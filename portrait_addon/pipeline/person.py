"""Where the person is in a portrait, hair and shoulders included.

The network sees 256 pixels; its matte is brought to the picture's own edges by a guided filter: near every pixel the
matte is taken for a linear function of the picture's colours, fitted on a small copy and applied at full size, so that
it follows locks of hair that the network cannot see.

Source: K. He, J. Sun, *Fast guided filter*, arXiv:1505.00996, 2015; with a grey guide.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..models import load_model
from .arrays import Values
from .portrait import Portrait, in_8_bits
from .step2_warp.layers import white_of
from .tracking.matte_dnn import DnnPersonSegmenter

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
def person_matte(portrait: Portrait) -> Values:
    """(h, w) matte of the person in a portrait, 0..1; not to be written to."""
    if "person" in portrait.masks:
        return portrait.masks["person"].astype(np.float32) / np.float32(255)
    picture = in_8_bits(portrait.picture)
    guide = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) / np.float32(255)
    width, height = portrait.size
    shrink = min(1.0, FITTED_SIDE / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    with DnnPersonSegmenter(load_model("selfie_segmentation.tflite")) as segmenter:
        confidence = segmenter.matte(small)
    low, high = CERTAIN
    small_guide = np.asarray(cv2.resize(guide, size, interpolation=cv2.INTER_AREA), np.float32)
    matte = _guided(np.clip((confidence - low) / (high - low), 0, 1), small_guide, guide)
    low, high = RIM
    matte = np.clip((matte - low) / (high - low), 0, 1).astype(np.float32)
    if portrait.picture.shape[2] == 4:
        matte = np.minimum(matte, portrait.picture[..., 3] / white_of(portrait.picture)).astype(np.float32)
    matte.setflags(write=False)
    return matte


def _guided(matte: Values, small: Values, guide: Values) -> Values:
    """The matte as the guide has it: fitted on the small guide, applied to the whole one."""

    def mean(values: Values) -> Values:
        side = 2 * FILTER_RADIUS + 1
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)

    middle, level = mean(small), mean(matte)
    slope = (mean(small * matte) - middle * level) / (mean(small * small) - middle * middle + FILTER_EDGE**2)
    offset = level - slope * middle
    size = guide.shape[::-1]
    slope, offset = (cv2.resize(mean(values), size, interpolation=cv2.INTER_LINEAR) for values in (slope, offset))
    return np.clip(slope * guide + offset, 0, 1).astype(np.float32)
