"""The shading of one frame, ready to be applied: the ratio image, its brightening damped."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..imaging.arrays import BoolArray, Field, Float32Array
from ..imaging.raster import remap


@dataclass(frozen=True, eq=False)
class Shading:
    """The shading of one frame, ready to be applied.

    Attributes
    ----------
    face : CanonicalFace
        The space of the ratio image.
    log_ratio : (h, w) float32 array
        Natural logarithm of the filtered ratio image.
    strength : float
        0 leaves the picture as it is, 1 applies the ratio once.
    brightening : float
        0..1, share of a brightening that is kept; the lecture keeps 0.01.
    exponents : (3,) float32 array
        Exponents by which blue, green and red of the portrait follow the ratio.
    learned : bool
        Whether it was learned from others, and no driver showed it.
    """

    face: CanonicalFace
    log_ratio: Float32Array = field(repr=False)
    strength: float
    brightening: float
    exponents: Float32Array = field(repr=False)
    learned: bool = False

    def log_gain(self, samples: Field, covered: BoolArray) -> Float32Array | None:
        """Compute the logarithms of the gain in linear light.

        Parameters
        ----------
        samples : (rows, columns, 2) float32 array
            Positions in the canonical face, in its pixels.
        covered : (rows, columns) bool array
            Samples that lie on the face; the gain of the others is 1.

        Returns
        -------
        (rows, columns, 3) float32 array, optional
            For blue, green and red; None if nothing changes.
        """
        if self.strength == 0 or not self.log_ratio.any():
            return None
        log_gain = remap(self.log_ratio, samples, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        log_gain *= covered
        lit = log_gain > 0
        log_gain[lit] = np.log1p(self.brightening * np.expm1(log_gain[lit]))
        return np.asarray(cv2.merge([log_gain * exponent for exponent in self.strength * self.exponents]), np.float32)
