"""A performance as numbers that drive a rig, and the fewest keys that keep them within a tolerance.

Head and points are in metres and radians on Blender's axes: x to the right of the picture, y away from the viewer, z
up, as for a face in the front view. Rotations and translations are relative to the neutral frame. A picture has no
scale in metres, so the distance of the outer eye corners is taken to be `EYE_METRES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import SKIN_POINTS, SKULL, ibug_68, outer_eye_distance
from ..imaging.arrays import Float64Array, IntArray
from ..imaging.similarity import best_similarity
from ..records.face import BLENDSHAPES
from ..records.moment import Mix
from ..records.performance import Performance

EYE_METRES = 0.09
"""Distance of the outer eye corners of an adult, in metres."""

GAZE_DEGREES = 30.0
"""Rotation of the eyes, in degrees, at a score of 1."""

TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rotation from y up, z towards the viewer, to y away from the viewer, z up."""

RIGHTWARDS = (("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight"))
UPWARDS = (("eyeLookUpLeft", "eyeLookUpRight"), ("eyeLookDownLeft", "eyeLookDownRight"))
"""Blendshapes that turn the eyes to the right of the picture, or up; and those that turn them the other way."""


@dataclass(frozen=True, eq=False)
class RigChannels:
    """Values for a rig in n frames.

    Attributes
    ----------
    scores : (n, 52) float64 array
        Blendshapes, 0..1, in the order of `BLENDSHAPES`.
    location : (n, 3) float64 array
        Translation of the head in metres.
    rotation : (n, 3) float64 array
        Rotation of the head as XYZ Euler angles in radians, without jumps of 2 pi.
    gaze : (n, 3) float64 array
        Rotation of the eyes relative to the head, as XYZ Euler angles in radians.
    points : (n, 68, 3) float64 array
        The iBUG points without the head's motion, in metres from the centre of the neutral face.
    """

    scores: Float64Array
    location: Float64Array
    rotation: Float64Array
    gaze: Float64Array
    points: Float64Array


def rig_channels(mixes: Sequence[Mix], rest: Performance) -> RigChannels:
    """Compute the values for a rig from what frames show.

    Parameters
    ----------
    mixes : sequence of n Mix
        The moments of each frame, see `Timeline.mix`.
    rest : Performance
        Its neutral face gives the points at rest.

    Returns
    -------
    RigChannels
    """
    read: dict[tuple[Performance, float], tuple[Float64Array, ...]] = {}
    at_rest = _points(rest, rest.neutral_points.astype(np.float64))
    frames = []
    for mix in mixes:
        parts = [np.zeros(len(BLENDSHAPES)), np.zeros(3), np.zeros(3), at_rest.copy()]
        for moment in mix:
            key = moment.performance, moment.t
            if key not in read:
                read[key] = _read(*key)
            for part, value in zip(parts, read[key], strict=True):
                part += moment.weight * value
        frames.append(parts)
    scores, location, turn, points = (np.array(part) for part in zip(*frames, strict=True))
    rotation = np.unwrap(Rotation.from_rotvec(turn).as_euler("xyz"), axis=0)
    return RigChannels(scores, location, rotation, gaze_angles(scores), points)


def sparse_keys(values: Float64Array, tolerance: float) -> IntArray:
    """Choose keys so that straight lines between them stay within a tolerance of a curve.

    Parameters
    ----------
    values : (n,) float64 array
        The curve, a value per frame; n is at least 1.
    tolerance : float
        Largest difference between the lines and a value, at least 0, in the unit of `values`.

    Returns
    -------
    (k,) int array
        Rows of the keys, increasing, with the first and the last row; the first row alone if no value differs from the
        first value by more than `tolerance`.

    References
    ----------
    .. [1] U. Ramer, *An iterative procedure for the polygonal approximation of plane curves*, Computer Graphics and
       Image Processing 1(3), 1972.
    .. [2] D. Douglas, T. Peucker, *Algorithms for the reduction of the number of points required to represent a
       digitized line or its caricature*, Cartographica 10(2), 1973. Here distances are along the axis of the values.

    Examples
    --------
    >>> sparse_keys(np.array([0.0, 1.0, 2.0, 1.0]), 0.1).tolist()
    [0, 2, 3]
    """
    if np.abs(values - values[0]).max() <= tolerance:
        return np.array([0])
    kept, stretches = {0, len(values) - 1}, [(0, len(values) - 1)]
    while stretches:
        first, last = stretches.pop()
        rows = np.arange(first, last + 1)
        errors = np.abs(values[rows] - np.interp(rows, (first, last), values[[first, last]]))
        worst = first + int(np.argmax(errors))
        if errors.max() > tolerance and first < worst < last:
            kept.add(worst)
            stretches += [(first, worst), (worst, last)]
    return np.array(sorted(kept))


def _read(performance: Performance, t: float) -> tuple[Float64Array, ...]:
    """Scores, location, rotation vector, and displacement of the points from the neutral face, at a clip time."""
    shot, t = performance.shot_at(t)
    performance = performance.shots[shot]
    neutral, now = (
        matrix.astype(np.float64) for matrix in (performance.neutral_head_matrix, performance.head_matrix_at(t))
    )
    turn = Rotation.from_matrix(now[:3, :3]) * Rotation.from_matrix(neutral[:3, :3]).inv()
    still = performance.neutral_points.astype(np.float64)
    moved = performance.points_at(t).astype(np.float64)
    expression = best_similarity(still[list(SKULL)], moved[list(SKULL)]).inverse(moved)
    return (
        performance.blendshapes_at(t).astype(np.float64),
        TO_BLENDER @ (now[:3, 3] - neutral[:3, 3]) / 100,  # from centimetres
        TO_BLENDER @ turn.as_rotvec(),
        _points(performance, expression) - _points(performance, still),
    )


def _points(performance: Performance, points: Float64Array) -> Float64Array:
    """(68, 3) iBUG points in metres from the centre of the neutral face, of points in pixels of the clip."""
    neutral = performance.neutral_points
    centred = points - neutral[:SKIN_POINTS].mean(axis=0)
    x, y, z = (ibug_68(centred.astype(np.float32)).astype(np.float64) * EYE_METRES / outer_eye_distance(neutral)).T
    return np.column_stack([x, z, -y])


def gaze_angles(scores: Float64Array) -> Float64Array:
    """Turn scores into the rotation of the eyes.

    Parameters
    ----------
    scores : (n, 52) float64 array
        In the order of `BLENDSHAPES`.

    Returns
    -------
    (n, 3) float64 array
        XYZ Euler angles in radians: about x for up and down, about z for left and right.
    """

    def angle(directions: tuple[tuple[str, str], tuple[str, str]]) -> Float64Array:
        along, against = (scores[:, [BLENDSHAPES.index(name) for name in names]].mean(axis=1) for names in directions)
        return np.asarray(np.radians(GAZE_DEGREES) * (along - against))

    return np.column_stack([-angle(UPWARDS), np.zeros(len(scores)), angle(RIGHTWARDS)])
