"""Regions of a face whose expression has a strength of its own: eyes, brows and mouth."""

from __future__ import annotations

import numpy as np

from ..imaging.arrays import Float64Array, Points
from .mesh import BROWS, EYES, JAW, MOUTH, OUTER_LIPS, outer_eye_distance

REGION_REACH = 0.2
"""Distance over which the strengths of eyes, brows and mouth fade into the rest of the face, in outer-eye distances."""


def face_regions(points: Points) -> Float64Array:
    """Weigh the points of a face in the regions eyes, brows and mouth.

    Parameters
    ----------
    points : (478, 3) array
        In pixels.

    Returns
    -------
    (3, 478) float64 array
        Weights 0..1, with a smooth falloff between the regions; each column sums to at most 1.
    """
    eyes = np.concatenate([np.concatenate([eye.contour, iris]) for eye, iris in EYES])
    cores = (eyes, np.array(BROWS), np.concatenate([OUTER_LIPS.contour, MOUTH.contour, JAW[5:14]]))
    reach = REGION_REACH * outer_eye_distance(points)
    nearest = [np.linalg.norm(points[:, None, :2] - points[core, :2], axis=2).min(axis=1) for core in cores]
    weights = np.exp(-((np.stack(nearest) / reach) ** 2))
    for row, core in enumerate(cores):
        weights[:, core] = np.eye(len(cores))[row][:, None]
    return np.asarray(weights / np.maximum(weights.sum(axis=0), 1))
