"""An idle that passes through rest every now and then.

There, other films can begin and end without a jump. [ours]
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..head.blinking import BLINKS
from ..imaging.arrays import Float64Array
from ..imaging.easing import smoothstep
from ..records.expression import UNITS
from .expression_curves import ExpressionCurves
from .idle import idle_curves

SPACING = 1.4
"""Seconds from joint to joint, about: nobody waits longer for a reaction."""

REACH = 0.5
"""Seconds over which the idle comes to rest before a joint, and leaves it afterwards."""

BLINK_ROWS = [UNITS.index(name) for name in BLINKS]
TURN = 0.02
"""Radians by which a head is as far from rest as by a whole expression."""


def idle_with_joints(frames: int, rate: Fraction, seed: int = 0) -> tuple[ExpressionCurves, list[int]]:
    """Let a face wait, and come to rest every now and then.

    Parameters
    ----------
    frames : int
        Number of frames after which all comes round.
    rate : Fraction
        Frames a second.
    seed : int
        0 or more; another one gives another idle.

    Returns
    -------
    curves : ExpressionCurves
        A loop of `frames` rows.
    joints : list of int
        Rows in which the face is exactly at rest, increasing; the first is 0.

    Examples
    --------
    >>> curves, joints = idle_with_joints(100, Fraction(25))
    >>> joints[0], float(abs(curves.weights[joints]).max())
    (0, 0.0)
    """
    times = np.arange(frames) / float(rate)
    curves = idle_curves(times, frames / float(rate), seed)
    joints = _calmest(curves, max(round(frames / float(rate) / SPACING), 1))
    away = np.abs(np.arange(frames)[:, None] - joints)
    nearest = np.minimum(away, frames - away).min(axis=1) / float(rate)
    share = smoothstep(nearest / REACH)[:, None]
    weights = curves.weights * share
    weights[:, BLINK_ROWS] = curves.weights[:, BLINK_ROWS]  # a lid that stops half-way is no blink
    weights[joints] = 0
    begin = int(joints[0])
    weights, angles, shifts = (
        np.roll(rows, -begin, axis=0) for rows in (weights, curves.angles * share, curves.shifts * share)
    )
    return ExpressionCurves(times, weights, angles, shifts, curves.scales), [int(joint) - begin for joint in joints]


def _calmest(curves: ExpressionCurves, parts: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """In the middle half of so many equal parts, the row that is nearest to rest and has its eyes open."""
    departure: Float64Array = curves.weights.sum(axis=1) + np.abs(curves.angles).sum(axis=1) / TURN
    departure += 100 * curves.weights[:, BLINK_ROWS].max(axis=1)
    quarters = np.linspace(0, len(departure), 4 * parts + 1).astype(np.int64)
    rows = [begin + np.argmin(departure[begin:end]) for begin, end in zip(quarters[1::4], quarters[3::4], strict=True)]
    return np.array(rows, np.int64)
