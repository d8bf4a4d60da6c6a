"""Step 4: the colour of shade on a portrait's skin.

A ratio image gives the change of luminance. The same factor on red, green and blue would turn the creases of a warm
face grey or olive. Shade on skin is warmer than light, because red light travels furthest in skin; painted skin shows
the same. So each channel follows its own power of the ratio, ``c_i = c* r^k_c``. The powers are measured on the
portrait: over its skin, the logarithm of a channel is nearly a linear function of the logarithm of luminance, and the
slope of that line is ``k_c``. A grey photograph stays exactly grey, and a painting keeps its painter's colour of shade.
[ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.mesh import EYES, FACE_OVAL, OUTER_LIPS, outer_eye_distance
from ..imaging.arrays import BoolArray, Float32Array, Points, UInt8Array
from ..imaging.colour import LUMINANCE, luminance, srgb_to_linear_clipped, tint
from ..imaging.polygons import polygon_interior

EXPONENTS = (0.7, 1.4)
"""Smallest and largest slope; measured slopes are clipped to this range [our portraits: .71 to 1.36]."""

ORDINARY = (0.05, 0.95)
"""Quantiles of the skin's luminance between which pixels are used. The others are highlights, nostrils and hair."""

LEAST_CONTRAST = 0.05
"""Standard deviation of the logarithm of luminance below which a face has too little contrast for a measurement."""

GRAIN = 0.02
"""Standard deviation of the blur that removes grain and craquelure, in outer-eye distances."""

INSET = 0.1
"""Width of the margin that is left out along the face's outline, the eyes and the lips, in outer-eye distances."""

_BLACK = 0.003
"""Added to channels and luminance, so that the logarithm of black is finite."""


def shade_exponents(picture: UInt8Array, points: Points) -> Float32Array:
    """Measure the powers of a ratio image that the colour channels of a face follow.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        BGR picture of the portrait.
    points : (478, 3) array
        The portrait's tracked points, in pixels.

    Returns
    -------
    (3,) float32 array
        Powers for blue, green and red, scaled so that the luminance of the median skin colour follows the ratio itself.
        All are 1 if the picture is grey, the face has too little contrast, or no skin lies in the picture.
    """
    none = np.ones(3, np.float32)
    unit = outer_eye_distance(points)
    low = np.maximum(np.floor(points[:, :2].min(axis=0)).astype(int), 0)
    high = np.ceil(points[:, :2].max(axis=0)).astype(int) + 1
    face = picture[low[1] : high[1], low[0] : high[0]]
    skin = _skin(face.shape[:2], points[:, :2] - low, unit) if face.size else np.zeros((0, 0), bool)
    if not skin.any():
        return none
    colours = srgb_to_linear_clipped(cv2.GaussianBlur(face, (0, 0), max(GRAIN * unit, 0.3))[skin] / np.float32(255))
    if not np.ptp(colours, axis=1).any():
        return none  # a grey picture
    light = luminance(colours)
    darkest, brightest = np.quantile(light, ORDINARY)
    ordinary = (light >= darkest) & (light <= brightest)
    log_light = np.log(light[ordinary] + _BLACK)
    if log_light.std() < LEAST_CONTRAST:
        return none
    logs = np.log(colours[ordinary] + _BLACK)
    spread = log_light - log_light.mean()
    slopes = np.clip(spread @ (logs - logs.mean(axis=0)) / (spread @ spread), *EXPONENTS)
    return np.asarray(slopes / (LUMINANCE * tint(np.median(colours, axis=0)) @ slopes), np.float32)


def _skin(size: tuple[int, ...], points: Points, unit: float) -> BoolArray:
    """(h, w) mask of the face without its outline, eyes and lips."""
    inside = polygon_interior(size, points[list(FACE_OVAL)])
    for contour in (*(eye.contour for eye, _ in EYES), OUTER_LIPS.contour):
        inside &= ~polygon_interior(size, points[contour])
    skin = inside.astype(np.uint8)
    return cv2.erode(skin, np.ones((3, 3), np.uint8), iterations=max(1, round(INSET * unit))).astype(bool)
