"""How sharp a picture is."""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Float32Array

REBLUR = 1.0
"""Standard deviation of the blur with which a picture's own is compared, in pixels."""

SHARPEST, SOFTEST = 0.6, 12.0
"""Range of a blur that can be told, in pixels."""


def edge_blur(grey: Float32Array, share: float) -> float:
    """Measure the blur of a picture by how much its steepest edges lose when they are blurred again [1]_.

    Parameters
    ----------
    grey : (h, w) float32 array
        Lightness, of any range.
    share : float
        Of the pixels, 0..1, that lie on such edges.

    Returns
    -------
    float
        Standard deviation in pixels, `SHARPEST`..`SOFTEST`.

    References
    ----------
    .. [1] S. Zhuo, T. Sim, *Defocus map estimation from a single image*, Pattern Recognition 44, 2011.
    """
    blurred = np.asarray(cv2.GaussianBlur(grey, (0, 0), REBLUR), np.float32)
    ratio = _steepest(grey, share) / max(_steepest(blurred, share), 1e-9)
    return float(np.clip(REBLUR / np.sqrt(max(ratio**2 - 1, 1e-6)), SHARPEST, SOFTEST))


def _steepest(grey: Float32Array, share: float) -> float:
    """Mean slope of the steepest edges."""
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)).ravel()
    return float(np.sort(slope)[-max(round(share * len(slope)), 1) :].mean())
