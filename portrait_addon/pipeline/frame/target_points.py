"""Where the points of a moving target's face must be: its own, changed by what the driver expresses otherwise.

Of a target only the expression changes. What it expresses, counted from its own rest on its unmoved head, gives way to
what the driver expresses, counted from his, or is joined by it; the head's pose stays the target's,

    q'_i = q_i + Pose_i [ e dX_j - replaced X_i ].

Only the difference of two expressions moves pixels: a driver who is the target moves none. It fades out towards the
outline of the skull; the jaw's outline moves, and a skirt joins it to the neck.

After J. Thies, M. Zollhoefer, M. Stamminger, C. Theobalt, M. Niessner, *Face2Face: Real-time face capture and
reenactment of RGB videos*, CVPR 2016, who change the expression of a model in the target's pose. Offsets instead of a
model, parts, and what is done with lids are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..face.mesh import EYES, MOUTH, Opening
from ..face.openings import gaps, openness, width
from ..imaging.arrays import Float32Array, Float64Array
from ..imaging.easing import smoothstep
from ..pair.moving_target import TargetShot
from ..pair.pair import Pair
from ..records.moment import Mix
from ..records.settings import PARTS, TargetSettings
from .control_points import MOST_EXPRESSION, DriverFace, no_longer_than, region_strengths
from .opening_transfer import set_gaps

WIDENED = 1.4
"""Lids open wider than in the target's frame by this factor at most: what they hide there, no warp can show."""

TREMBLE = 0.004
"""Displacement, in outer-eye distances, of which half is taken: so far points of two faces at rest tremble."""

SLIT = 0.04
"""Gap of lips, in outer-eye distances, below which lips that close meet."""


def target_points(
    shot: TargetShot, rest: Float32Array, row: int, mix: Mix, pairs: Sequence[Pair], settings: TargetSettings
) -> Float32Array:
    """Compute where the points of a target's face must be in a frame.

    Parameters
    ----------
    shot : TargetShot
    rest : (478, 3) float32 array
        Points of the frame as it was filmed, in pixels; their rims do not cross.
    row : int
        Of the frame in the shot, from 0.
    mix : sequence of Moment
        What drives; the rest of the weight leaves the target its own expression.
    pairs : sequence of Pair
        Of the target at rest and each moment's clip.
    settings : TargetSettings

    Returns
    -------
    (478, 3) float32 array
        The same array, to the bit, where nothing drives or the driver expresses the same.
    """
    weight = float(shot.presence[row]) * sum(moment.weight for moment in mix)
    if weight == 0:
        return rest
    clip, regions, giving = shot.performance, shot.regions, _at_most_whole(settings)
    own = DriverFace.of(clip, shot.units, regions, giving, row + 1.0)
    change = -weight * settings.replaced * region_strengths(regions, giving) * own.expression
    drivers, shares = [], [shot.presence[row] * moment.weight for moment in mix]
    for moment, pair, share in zip(mix, pairs, shares, strict=True):
        driver = DriverFace.of(
            moment.performance, pair.units, pair.correspondence.regions, settings, moment.t, moment.added
        )
        carried = driver.expression @ pair.correspondence.alignment.linear.T
        change += share * region_strengths(regions, settings) * carried
        drivers.append(driver.filmed)
    change = shot.rim_fade[:, None] * _calmed(change, shot.at_rest.portrait.unit)
    change = no_longer_than(MOST_EXPRESSION * shot.at_rest.portrait.unit, change)
    moved = rest + change @ own.pose.linear.T
    if settings.expression * settings.eyes > 0:
        for side, (eye, _) in enumerate(EYES):
            now = float(openness(rest, eye))
            carried_lids = [
                _carried_lids(shot, pair, driver, side, now, settings.replaced)
                for pair, driver in zip(pairs, drivers, strict=True)
            ]
            wanted = now + settings.expression * settings.eyes * float(np.dot(shares, np.array(carried_lids) - now))
            _open_lids(moved, rest, eye, min(max(wanted, 0.0), WIDENED * now))
    set_gaps(moved, MOUTH, _closed_tight(gaps(moved, MOUTH), gaps(rest, MOUTH), shot.at_rest.portrait.unit))
    return moved.astype(np.float32)


def _calmed(change: Float64Array, unit: float) -> Float64Array:
    """(478, 3) displacements, the less of those that are no larger than the tracker's error: a real face shows it."""
    size = np.square(change[:, :2]).sum(axis=1, keepdims=True)
    return np.asarray(change * (size / (size + (TREMBLE * unit) ** 2)), np.float64)


def _closed_tight(gap: Float64Array, before: Float64Array, unit: float) -> Float64Array:
    """(n,) gaps of lips, without the last slit of lips that close: it would show the teeth of the film as a line."""
    closing = np.clip(1 - gap / np.maximum(before, 1e-6), 0, 1)
    slit = np.asarray(1 - smoothstep(gap / (SLIT * unit)), np.float64)
    return np.asarray(np.maximum(gap * (1 - closing * slit), 0), np.float64)


def _at_most_whole(settings: TargetSettings) -> TargetSettings:
    """The same strengths, none above 1: no more of an expression can give way than there is."""
    names = ("expression", "eyes", "brows", "mouth", *PARTS)
    return replace(settings, **{name: min(getattr(settings, name), 1.0) for name in names})


def _carried_lids(shot: TargetShot, pair: Pair, driver: Float64Array, side: int, now: float, replaced: float) -> float:
    """Openness of a target's eye whose lids are as far between its own rest and shut as the driver's between his."""
    at_rest, shut = shot.resting_eyes[side], shot.shut_eyes[side]
    his, his_shut = pair.resting_eyes[side], pair.shut_eyes[side]
    his_now = float(openness(driver, EYES[side][0]))
    if his_now > his:
        carried = at_rest + his_now - his
    else:
        carried = at_rest * (shut + (1 - shut) * (his_now / his - his_shut) / (1 - his_shut))
    return replaced * carried + (1 - replaced) * now * carried / at_rest


def _open_lids(moved: Float64Array, rest: Float32Array, eye: Opening, wanted: float) -> None:
    """Set how open an eye is, with its own shape."""
    shape = gaps(rest, eye) / max(float(gaps(rest, eye).mean()), 1e-6)
    shift = (wanted - float(openness(moved, eye))) * float(width(moved, eye))
    set_gaps(moved, eye, np.maximum(gaps(moved, eye) + shift * shape, 0))
