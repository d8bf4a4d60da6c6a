"""Least squares within bounds, from the normal equations."""

from __future__ import annotations

from functools import reduce

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from ..imaging.arrays import Float64Array, Points

ROUNDS = 30
"""At most so many sets of variables at their bounds are tried; some five are the rule."""

TOLERANCE = 1e-9

SMALL_PRODUCT = 200_000
"""Multiplications of a matrix product that OpenBLAS does not share among threads; it shares from 262,144 on."""


def solve_bounded(normal: Float64Array, right: Float64Array, low: Float64Array, high: Float64Array) -> Float64Array:
    """Minimise ``x . normal . x / 2 - right . x`` within bounds, by an active set.

    All variables that leave their bounds are put to them at once, and all that would lower the sum are let go at once,
    until none does either.

    Parameters
    ----------
    normal : (n, n) array
        Symmetric and positive definite.
    right : (n,) array
    low, high : (n,) array
        Bounds, also infinite ones; ``low <= high``.

    Returns
    -------
    (n,) float64 array

    References
    ----------
    .. [1] J. J. Judice, F. M. Pires, *A block principal pivoting algorithm for large-scale strictly monotone linear
       complementarity problems*, Computers & Operations Research 21(5), 1994.

    Examples
    --------
    >>> solve_bounded(np.eye(2), np.array([0.4, 3.0]), np.zeros(2), np.ones(2))
    array([0.4, 1. ])
    """
    at_low, at_high = np.zeros(len(right), np.bool_), np.zeros(len(right), np.bool_)
    solution = np.zeros(len(right))
    for _ in range(ROUNDS):
        free = ~(at_low | at_high)
        solution[at_low], solution[at_high] = low[at_low], high[at_high]
        factor = cho_factor(normal[np.ix_(free, free)], check_finite=False)
        solution[free] = cho_solve(
            factor, right[free] - normal[np.ix_(free, ~free)] @ solution[~free], check_finite=False
        )
        descent = right - normal @ solution
        below, above = free & (solution < low - TOLERANCE), free & (solution > high + TOLERANCE)
        released = (at_low & (descent > TOLERANCE)) | (at_high & (descent < -TOLERANCE))
        if not (below | above | released).any():
            break
        at_low, at_high = (at_low & ~released) | below, (at_high & ~released) | above
    return np.clip(solution, low, high)


def gram(matrix: Points) -> Float64Array:
    """Products of all columns of a matrix with each other.

    One large product would be shared among the threads of NumPy's BLAS, which wait for each other for longer than they
    compute as soon as other work runs beside; small ones are not.

    Parameters
    ----------
    matrix : (n, k) array

    Returns
    -------
    (k, k) float64 array
        ``matrix.T @ matrix``.

    Examples
    --------
    >>> gram(np.array([[1.0, 2.0], [0.0, 3.0]]))
    array([[ 1.,  2.],
           [ 2., 13.]])
    """
    rows = max(SMALL_PRODUCT // matrix.shape[1] ** 2, 1)
    parts = (matrix[first : first + rows] for first in range(0, len(matrix), rows))
    return np.asarray(reduce(np.add, (part.T @ part for part in parts)), np.float64)
