"""Smooth transitions between 0 and 1."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from .arrays import Float32Array, Float64Array

Share = TypeVar("Share", float, Float32Array, Float64Array)


def smoothstep(share: Share) -> Share:
    """Cubic Hermite step: slow at both ends.

    Parameters
    ----------
    share : float or array
        Values are kept within 0..1 first.

    Returns
    -------
    float or array
        ``3 x^2 - 2 x^3``, of the type of `share`.

    Examples
    --------
    >>> smoothstep(0), smoothstep(0.5), smoothstep(2)
    (0.0, 0.5, 1.0)
    """
    if isinstance(share, np.ndarray):
        kept = np.clip(share, 0, 1)
        return np.asarray(kept * kept * (3 - 2 * kept), share.dtype)
    kept = min(max(float(share), 0.0), 1.0)
    return kept * kept * (3 - 2 * kept)


def ramp(value: float, start: float, end: float) -> float:
    """Share of the way from `start` to `end`, kept within 0..1.

    Parameters
    ----------
    value, start, end : float
        `start` and `end` differ; `end` may be the smaller one.

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
