"""A face that waits: blinks, glances, breath and a head that is never quite still, without any clip.

Everything comes round after a period, so an idle loops without a seam; and it is a function of time, so that any frame
can be asked for alone. Frequencies and durations are those of people at rest [1]_ [2]_; the rest is by eye. [ours]

References
----------
.. [1] A. R. Bentivoglio et al., *Analysis of blink rate patterns in normal subjects*, Movement Disorders 12(6), 1997.
.. [2] R. J. Leigh, D. S. Zee, *The Neurology of Eye Movements*, Oxford University Press, 2015.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float64Array
from ..imaging.easing import smoothstep
from ..records.expression import UNITS
from .expression_curves import ExpressionCurves

LEAST_PERIOD = 4.0
"""Seconds after which an idle comes round, at least: shorter, it would be seen to repeat."""

BLINK_SECONDS, BLINK_SPREAD, LEAST_BLINK_SECONDS = 3.6, 0.45, 1.0
"""Seconds from blink to blink: median and spread of their logarithm, and least."""

CLOSING, SHUT, OPENING = 0.09, 0.04, 0.19
"""Seconds for which lids close, stay shut, and open."""

GLANCE_SECONDS, GLANCE_SPREAD, LEAST_GLANCE_SECONDS = 1.3, 0.6, 0.3
"""The same from glance to glance."""

JUMP = 0.045
"""Seconds that the eyes take from one place to the next."""

ASIDE, ABOVE = 0.16, 0.07
"""Standard deviation of where a glance goes, to a side and up or down, as weights of `EXPRESSION_UNITS`."""

BREATH_SECONDS = 4.2
"""Seconds from breath to breath."""

BREATH_NOD, BREATH_RISE = 0.006, 0.008
"""How far the head nods with the breath, in radians, and rises, in outer-eye distances."""

DRIFT_SECONDS = 1.6
"""Seconds of the quickest wave of the slow motions."""

DRIFT = {"yaw": 0.022, "pitch": 0.012, "roll": 0.010, "right": 0.010, "up": 0.006}
"""Standard deviation of the head's slow motion, in radians and outer-eye distances."""

STIRRING = {
    ("browInnerUp",): 0.05,
    ("mouthPressLeft", "mouthPressRight"): 0.06,
    ("mouthSmileLeft", "mouthSmileRight"): 0.04,
    ("eyeSquintLeft", "eyeSquintRight"): 0.06,
}
"""Expressions that come and go slowly, and their weight at most."""


def idle_curves(times: Float64Array, period: float = 20.0, seed: int = 0) -> ExpressionCurves:
    """Let a face wait.

    Parameters
    ----------
    times : (n,) float64 array
        In seconds, increasing.
    period : float
        Seconds after which all comes round; at least `LEAST_PERIOD`.
    seed : int
        0 or more; another one gives another idle.

    Returns
    -------
    ExpressionCurves
        Small motions about rest.
    """
    period = max(period, LEAST_PERIOD)
    chance = np.random.default_rng(seed)
    curves = ExpressionCurves.at_rest(times)
    _blink(curves, _events(chance, period, BLINK_SECONDS, BLINK_SPREAD, LEAST_BLINK_SECONDS), period)
    _glance(curves, chance, period)
    breath = 2 * np.pi * times * max(round(period / BREATH_SECONDS), 1) / period
    yaw, pitch, roll, right, up = (size * _wave(chance, times, period) for size in DRIFT.values())
    curves.angles[:] = np.column_stack([yaw, pitch - BREATH_NOD * np.sin(breath), roll])
    curves.shifts[:] = np.column_stack([right, up + BREATH_RISE * np.sin(breath)])
    for names, most in STIRRING.items():
        share = smoothstep(_wave(chance, times, period) / 2)
        for name in names:
            curves.weights[:, UNITS.index(name)] = most * share
    return curves


def _events(chance: np.random.Generator, period: float, median: float, spread: float, least: float) -> Float64Array:
    """Times of events in a period; from the last to the first of the next one is as long as between others."""
    gaps: list[float] = []
    while sum(gaps) < period - median / 2:
        gaps.append(max(median * float(np.exp(spread * chance.standard_normal())), least))
    return np.asarray(np.cumsum(gaps) * (period / sum(gaps)) - gaps[0] / 2)


def _since(times: Float64Array, event: float, period: float) -> Float64Array:
    """Seconds since an event was last."""
    return np.asarray((times - event) % period)


def _blink(curves: ExpressionCurves, blinks: Float64Array, period: float) -> None:
    """Close both eyes for a moment at each of the times."""
    for blink in blinks:
        passed = _since(curves.times, blink, period)
        closing, opening = smoothstep(passed / CLOSING), smoothstep((passed - CLOSING - SHUT) / OPENING)
        for name in ("eyeBlinkLeft", "eyeBlinkRight"):
            row = curves.weights[:, UNITS.index(name)]
            np.maximum(row, closing * (1 - opening), out=row)


def _glance(curves: ExpressionCurves, chance: np.random.Generator, period: float) -> None:
    """Let the eyes jump from place to place."""
    jumps = _events(chance, period, GLANCE_SECONDS, GLANCE_SPREAD, LEAST_GLANCE_SECONDS)
    places = chance.standard_normal((len(jumps), 2)) * (ASIDE, ABOVE)
    latest = np.argmin([_since(curves.times, jump, period) for jump in jumps], axis=0)
    share = smoothstep((curves.times - jumps[latest]) % period / JUMP)
    gaze = places[latest - 1] + share[:, None] * (places[latest] - places[latest - 1])
    for name, along in _looks(gaze).items():
        curves.weights[:, UNITS.index(name)] = along


def _looks(gaze: Float64Array) -> dict[str, NDArray[np.float64]]:
    """Weights of the expressions that turn both eyes to the viewer's right, and up."""
    right, left, up, down = (np.clip(part, 0, 1) for part in (gaze[:, 0], -gaze[:, 0], gaze[:, 1], -gaze[:, 1]))
    return {
        "eyeLookOutLeft": right,
        "eyeLookInRight": right,
        "eyeLookInLeft": left,
        "eyeLookOutRight": left,
        "eyeLookUpLeft": up,
        "eyeLookUpRight": up,
        "eyeLookDownLeft": down,
        "eyeLookDownRight": down,
    }


def _wave(chance: np.random.Generator, times: Float64Array, period: float) -> Float64Array:
    """A slow motion of standard deviation 1: whole waves of a period, the quicker the smaller."""
    numbers = np.arange(1, max(int(period / DRIFT_SECONDS), 2) + 1)
    sizes = chance.standard_normal(len(numbers)) / numbers
    sizes *= np.sqrt(2) / np.linalg.norm(sizes)
    phases = chance.uniform(0, 2 * np.pi, len(numbers))
    return np.asarray(np.sin(2 * np.pi * np.outer(times / period, numbers) + phases) @ sizes)
