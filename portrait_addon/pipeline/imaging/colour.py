"""Colours of pictures: 8-bit, sRGB-encoded and linear values, luminance, tint."""

from __future__ import annotations

import cv2
import numpy as np

from ... import srgb
from .arrays import Float32Array, ImageArray, Points, UInt8Array

CURVE = 2.4
"""Exponent of the sRGB transfer function [IEC 61966-2-1]."""


def white_level(picture: ImageArray) -> np.float32:
    """Return the value of full white in a picture's type.

    Parameters
    ----------
    picture : array
        Of any shape; uint8, uint16 or float32.

    Returns
    -------
    float32
        255, 65535 or 1.
    """
    return np.float32({np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1))


def lightness(picture: ImageArray) -> Float32Array:
    """Average the encoded blue, green and red values.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA of any type; alpha is ignored.

    Returns
    -------
    (h, w) float32 array
        In the range of the picture's type.
    """
    mean = np.zeros((1, picture.shape[2]), np.float32)
    mean[:, :3] = 1 / 3
    return np.asarray(cv2.transform(np.asarray(picture, np.float32), mean), np.float32)


def encoded_luminance(frame: UInt8Array) -> UInt8Array:
    """Luminance of a frame as encoded, as thresholds take it.

    Parameters
    ----------
    frame : (h, w, 3) or (h, w) uint8 array
        BGR, or luminance.

    Returns
    -------
    (h, w) uint8 array
        The input array itself if it is luminance.
    """
    return frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def brighten(picture: ImageArray, curve_gain: Float32Array, white: float | None = None) -> ImageArray:
    """Multiply the linear light of an sRGB picture by a factor.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array, or (h, w, 3) or (h, w, 4) float32 array
        BGR or BGRA as encoded; white is 255 or 1.
    curve_gain : (h, w, 3) float32 array
        ``g ** (1 / CURVE)`` for each factor g on the light, at least 0.
    white : float, optional
        Encoded value of white, in the unit of `picture`; 255 for uint8 and 1 for float32 if it is left out.

    Returns
    -------
    array
        Shape and type of `picture`, clipped to 0..white; the alpha channel is unchanged.

    Notes
    -----
    Above its short linear segment the sRGB curve [1]_ is ``v = 1.055 l^(1/2.4) - 0.055``. A factor g on the light l
    therefore changes the encoded value v to ``(v + 0.055) g^(1/2.4) - 0.055``. The linear segment is
    treated in the same way.

    References
    ----------
    .. [1] IEC 61966-2-1:1999, sRGB colour space.
    """
    if white is None:
        white = 255.0 if picture.dtype == np.uint8 else 1.0
    offset = np.float32(0.055 * white)
    colours = picture[..., :3].astype(np.float32)
    colours += offset
    colours *= curve_gain
    colours -= offset
    if picture.dtype == np.uint8:
        return np.asarray(cv2.convertScaleAbs(np.maximum(colours, 0, out=colours)), np.uint8)
    np.clip(colours, 0, white, out=colours)
    return np.dstack([colours, picture[..., 3:]]) if picture.shape[2] > 3 else colours


def to_8bit(picture: ImageArray) -> UInt8Array:
    """Convert a picture to 8 bits; transparent pixels are composited over mid-grey.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA with straight alpha; uint8, uint16, or float32 where 1 is white.

    Returns
    -------
    (h, w, 3) uint8 array
        BGR; the input array itself if it is uint8 without alpha.
    """
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return np.asarray(picture, np.uint8)
    values = picture.astype(np.float32) / white_level(picture)
    colours = values[..., :3]
    if picture.shape[2] == 4:
        colours = colours * values[..., 3:] + 0.5 * (1 - values[..., 3:])
    return np.asarray(cv2.convertScaleAbs(np.clip(colours, 0, 1), alpha=255), np.uint8)


LUMINANCE = np.array([0.0722, 0.7152, 0.2126], np.float32)
"""Weights of linear blue, green and red [ITU-R BT.709]."""


def luminance(linear: Float32Array) -> Float32Array:
    """Compute the luminance of linear colours.

    Parameters
    ----------
    linear : (..., 3) float32 array
        BGR in linear light.

    Returns
    -------
    (...) float32 array
        Weighted sum of the channels [1]_; 1 for white.

    References
    ----------
    .. [1] ITU-R BT.709-6, 2015.
    """
    blue, green, red = (linear[..., channel] * weight for channel, weight in enumerate(LUMINANCE))
    return np.asarray(blue + green + red, np.float32)


def tint(colour: Float32Array) -> Float32Array:
    """Scale a colour to luminance 1.

    Parameters
    ----------
    colour : (3,) float32 array
        BGR in linear light, at least 0.

    Returns
    -------
    (3,) float32 array
        Exactly (1, 1, 1) for a grey.

    Examples
    --------
    >>> tint(np.array([0.5, 0.5, 0.5], np.float32)).tolist()
    [1.0, 1.0, 1.0]
    """
    if np.ptp(colour) == 0:
        return np.ones(3, np.float32)
    return np.asarray(colour / max(float(luminance(colour)), 1e-6), np.float32)


def srgb_to_linear_clipped(encoded: Points) -> Float32Array:
    """Decode sRGB values to linear light.

    Parameters
    ----------
    encoded : array of float
        Clipped to 0..1 first.

    Returns
    -------
    float32 array
        Of the same shape, 0..1.
    """
    return srgb.srgb_to_linear(np.clip(encoded, 0, 1))


_LINEAR = srgb.srgb_to_linear(np.arange(256) / 255)


def linear_of_bytes(encoded: UInt8Array) -> Float32Array:
    """Decode 8-bit sRGB values to linear light with a lookup table.

    Parameters
    ----------
    encoded : uint8 array
        0..255.

    Returns
    -------
    float32 array
        Of the same shape, 0..1.
    """
    return np.asarray(cv2.LUT(encoded, _LINEAR), np.float32) if encoded.size else np.empty(encoded.shape, np.float32)


def linear_to_srgb_clipped(linear: Points) -> Float32Array:
    """Encode linear light as sRGB values; the inverse of `srgb_to_linear_clipped`.

    Parameters
    ----------
    linear : array of float
        Clipped to 0..1 first.

    Returns
    -------
    float32 array
        Of the same shape, 0..1.
    """
    return srgb.linear_to_srgb(np.clip(linear, 0, 1))
