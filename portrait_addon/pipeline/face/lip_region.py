"""The lips in canonical face space, where a ratio image also tells how lips thin and stretch."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array
from ..imaging.neighbourhood import disc
from .canonical_face import CanonicalFace
from .mesh import MOUTH, OUTER_LIPS

MARGIN = 0.06
"""Skin round the lips that belongs to the region, in outer-eye distances."""

SOFTNESS = 0.02
"""Standard deviation of its soft edge, in outer-eye distances."""


def lip_region(face: CanonicalFace, shape: tuple[int, ...]) -> Float32Array:
    """Find the lips of a canonical face.

    Parameters
    ----------
    face : CanonicalFace
    shape : tuple of two int
        Rows and columns of the clip's ratio images; points that were corrected may ask for a pixel more or less.

    Returns
    -------
    (h, w) float32 array
        1 on the lips and a margin, 0 elsewhere and between lips that part, with a soft edge.
    """
    lips = np.zeros(shape, np.uint8)
    cv2.fillPoly(lips, [face.contour(OUTER_LIPS.contour)], (1,))
    lips = np.asarray(cv2.dilate(lips, disc(MARGIN * face.unit)), np.uint8)
    cv2.fillPoly(lips, [face.contour(MOUTH.contour)], (0,))
    return np.asarray(cv2.GaussianBlur(lips.astype(np.float32), (0, 0), SOFTNESS * face.unit), np.float32)
