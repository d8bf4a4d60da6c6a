"""What carries over from one face to another, told by distances between points found in the output.

Points are laid over those of the same face at rest by the best similarity of nose and forehead, which make least
expression. Distances are in outer-eye distances at rest, less those at rest: no face's own proportions count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from portrait_addon.pipeline.face.mesh import (
    BROWS,
    EYES,
    MOUTH,
    OUTER_EYE_CORNERS,
    OUTER_LIPS,
    Opening,
    outer_eye_distance,
)
from portrait_addon.pipeline.imaging.arrays import Points
from portrait_addon.pipeline.imaging.similarity import best_similarity
from tests.bench.measures import correlation, slope

NOSE_AND_FOREHEAD = (10, 67, 109, 297, 338, 151, 9, 8, 168, 6, 197, 195, 5, 4, 98, 327, 2)

PARTS = ("lids", "lips", "smile", "brows")

LEAST_MOTION = 0.02
"""A part of a driver that moves by less, from its least value to its largest, says nothing of what carries over."""


def shape(points: Points, rest: Points) -> dict[str, float]:
    """Gaps of lids and lips, width of the smile and height of the brows, less those at rest.

    Parameters
    ----------
    points, rest : (478, 2 or more) arrays
        A face in one frame, and the same at rest, in pixels.

    Returns
    -------
    dict
        A value for each of `PARTS`, in outer-eye distances at rest.
    """
    still = list(NOSE_AND_FOREHEAD)
    laid = best_similarity(points[still, :2], rest[still, :2])(points[:, :2])
    now, before = _distances(laid, rest), _distances(rest[:, :2], rest)
    return {part: (now[part] - before[part]) / outer_eye_distance(rest) for part in PARTS}


def _distances(points: Points, rest: Points) -> dict[str, float]:
    right, left = (rest[corner, :2].astype(np.float64) for corner in OUTER_EYE_CORNERS)
    along = (left - right) / np.linalg.norm(left - right)
    up = np.array([along[1], -along[0]])
    corners = points[list(OUTER_LIPS.corners)]
    return {
        "lids": float(np.mean([_gaps(points, eye).mean() for eye, _ in EYES])),
        "lips": float(_gaps(points, MOUTH).max()),
        "smile": float(np.linalg.norm(corners[1] - corners[0])),
        "brows": float(((points[list(BROWS)] - (right + left) / 2) @ up).mean()),
    }


def _gaps(points: Points, opening: Opening) -> Points:
    return np.asarray(np.linalg.norm(points[opening.lower] - points[opening.upper], axis=1))


def carried_over(output: Sequence[Mapping[str, float]], driver: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Gain (slope of the output on the driver) and correlation of each part, by names such as ``lids_gain``.

    Parameters
    ----------
    output, driver : sequences of dict
        From `shape`, frame by frame. A part of the driver that moves by less than `LEAST_MOTION` is left out.
    """
    figures: dict[str, float] = {}
    for part in PARTS if driver else ():
        ours, theirs = (np.array([frame[part] for frame in frames]) for frames in (output, driver))
        if np.ptp(theirs) >= LEAST_MOTION:
            figures[f"{part}_gain"], figures[f"{part}_r"] = slope(ours, theirs), correlation(ours, theirs)
    return figures
