"""How lined a portrait's own skin is.

Creases that no clip lends come as strong. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.bare_skin import RIM_BLUR
from ..face.mesh import EYES, FACE_OVAL, OUTER_LIPS
from ..imaging.arrays import BoolArray, ImageArray
from ..imaging.box import Box
from ..imaging.colour import lightness, white_level
from ..imaging.polygons import polygon_interior
from ..imaging.robust import NORMAL, median
from ..records.portrait import Portrait

BROAD = 0.08
"""Standard deviation of the blur that is broader than lines, in outer-eye distances; `RIM_BLUR` is finer than they are.
"""

ORDINARY = 0.09
"""Deviation of the logarithm of light between both on an ordinary face [our portraits: .057 to .19]."""

RANGE = (0.6, 1.4)
"""Range of the factor on creases."""

BLACK = 0.02
"""Added to light, so that black has a logarithm."""


def crease_strength(portrait: Portrait, picture: ImageArray) -> float:
    """Tell how strong creases are on a portrait's skin.

    Parameters
    ----------
    portrait : Portrait
    picture : (h, w, c) uint8 or float32 array
        Its picture, premultiplied BGR or BGRA.

    Returns
    -------
    float
        Factor on the logarithms of ratio images that were learned from others, 1 for ordinary skin.
    """
    face = Box.around(portrait.points[:, :2], 0).within(picture)
    if face.empty:
        return 1.0
    light = np.log(lightness(face.cut(picture)) / white_level(picture) + np.float32(BLACK))
    fine, broad = (cv2.GaussianBlur(light, (0, 0), max(blur * portrait.unit, 0.3)) for blur in (RIM_BLUR, BROAD))
    skin = _skin(portrait, face, light.shape)
    if not skin.any():
        return 1.0
    lines = median(np.abs(np.asarray(fine - broad, np.float32)[skin])) / NORMAL
    return float(np.clip(np.sqrt(lines / ORDINARY), *RANGE))


def _skin(portrait: Portrait, face: Box, shape: tuple[int, ...]) -> BoolArray:
    """(h, w) bool mask of a face without eyes and lips."""
    points = portrait.points[:, :2] - np.array([face.left, face.top])
    skin = polygon_interior(shape, points[list(FACE_OVAL)])
    for contour in (*(eye.contour for eye, _ in EYES), OUTER_LIPS.contour):
        skin &= ~polygon_interior(shape, points[contour])
    return skin
