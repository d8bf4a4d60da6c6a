"""Light and colour of pictures: 8 bits, linear light, luminance, tint."""

from __future__ import annotations

import cv2
import numpy as np

from ... import srgb
from .arrays import Float32Array, ImageArray, Points, UInt8Array

CURVE = 2.4
"""Power of the sRGB curve [IEC 61966-2-1]."""


def white_level(picture: ImageArray) -> np.float32:
    """The value of full white."""
    return np.float32({np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1))


def lightness(picture: ImageArray) -> Float32Array:
    """(h, w) mean of blue, green and red, as encoded."""
    mean = np.zeros((1, picture.shape[2]), np.float32)
    mean[:, :3] = 1 / 3
    return np.asarray(cv2.transform(np.asarray(picture, np.float32), mean), np.float32)


def brighten(picture: ImageArray, curve_gain: Float32Array) -> ImageArray:
    """Multiply the light of an sRGB picture (h, w, c); an alpha channel stays.

    Above its short linear toe the sRGB curve is ``v = 1.055 l^(1/2.4) - 0.055``, so that a factor g on the light is
    ``(v + 0.055) g^(1/2.4) - 0.055`` on the value. `curve_gain` (h, w, 3) is that power of g.
    """
    white = 255.0 if picture.dtype == np.uint8 else 1.0
    offset = np.float32(0.055 * white)
    colours = picture[..., :3].astype(np.float32)
    colours += offset
    colours *= curve_gain
    colours -= offset
    if picture.dtype == np.uint8:
        return np.asarray(cv2.convertScaleAbs(np.maximum(colours, 0, out=colours)), np.uint8)
    np.clip(colours, 0, white, out=colours)
    return np.asarray(np.concatenate([colours, picture[..., 3:]], axis=2), np.float32)


def to_8bit(picture: ImageArray) -> UInt8Array:
    """The picture in 8 bits, what is transparent over mid-grey."""
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return np.asarray(picture, np.uint8)
    values = picture.astype(np.float32) / white_level(picture)
    colours = values[..., :3]
    if picture.shape[2] == 4:
        colours = colours * values[..., 3:] + 0.5 * (1 - values[..., 3:])
    return np.asarray(cv2.convertScaleAbs(np.clip(colours, 0, 1), alpha=255), np.uint8)


LUMINANCE = np.array([0.0722, 0.7152, 0.2126], np.float32)
"""Weights of linear B, G, R [ITU-R BT.709]."""


def luminance(linear: Float32Array) -> Float32Array:
    """Luminance (...) of linear BGR colours (..., 3)."""
    blue, green, red = (linear[..., channel] * weight for channel, weight in enumerate(LUMINANCE))
    return np.asarray(blue + green + red, np.float32)


def tint(colour: Float32Array) -> Float32Array:
    """(3,) the colour at luminance 1; exactly (1, 1, 1) for a grey."""
    if np.ptp(colour) == 0:
        return np.ones(3, np.float32)
    return np.asarray(colour / max(float(luminance(colour)), 1e-6), np.float32)


def srgb_to_linear_clipped(encoded: Points) -> Float32Array:
    """Linear light of sRGB values, kept within 0..1."""
    return srgb.srgb_to_linear(np.clip(encoded, 0, 1))


_LINEAR = srgb.srgb_to_linear(np.arange(256) / 255)


def linear_of_bytes(encoded: UInt8Array) -> Float32Array:
    """Linear light of sRGB values 0..255."""
    return _LINEAR[encoded]


def linear_to_srgb_clipped(linear: Points) -> Float32Array:
    """The inverse of `srgb_to_linear_clipped`."""
    return srgb.linear_to_srgb(np.clip(linear, 0, 1))
