"""Step 1: find the neutral driving frame, anywhere in the clip.

The lecture asks for a clip that contains a neutral face and does not say how to find it. Ours: of the frames whose face
does least, by the tracker's own blendshapes, with the mouth closed, and head and eyes towards the camera, the one
whose shape is most like the others'. The very least is often a moment on the way into or out of an expression.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..face.mesh import EYES, MOUTH, SKIN_POINTS, SKULL
from ..face.openings import SHUT, mouth_gap, openness
from ..imaging.arrays import BoolArray, Float64Array, Points
from ..imaging.similarity import best_similarity
from ..records.face import BLENDSHAPES

GAP_WEIGHT = 10.0
"""Activity of a mouth open by one outer-eye distance, against one full blendshape."""

FROWN_WEIGHT, RAISED_WEIGHT = 20.0, 4.0
"""Activity of brows one outer-eye distance below and above their median height in the clip."""

LID_WEIGHT = 1.0
"""Activity of eyes that are shut, against their median opening in the clip."""

BROW_HEIGHTS = ((105, 159), (334, 386))
"""Points of the brows, and of the upper lids below them."""

LID_HEIGHTS = ((159, 145), (386, 374))
"""Middle points of the upper and lower lids."""

GAZE_WEIGHT = 0.4
"""Activity of eyes that look aside, against one full blendshape."""

TURN_WEIGHT = 1 / 30
"""Activity of one degree of yaw or roll, against one full blendshape."""

STEADINESS = 1.5
"""Frames (standard deviation) over which the activity is averaged: a rest lasts, a closure in speech does not."""

AT_REST = 0.15
"""Activity above the least at which a frame counts as being at rest too."""

LEAST_EYES = 0.5
"""Eyes that are less open than this share of what they mostly are are shut, or about to be."""

MOST_GAP = 0.1
"""Gap between the lips, in outer-eye distances, above which the mouth is open; lips that are parted at rest leave
0.05."""

MOST_RESTS = 256
"""Of more frames at rest, only so many, evenly spread, have a say: enough for a median, and more take longer."""

_WEIGHTS = np.array(
    [GAZE_WEIGHT if name.startswith("eyeLook") else float(name != "_neutral") for name in BLENDSHAPES], np.float32
)

CANDIDATES = 6
"""So many rests are offered, if the clip has them: as many as a person likes to look through."""

APART = 5
"""Frames between two candidates: nearer ones are the same rest."""


def activity(points: Points, blendshapes: Points, head_matrices: Points) -> Float64Array:
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
    pose = GAP_WEIGHT * gaps / unit + TURN_WEIGHT * np.hypot(yaw, roll)
    return np.asarray(expression + pose + _away_from_typical(points, unit), np.float64)


def _away_from_typical(points: Points, unit: Points) -> Float64Array:
    """(n,) activity of brows and lids that are not as in most of the clip: scores miss the frown of some faces."""
    brows = np.mean([np.linalg.norm(points[:, b, :2] - points[:, lid, :2], axis=1) for b, lid in BROW_HEIGHTS], axis=0)
    lids = np.mean([np.linalg.norm(points[:, a, :2] - points[:, b, :2], axis=1) for a, b in LID_HEIGHTS], axis=0)
    raised = brows / unit - np.median(brows / unit)
    opened = lids / np.maximum(np.median(lids), 1e-6) - 1
    brow = np.where(raised < 0, FROWN_WEIGHT, RAISED_WEIGHT) * np.abs(raised)
    return np.asarray(brow + LID_WEIGHT * np.maximum(-opened, 0), np.float64)


def at_rest(points: Points) -> BoolArray:
    """Tell which frames can be a rest: the eyes are open, and the mouth is not.

    Parameters
    ----------
    points : (n, 478, 3) array

    Returns
    -------
    (n,) bool array
    """
    eyes = np.column_stack([openness(points, eye) for eye, _ in EYES])
    mouths = np.array([mouth_gap(frame) for frame in points])
    open_eyes = (eyes > np.maximum(LEAST_EYES * np.median(eyes, axis=0), SHUT)).all(axis=1)
    return np.asarray(open_eyes & (mouths < MOST_GAP), np.bool_)


def neutral_frame(points: Points, activities: Float64Array, found: BoolArray) -> int:
    """Index of the neutral frame.

    Parameters
    ----------
    points, activities, found
        See `neutral_candidates`.

    Returns
    -------
    int
        Row of the frame, from 0.
    """
    return neutral_candidates(points, activities, found, 1)[0]


def neutral_candidates(
    points: Points, activities: Float64Array, found: BoolArray, count: int = CANDIDATES
) -> list[int]:
    """Indices of the rests of a clip, the best first.

    Parameters
    ----------
    points : (n, 478, 3) array
    activities : (n,) array
        From `activity`.
    found : (n,) bool array
        Frames in which the face was seen; at least one.
    count : int
        At most so many.

    Returns
    -------
    list of int
        Rows from 0: the most typical of the frames nearest to rest, then local minima of the activity at least `APART`
        frames from each other. A frame with shut eyes or an open mouth is among them only if there is no other.
    """
    resting = found & at_rest(points)
    rests = resting if resting.any() else found
    steady = np.where(rests, gaussian_filter1d(activities, STEADINESS, mode="nearest"), np.inf)
    around = np.pad(steady, 1, constant_values=np.inf)
    lowest = np.flatnonzero(rests & (steady <= around[:-2]) & (steady <= around[2:]))
    chosen = [_most_typical(points, steady, np.flatnonzero(steady <= steady.min() + AT_REST))]
    for row in lowest[np.argsort(steady[lowest], kind="stable")]:
        if all(abs(int(row) - other) >= APART for other in chosen):
            chosen.append(int(row))
    return chosen[:count]


def _most_typical(points: Points, activities: Float64Array, rows: NDArray[np.intp]) -> int:
    """The row whose shape is nearest to the median shape of all; of several alike, the one that does least."""
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_RESTS)).round().astype(int)]
    skull = list(SKULL)
    first = points[rows[0]].astype(np.float64)
    shapes = np.array(
        [best_similarity(points[row][skull], first[skull])(points[row])[:SKIN_POINTS, :2] for row in rows]
    )
    away = ((shapes - np.median(shapes, axis=0)) ** 2).sum(axis=(1, 2))
    return int(rows[np.lexsort((activities[rows], away.round(6)))[0]])
