"""How the head of a portrait moves in space with what a clip says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ..face.mesh import SKIN_POINTS, SKULL, outer_eye_distance
from ..head.camera import FLIP, Pose
from ..head.clip_fitting import ClipFit
from ..head.landmarks import load_landmarks
from ..head.projecting import PortraitHead
from ..imaging.arrays import Float64Array
from ..imaging.similarity import best_similarity
from ..records.expression import REST, Expression
from ..records.moment import Mix
from ..records.performance import Performance


@dataclass(frozen=True, eq=False)
class HeadMotion:
    """A head in n frames.

    Attributes
    ----------
    weights : (n, 52) float64 array
        Weights of the expression units, counted from rest, in the order of `EXPRESSION_UNITS`.
    poses : sequence of n Pose
        Where it stands before the portrait's camera.
    """

    weights: Float64Array = field(repr=False)
    poses: Sequence[Pose] = field(repr=False)


def head_motion(mixes: Sequence[Mix], portrait: PortraitHead) -> HeadMotion:
    """Move the head of a portrait as frames show it.

    Parameters
    ----------
    mixes : sequence of n Mix
        The moments of each frame, see `Timeline.mix`. What is missing of their weights is the portrait itself.
    portrait : PortraitHead
        Its pose is that of the driver at rest.

    Returns
    -------
    HeadMotion
        Expressions are the driver's, with what is added to them. The head turns and shifts from the portrait's pose as
        the driver's does from that of the neutral frame, and its distance grows by the same factor.

    Raises
    ------
    InputError
        If a clip has no head.
    """
    own_pose = portrait.fit.pose
    drivers: dict[Performance, _Driver] = {}
    weights, poses = [], []
    for mix in mixes:
        rest = 1 - sum(moment.weight for moment in mix)
        shown, turn, shift = rest * portrait.weights, np.zeros(3), np.zeros(3)
        for moment in mix:
            shot = moment.within_shot()
            if shot.performance not in drivers:
                drivers[shot.performance] = _Driver.of(shot.performance)
            own = drivers[shot.performance].at(shot.t, shot.added)
            shown, turn, shift = (
                sum_ + moment.weight * value for sum_, value in zip((shown, turn, shift), own, strict=True)
            )
        weights.append(shown)
        turned = Rotation.from_rotvec(turn).as_matrix() @ own_pose.rotation
        poses.append(Pose(turned, own_pose.position + shift * (1, 1, own_pose.position[2])))
    return HeadMotion(np.reshape(weights, (len(mixes), len(portrait.weights))), poses)


@dataclass(frozen=True, eq=False)
class _Driver:
    """A shot's head, counted from its rest: weights (n, 52), rotation vectors (n, 3) and shifts (n, 3).

    Shifts are in millimetres to the right and down, and away in shares of the distance at rest: cameras of different
    lenses see a head grow alike.
    """

    weights: Float64Array
    turns: Float64Array
    shifts: Float64Array
    unit: float

    @classmethod
    def of(cls, shot: Performance) -> _Driver:
        if not shot.has_head:
            raise InputError("The clip was tracked by an earlier version, without a head. Track the clip again.")
        fit, at_rest = ClipFit.of_shot(shot), _rest_pose(shot)
        turns = Rotation.from_matrix(fit.rotations @ at_rest.rotation.T)
        unit = outer_eye_distance(fit.person.at_rest(load_landmarks()))
        tongue = [shot.tongue_out_at(t) for t in range(1, shot.frame_count + 1)]
        shifts = (fit.positions - at_rest.position) / (1, 1, at_rest.position[2])
        return cls(np.column_stack([fit.weights, tongue]), turns.as_rotvec(), shifts, unit)

    def at(self, t: float, added: Expression) -> tuple[Float64Array, Float64Array, Float64Array]:
        """All three at a clip time, linear between frames, with what is added."""
        place = np.clip(t - 1, 0, len(self.weights) - 1)
        before = int(place)
        after, fraction = min(before + 1, len(self.weights) - 1), place - before
        weights, turn, shift = (
            (1 - fraction) * rows[before] + fraction * rows[after] for rows in (self.weights, self.turns, self.shifts)
        )
        if added == REST:
            return weights, turn, shift
        more = FLIP @ Rotation.from_euler("YXZ", added.angles).as_matrix() @ FLIP
        turned = Rotation.from_matrix(Rotation.from_rotvec(turn).as_matrix() @ more)
        right, up = self.unit * np.asarray(added.shift)
        moved = shift + np.array([right, -up, 1 / added.scale - 1])
        return np.clip(weights + added.weights, -1, 1), turned.as_rotvec(), moved


def _rest_pose(shot: Performance) -> Pose:
    """Where the head stands at rest; where no frame rests, the first one tells, moved as its points are."""
    fit = ClipFit.of_shot(shot)
    if shot.neutral:
        return Pose(fit.rotations[shot.neutral - 1], fit.positions[shot.neutral - 1])
    points, skull = shot.neutral_points.astype(np.float64), list(SKULL)
    moved = best_similarity(shot.points[0][skull].astype(np.float64), points[skull])
    pivot, middle = points[:SKIN_POINTS].mean(axis=0), fit.person.at_rest(load_landmarks())[:SKIN_POINTS].mean(axis=0)
    rotation = moved.rotation @ fit.rotations[0]
    seen = fit.positions[0] + fit.rotations[0] @ middle
    pixels = shot.focal * seen[:2] / seen[2] + (pivot - moved.inverse(pivot))[:2]
    distance = seen[2] / moved.scale
    return Pose(rotation, np.append(pixels * distance / shot.focal, distance) - rotation @ middle)
