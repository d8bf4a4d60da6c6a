"""Statistics that a few strong values do not spoil."""

from __future__ import annotations

import numpy as np

from .arrays import Float32Array

NORMAL = 0.6745
"""Median of the absolute deviation of a normal distribution, in its standard deviations."""


def clip_specks(deviations: Float32Array, limit: float) -> Float32Array:
    """Clip deviations that are too strong for grain.

    Parameters
    ----------
    deviations : float32 array
        From what is coarser, of any shape.
    limit : float
        Largest deviation that is kept, in standard deviations of a normal distribution that has the median of all
        absolute deviations.

    Returns
    -------
    float32 array
        Of the same shape.
    """
    strongest = limit * float(np.median(np.abs(deviations))) / NORMAL
    return np.asarray(np.clip(deviations, -strongest, strongest), np.float32)
