"""Step 1: find the neutral driving frame, anywhere in the clip.

The lecture asks for a clip that contains a neutral face and does not say how to find it. Ours: the frame whose face
does least, by the tracker's own blendshapes, with the mouth closed, and head and eyes towards the camera.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..arrays import Doubles, Mask, Points
from ..face_mesh import MOUTH
from ..tracking.landmarker import BLENDSHAPES

GAP_WEIGHT = 6.0
"""Activity of a mouth open by one outer-eye distance, against one full blendshape."""

GAZE_WEIGHT = 0.4
"""Activity of eyes that look aside, against one full blendshape."""

TURN_WEIGHT = 1 / 30
"""Activity of one degree of yaw or roll, against one full blendshape."""

STEADINESS = 1.5
"""Frames (standard deviation) over which the activity is averaged: a rest lasts, a closure in speech does not."""

_WEIGHTS = np.array(
    [GAZE_WEIGHT if name.startswith("eyeLook") else float(name != "_neutral") for name in BLENDSHAPES], np.float32
)


CANDIDATES = 6
"""So many rests are offered, if the clip has them."""

APART = 5
"""Frames between two candidates: nearer ones are the same rest."""


def activity(points: Points, blendshapes: Points, head_matrices: Points) -> Doubles:
    """How far every frame is from rest.

    Parameters
    ----------
    points : (n, 478, 3) array
    blendshapes : (n, 52) array
    head_matrices : (n, 4, 4) array

    Returns
    -------
    (n,) array
        0 for a perfect rest, about 1 for an ordinary one, 2 and more for speech, smiles and blinks.
    """
    expression = np.linalg.norm(_WEIGHTS * blendshapes, axis=1)
    gaps = np.linalg.norm(points[:, MOUTH.upper, :2] - points[:, MOUTH.lower, :2], axis=2).max(axis=1)
    unit = np.linalg.norm(points[:, 33, :2] - points[:, 263, :2], axis=1)
    yaw = np.degrees(np.arctan2(head_matrices[:, 0, 2], head_matrices[:, 2, 2]))
    roll = np.degrees(np.arctan2(head_matrices[:, 1, 0], head_matrices[:, 1, 1]))
    return np.asarray(expression + GAP_WEIGHT * gaps / unit + TURN_WEIGHT * np.hypot(yaw, roll), np.float64)


def neutral_frame(activities: Doubles, found: Mask) -> int:
    """Index of the frame nearest to rest.

    Parameters
    ----------
    activities : (n,) array
        From `activity`.
    found : (n,) bool array
        Frames in which the face was seen; at least one.

    Returns
    -------
    int
        Row of the frame, from 0.
    """
    return neutral_candidates(activities, found, 1)[0]


def neutral_candidates(activities: Doubles, found: Mask, count: int = CANDIDATES) -> list[int]:
    """Indices of the rests of a clip, the best first.

    Parameters
    ----------
    activities : (n,) array
        From `activity`.
    found : (n,) bool array
        Frames in which the face was seen; at least one.
    count : int
        At most so many.

    Returns
    -------
    list of int
        Rows from 0: the frame nearest to rest, then other local minima at least `APART` frames from each other.
    """
    steady = np.where(found, gaussian_filter1d(activities, STEADINESS, mode="nearest"), np.inf)
    around = np.pad(steady, 1, constant_values=np.inf)
    lowest = np.flatnonzero(found & (steady <= around[:-2]) & (steady <= around[2:]))
    chosen: list[int] = []
    for row in lowest[np.argsort(steady[lowest], kind="stable")]:
        if all(abs(int(row) - other) >= APART for other in chosen):
            chosen.append(int(row))
    return chosen[:count]
