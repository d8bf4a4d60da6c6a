"""Similarity transforms (rotation, scale, translation) between point sets, by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Float64Array, Points


@dataclass(frozen=True)
class Similarity:
    """Similarity transform ``x -> scale * rotation @ x + translation`` in d = 2 or 3 dimensions.

    Attributes
    ----------
    rotation : (d, d) float64 array
        Proper rotation (determinant 1).
    scale : float
        Positive.
    translation : (d,) float64 array
        In the units of the destination.

    Examples
    --------
    >>> double = Similarity(np.eye(2), 2.0, np.array([1.0, 0.0]))
    >>> double(np.array([[3.0, 4.0]])).tolist()
    [[7.0, 8.0]]
    """

    rotation: Float64Array
    scale: float
    translation: Float64Array

    @property
    def linear(self) -> Float64Array:
        """(d, d) float64 array, rotation times scale: transforms offsets, without translation."""
        return self.scale * self.rotation

    def __call__(self, points: Points) -> Float64Array:
        """Transform points.

        Parameters
        ----------
        points : (..., d) array
            Positions in the units of the source.

        Returns
        -------
        (..., d) float64 array
            Positions in the units of the destination.
        """
        return np.asarray(points @ self.linear.T + self.translation, np.float64)

    @property
    def inverse(self) -> Similarity:
        """The inverse transform, from destination to source."""
        rotation = self.rotation.T
        scale = 1.0 / self.scale
        return Similarity(rotation, scale, -scale * rotation @ self.translation)


def best_similarity(source: Points, destination: Points, weights: Points | None = None) -> Similarity:
    """Find the least-squares similarity that takes one point set to another [1]_.

    Parameters
    ----------
    source, destination : (n, d) arrays
        Corresponding points, d = 2 or 3.
    weights : (n,) array, optional
        Weights of the points, non-negative and not all zero; equal by default.

    Returns
    -------
    Similarity
        Minimizes the weighted sum of squared distances. It never reflects.

    Raises
    ------
    ValueError
        If the shapes differ, are not (n, d), or all points coincide.

    References
    ----------
    .. [1] S. Umeyama, *Least-squares estimation of transformation parameters between two point patterns*, IEEE TPAMI
       13(4), 1991.
    """
    if source.shape != destination.shape or source.ndim != 2:
        raise ValueError(f"point sets of the same shape (n, d) are needed, not {source.shape} and {destination.shape}")
    normalized = np.full(len(source), 1.0 / len(source)) if weights is None else weights / np.sum(weights)
    a, b = np.asarray(source, np.float64), np.asarray(destination, np.float64)
    centre_a, centre_b = normalized @ a, normalized @ b
    a, b = a - centre_a, b - centre_b
    variance = float(normalized @ sum(a.T**2))
    if not variance > 0:
        raise ValueError("the points of a similarity transform must not all coincide")
    u, singular, vt = np.linalg.svd(b.T @ (a * normalized[:, None]))
    flip = np.ones(a.shape[1])
    flip[-1] = np.sign(np.linalg.det(u @ vt))  # a rotation, never a reflection
    rotation = (u * flip) @ vt
    scale = max(float(singular @ flip) / variance, 1e-9)  # it can be inverted, even where all points come together
    return Similarity(rotation, scale, centre_b - scale * rotation @ centre_a)
