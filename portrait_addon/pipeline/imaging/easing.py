"""Smooth transitions between 0 and 1."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from .arrays import Float32Array, Float64Array

Share = TypeVar("Share", float, Float32Array, Float64Array)


def smoothstep(share: Share) -> Share:
    """Cubic Hermite step, with zero slope at both ends.

    Parameters
    ----------
    share : float or array of float
        Clipped to 0..1 first.

    Returns
    -------
    float or array
        ``3 x^2 - 2 x^3``, 0..1, of the type of `share`.

    Examples
    --------
    >>> smoothstep(0), smoothstep(0.5), smoothstep(2)
    (0.0, 0.5, 1.0)
    """
    if isinstance(share, np.ndarray):
        clipped = np.clip(share, 0, 1)
        return np.asarray(clipped * clipped * (3 - 2 * clipped), share.dtype)
    x = min(max(float(share), 0.0), 1.0)
    return x * x * (3 - 2 * x)


def ramp(value: float, start: float, end: float) -> float:
    """Map a value linearly from `start`..`end` to 0..1, clipped.

    Parameters
    ----------
    value : float
        Input value.
    start, end : float
        Inputs that give 0 and 1. They differ; `end` may be smaller than `start`.

    Returns
    -------
    float
        0..1.

    Examples
    --------
    >>> ramp(3, 2, 4), ramp(9, 2, 4), ramp(1, 2, 0)
    (0.5, 1.0, 0.5)
    """
    return min(max((value - start) / (end - start), 0.0), 1.0)
