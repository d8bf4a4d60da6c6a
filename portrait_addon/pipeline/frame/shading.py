"""Step 4: the shading of one frame, ready to be applied. Brightening is damped last [lecture]."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..imaging.arrays import BoolArray, Field, Float32Array
from ..imaging.raster import remap

BRIGHTENING = 0.01
"""Share that is kept of a brightening [lecture]."""


@dataclass(frozen=True, eq=False)
class Shading:
    """The shading of one frame, ready to be applied.

    Attributes
    ----------
    face : CanonicalFace
        Its space.
    log_ratio : (h, w) float32 array
        Natural logarithm of the filtered ratio image.
    strength : float
        0 leaves the picture as it is, 1 is the lecture.
    exponents : (3,) float32 array
        Powers of the ratio that the portrait's channels follow.
    """

    face: CanonicalFace
    log_ratio: Float32Array
    strength: float
    exponents: Float32Array

    def log_gain(self, field: Field, covered: BoolArray) -> Float32Array | None:
        """(..., 3) logarithms of factors in linear light, at samples whose canonical positions are given.

        Brightening is damped, then all is raised to the strength and to the channels' own powers. None if all are 0.
        """
        if self.strength == 0 or not self.log_ratio.any():
            return None
        log_ratio = remap(self.log_ratio, field, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        brighter = np.log1p(BRIGHTENING * np.expm1(np.maximum(log_ratio, 0)))
        damped = (np.minimum(log_ratio, 0) + brighter) * covered
        return np.asarray(damped[..., None] * (self.strength * self.exponents), np.float32)
