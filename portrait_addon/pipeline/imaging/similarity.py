"""Similarity transforms (rotation, scale, translation) between point sets, by least squares.

Source: S. Umeyama, *Least-squares estimation of transformation parameters between two point patterns*, IEEE TPAMI
13(4), 1991.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Float64Array, Points


@dataclass(frozen=True)
class Similarity:
    """``x -> scale * rotation @ x + translation`` in two or three dimensions.

    Attributes
    ----------
    rotation : (d, d) array
        Proper rotation (determinant 1).
    scale : float
        Positive.
    translation : (d,) array
        In the units of the destination.
    """

    rotation: Float64Array
    scale: float
    translation: Float64Array

    @property
    def linear(self) -> Float64Array:
        """(d, d) rotation-and-scale part, which carries offsets."""
        return self.scale * self.rotation

    def __call__(self, points: Points) -> Float64Array:
        """Transform points of shape (..., d)."""
        return np.asarray(points @ self.linear.T + self.translation, np.float64)

    @property
    def inverse(self) -> Similarity:
        """The transform that undoes this one."""
        rotation = self.rotation.T
        scale = 1.0 / self.scale
        return Similarity(rotation, scale, -scale * rotation @ self.translation)


def best_similarity(source: Points, destination: Points, weights: Points | None = None) -> Similarity:
    """Least-squares similarity that takes `source` to `destination`.

    Parameters
    ----------
    source, destination : (n, d) arrays
        Corresponding points, d = 2 or 3, in pixels.
    weights : (n,) array, optional
        Non-negative, not all zero; equal weights if left out.

    Returns
    -------
    Similarity

    Raises
    ------
    ValueError
        If the shapes differ or the points have no extent.
    """
    if source.shape != destination.shape or source.ndim != 2:
        raise ValueError(f"point sets of the same shape (n, d) are needed, not {source.shape} and {destination.shape}")
    share = np.full(len(source), 1.0 / len(source)) if weights is None else weights / np.sum(weights)
    a, b = np.asarray(source, np.float64), np.asarray(destination, np.float64)
    centre_a, centre_b = share @ a, share @ b
    a, b = a - centre_a, b - centre_b
    spread = float(share @ (a**2).sum(axis=1))
    if not spread > 0:
        raise ValueError("the points of a similarity transform must not all coincide")
    u, singular, vt = np.linalg.svd(b.T @ (a * share[:, None]))
    flip = np.ones(a.shape[1])
    flip[-1] = np.sign(np.linalg.det(u @ vt))  # a rotation, never a reflection
    rotation = (u * flip) @ vt
    scale = float(singular @ flip) / spread
    return Similarity(rotation, scale, centre_b - scale * rotation @ centre_a)
