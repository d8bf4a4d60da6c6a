"""How the head of a portrait moves in space with what a clip says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ..head.camera import Pose
from ..head.clip_fitting import ClipFit
from ..head.landmarks import TRACKED_UNITS
from ..head.projecting import PortraitHead
from ..imaging.arrays import Float64Array
from ..records.moment import Mix
from ..records.performance import Performance


@dataclass(frozen=True, eq=False)
class HeadMotion:
    """A head in n frames.

    Attributes
    ----------
    weights : (n, 51) float64 array
        Weights of the expression units, counted from rest, in the order of `TRACKED_UNITS`.
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
        Its pose is that of the driver's neutral frame.

    Returns
    -------
    HeadMotion
        Expressions are the driver's. The head turns and shifts from the portrait's pose as the driver's does from that
        of the neutral frame.

    Raises
    ------
    InputError
        If a clip has no head.
    """
    own_weights, own_pose = portrait.weights[: len(TRACKED_UNITS)], portrait.fit.pose
    drivers: dict[Performance, _Driver] = {}
    weights, poses = [], []
    for mix in mixes:
        rest = 1 - sum(moment.weight for moment in mix)
        shown, turn, shift = rest * own_weights, np.zeros(3), np.zeros(3)
        for moment in mix:
            shot = moment.within_shot()
            if shot.performance not in drivers:
                drivers[shot.performance] = _Driver.of(shot.performance)
            own = drivers[shot.performance].at(shot.t)
            shown, turn, shift = (
                sum_ + moment.weight * value for sum_, value in zip((shown, turn, shift), own, strict=True)
            )
        weights.append(shown)
        turned = Rotation.from_rotvec(turn).as_matrix() @ own_pose.rotation
        poses.append(Pose(turned, own_pose.position + shift))
    return HeadMotion(np.reshape(weights, (len(mixes), len(own_weights))), poses)


@dataclass(frozen=True, eq=False)
class _Driver:
    """A shot's head, counted from its neutral frame: weights (n, 51), rotation vectors and shifts (n, 3)."""

    weights: Float64Array
    turns: Float64Array
    shifts: Float64Array

    @classmethod
    def of(cls, shot: Performance) -> _Driver:
        if not shot.has_head:
            raise InputError("The clip was tracked by an earlier version, without a head. Track the clip again.")
        fit, neutral = ClipFit.of_shot(shot), shot.neutral - 1
        turns = Rotation.from_matrix(fit.rotations) * Rotation.from_matrix(fit.rotations[neutral]).inv()
        return cls(fit.weights, turns.as_rotvec(), fit.positions - fit.positions[neutral])

    def at(self, t: float) -> tuple[Float64Array, Float64Array, Float64Array]:
        """All three at a clip time, linear between frames."""
        place = np.clip(t - 1, 0, len(self.weights) - 1)
        before = int(place)
        after, fraction = min(before + 1, len(self.weights) - 1), place - before
        weights, turn, shift = (
            (1 - fraction) * rows[before] + fraction * rows[after] for rows in (self.weights, self.turns, self.shifts)
        )
        return weights, turn, shift
