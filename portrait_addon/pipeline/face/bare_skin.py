"""Skin in the place of an eye or of the line beside a mouth, as if the face had none.

A closed lid is skin that a portrait with open eyes does not show. Skin is stretched over the eye from all around. What
the rim has of a brow, of lashes or of the shade under the brow is no lid, which bulges forward into the light: where
the rim is darker than the skin below the eye, it takes that skin's colour for the missing light. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, Points, UInt8Array
from ..imaging.membrane import membrane
from ..imaging.push_pull import push_pull
from ..imaging.robust import clip_specks
from ..imaging.wide_blur import wide_blur

RIM_BLUR = 0.02
"""Standard deviation of the blur of the skin round a gap, in outer-eye distances: a hair is no skin."""

LEAST_LIGHT = 0.9
"""Least light of the rim, against the skin below the eye."""

COARSEST = 0.025
"""Standard deviation of the blur that removes all that is coarser than texture, in outer-eye distances."""

SPECK = 2.5
"""Largest deviation that is texture, see `clip_specks`; more is a wrinkle, or the rim of glasses."""

_UPPER = 7
"""Points at the head of `lid_outline` that lie above the eye; all others lie below it or at its ends."""


def rim_colours(colours: Float32Array, unit: float) -> Float32Array:
    """Blur the skin from which a gap is filled.

    Parameters
    ----------
    colours : (h, w, c) or (h, w) float32 array
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    float32 array
        Of the same shape.
    """
    return wide_blur(colours, max(RIM_BLUR * unit, 0.5))


def skin_beyond(colours: Float32Array, face: Float32Array, unit: float) -> Float32Array:
    """Continue the skin of a face beyond its rim, as if there were no end.

    Parameters
    ----------
    colours : (h, w, c) float32 array
        A part of a picture.
    face : (h, w) float32 array
        0..1, alpha of the face in it.
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    (h, w, c) float32 array
        `colours` itself where the face is all around, or nowhere.
    """
    if (face == 1).all() or not (face == 1).any():
        return colours
    rim = 2 * max(1, round(RIM_BLUR * unit)) + 1
    known = np.asarray(cv2.erode(face, np.ones((rim, rim), np.uint8)), np.float32)
    return push_pull(colours * known[..., None], known)


def fine_texture(skin: Float32Array, white: float | np.float32, unit: float) -> Float32Array:
    """Take the fine texture of skin: pores, the grain of a photograph, brush strokes.

    Parameters
    ----------
    skin : (h, w, c) float32 array
        As encoded, 0..`white`.
    white : float
        Largest value of a picture of its kind.
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    (h, w, c) float32 array
        Deviations around 0, as shares of the colours.
    """
    lifted = skin + np.float32(white / 64)  # black beside black is no texture
    lifted /= wide_blur(lifted, max(COARSEST * unit, 1.0))
    lifted -= 1
    return clip_specks(lifted, SPECK)


def bare_skin(
    colours: Float32Array, light: Float32Array, outline: Points, mask: UInt8Array, unit: float
) -> Float32Array:
    """Stretch skin over an eye.

    Parameters
    ----------
    colours : (h, w, c) float32 array
        Surroundings of the eye, premultiplied, in any encoding.
    light : (h, w) float32 array
        Their light, in the same encoding.
    outline : (16, 2) array
        From `lid_outline`, in pixels of `colours`.
    mask : (h, w) uint8 array
        255 within the outline, 0 outside.
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    (h, w, c) float32 array
        Counts within the mask.
    """
    rim, rim_light = rim_colours(colours, unit), rim_colours(light, unit)
    height, width = mask.shape
    below = np.clip(np.rint(outline[_UPPER:]), 0, (width - 1, height - 1)).astype(int)
    skin = rim[below[:, 1], below[:, 0]].mean(axis=0)
    skin_light = float(rim_light[below[:, 1], below[:, 0]].mean())
    missing = np.maximum(LEAST_LIGHT - rim_light / np.float32(max(skin_light, 1e-6)), 0)
    return membrane(np.asarray(rim + missing[..., None] * skin, np.float32), mask)
