"""Fill what is not known of a picture from what is."""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Float32Array


def push_pull(values: Float32Array, weight: Float32Array) -> Float32Array:
    """Interpolate scattered colours by a pyramid: a coarser level fills in where the weight is small.

    Parameters
    ----------
    values : (h, w, c) float32 array
        Colours times their weights.
    weight : (h, w) float32 array
        0..1; 0 is not known.

    Returns
    -------
    (h, w, c) float32 array
        The colours themselves where the weight is 1.

    References
    ----------
    S. J. Gortler et al., *The Lumigraph*, SIGGRAPH 1996.
    """
    own = values / np.maximum(weight, 1e-6)[..., None]
    if max(weight.shape) <= 2:
        return np.asarray(np.average(own.reshape(-1, own.shape[2]), axis=0, weights=weight.ravel() + 1e-9) + 0 * own)
    size = (weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2
    lighter = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    fewer = cv2.resize(values, size, interpolation=cv2.INTER_AREA).reshape(*lighter.shape, -1)
    # A coarser cell has its full weight as soon as a quarter of its area is known.
    gain = np.minimum(4, 1 / np.maximum(lighter, 1e-6)).astype(np.float32)
    coarse: Float32Array = push_pull(fewer * gain[..., None], np.asarray(lighter * gain, np.float32))
    coarse = np.asarray(cv2.resize(coarse, weight.shape[::-1]), np.float32).reshape(own.shape)
    return np.asarray(coarse + weight[..., None] * (own - coarse), np.float32)
