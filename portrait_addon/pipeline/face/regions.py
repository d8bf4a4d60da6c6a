"""Regions of a face whose expression has a strength of its own: eyes, brows and mouth."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..imaging.arrays import Float64Array, Points
from ..imaging.easing import smoothstep
from .mesh import BROWS, EACH_BROW, EYES, JAW, MOUTH, OUTER_LIPS, SKIN_POINTS, canonical_skin, outer_eye_distance

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


@cache
def left_share() -> Float64Array:
    """Tell which points belong to the sitter's left side of a face.

    Returns
    -------
    (478,) float64 array
        0 on the right side, 1 on the left, smooth between the inner ends of the brows; read-only.
    """
    share = np.empty(SKIN_POINTS + sum(len(iris) for _, iris in EYES))
    x = canonical_skin()[:, 0]
    inner = x[list(EACH_BROW[1])].min()
    share[:SKIN_POINTS] = smoothstep((x + inner) / (2 * inner))
    for side, (_, iris) in enumerate(EYES):
        share[list(iris)] = side
    share.flags.writeable = False
    return share
