"""What a performance says, as numbers that a rig can be driven with, and as few keys as tell them.

Head and points are in metres and radians on Blender's axes: x to the right of the picture, y away from the viewer, z
up, as a face that looks at the front view. Rotations and shifts are counted from the neutral frame. A driver's size in
the picture is no size in metres, so outer eye corners are taken to be `EYE_METRES` apart.

Sparse keys: U. Ramer 1972 and D. Douglas, T. Peucker 1973, with the distance along the value's axis, so that straight
lines between the keys miss no frame's value by more than a tolerance.
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
"""Between the outer eye corners of an adult."""

GAZE_DEGREES = 30.0
"""Turn of the eyes at a full score."""

TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From y up and z towards the viewer to y away and z up."""

RIGHTWARDS = (("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight"))
UPWARDS = (("eyeLookUpLeft", "eyeLookUpRight"), ("eyeLookDownLeft", "eyeLookDownRight"))


@dataclass(frozen=True, eq=False)
class RigChannels:
    """Numbers of a row of frames.

    Attributes
    ----------
    scores : (n, 52) array
        The blendshapes, in the order of `BLENDSHAPES`, 0..1.
    location : (n, 3) array
        Of the head, metres.
    rotation : (n, 3) array
        Of the head, Euler angles XYZ in radians, without leaps.
    gaze : (n, 3) array
        Of the eyes in the head, likewise.
    points : (n, 68, 3) array
        The iBUG points on the unmoved head, metres from its middle.
    """

    scores: Float64Array
    location: Float64Array
    rotation: Float64Array
    gaze: Float64Array
    points: Float64Array


def rig_channels(mixes: Sequence[Mix], rest: Performance) -> RigChannels:
    """Read out what frames show.

    Parameters
    ----------
    mixes : sequence of Mix
        Of each frame; see `compose_mix`.
    rest : Performance
        Whose neutral face the points have at rest.
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
    return RigChannels(scores, location, rotation, _gaze(scores), points)


def sparse_keys(values: Float64Array, tolerance: float) -> IntArray:
    """Rows of the keys that tell a curve.

    Parameters
    ----------
    values : (n,) array
        One a frame.
    tolerance : float
        By which straight lines between the keys may miss a value; 0 keeps what is not exactly on a line.

    Returns
    -------
    (k,) array
        Increasing; first and last are among them, a curve that never leaves its first value by more needs only that.
    """
    if np.abs(values - values[0]).max() <= tolerance:
        return np.array([0])
    kept, stretches = {0, len(values) - 1}, [(0, len(values) - 1)]
    while stretches:
        first, last = stretches.pop()
        rows = np.arange(first, last + 1)
        missed = np.abs(values[rows] - np.interp(rows, (first, last), values[[first, last]]))
        worst = first + int(np.argmax(missed))
        if missed.max() > tolerance and first < worst < last:
            kept.add(worst)
            stretches += [(first, worst), (worst, last)]
    return np.array(sorted(kept))


def _read(performance: Performance, t: float) -> tuple[Float64Array, ...]:
    """Scores, location, rotation vector and displacement of the points from the neutral face."""
    neutral, now = (
        matrix.astype(np.float64)
        for matrix in (performance.head_matrices[performance.neutral - 1], performance.head_matrix_at(t))
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
    """(68, 3) metres from the middle of the neutral face, of points in pixels of the clip."""
    neutral = performance.neutral_points
    centred = points - neutral[:SKIN_POINTS].mean(axis=0)
    x, y, z = (ibug_68(centred.astype(np.float32)).astype(np.float64) * EYE_METRES / outer_eye_distance(neutral)).T
    return np.column_stack([x, z, -y])


def _gaze(scores: Float64Array) -> Float64Array:
    """(n, 3) Euler angles: up about x, to the right of the picture about z."""

    def towards(directions: tuple[tuple[str, str], tuple[str, str]]) -> Float64Array:
        there, back = (scores[:, [BLENDSHAPES.index(name) for name in names]].mean(axis=1) for names in directions)
        return np.asarray(np.radians(GAZE_DEGREES) * (there - back))

    return np.column_stack([-towards(UPWARDS), np.zeros(len(scores)), towards(RIGHTWARDS)])
