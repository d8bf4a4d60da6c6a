"""Step 2: strengths of parts of the face, and expressions that are added to a driver's.

Both change the driver's face before it is carried over, so all that follows (openings, both ways of `control_points`,
how much of the mouth shows) follows the changed face. Brows, lids and gaze are parts by their points. Jaw and lips
move the same points: what the jaw does is told by the weights of the fitted head. [ours]
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import EYES, SKIN_POINTS, SKULL, outer_eye_distance
from ..face.regions import left_share
from ..head.camera import FLIP
from ..head.landmarks import TRACKED_UNITS
from ..imaging.arrays import Float64Array, weighted_sum
from ..imaging.similarity import Similarity, best_similarity
from ..records.expression import REST, Expression
from ..records.moment import Moment
from ..records.performance import Performance
from ..records.settings import Settings

JAW = [row for row, name in enumerate(TRACKED_UNITS) if name.startswith("jaw") or name == "mouthClose"]
"""Units of the jaw. ``mouthClose`` closes the lips over an open jaw, and is nothing without it."""

IRISES = [point for _, iris in EYES for point in iris]


def change_by_parts(
    expression: Float64Array, regions: Float64Array, settings: Settings, jaw: Float64Array
) -> Float64Array:
    """Tell what the strengths of parts take from an expression, or add to it.

    Parameters
    ----------
    expression : (478, 3) float64 array
        Displacement of the driver's points by the expression, on the unmoved head.
    regions : (3, 478) float64 array
        See `face_regions`.
    settings : Settings
    jaw : (478, 3) float64 array
        How much of it the jaw does.

    Returns
    -------
    (478, 3) float64 array
        Exactly 0 where all strengths of parts are 1.
    """
    left = left_share()
    lids = settings.right_lids + left * (settings.left_lids - settings.right_lids)
    lids[IRISES] = settings.gaze
    brows = settings.right_brow + left * (settings.left_brow - settings.right_brow)
    factors = np.stack([lids, brows, np.full_like(left, settings.lips)])
    change = ((factors - 1) * regions).sum(axis=0)[:, None] * expression
    return np.asarray(change + (settings.jaw - settings.lips) * regions[2][:, None] * jaw)


def jaw_part(
    performance: Performance, units: Float64Array, settings: Settings, t: float, added: Expression
) -> Float64Array:
    """Tell how much of an expression the jaw does.

    Parameters
    ----------
    performance : Performance
        A single shot.
    units : (51, 478, 3) float64 array
        See `driver_units`.
    settings : Settings
    t : float
        Clip time in frames.
    added : Expression
        What is added to the clip's.

    Returns
    -------
    (478, 3) float64 array
        0 where jaw and lips are as strong, or no head was fitted to the clip: then all of the mouth is lips.
    """
    if settings.jaw == settings.lips or not performance.has_head:
        return np.zeros(units.shape[1:])
    weights = Moment(performance, t, added=added).expressed(settings.giving_way)
    return weighted_sum(weights[JAW], units[JAW])


def with_added(driver: Float64Array, neutral: Float64Array, units: Float64Array, added: Expression) -> Float64Array:
    """Let a driver express more than the clip says: weights are added, and the head is moved on.

    Parameters
    ----------
    driver : (478, 3) float64 array
        The driver's points in a frame, in pixels of the clip.
    neutral : (478, 3) float64 array
        The same in the neutral frame.
    units : (51, 478, 3) float64 array
        See `driver_units`.
    added : Expression

    Returns
    -------
    (478, 3) float64 array
        The same array if nothing is added.
    """
    if added == REST:
        return driver
    skull = list(SKULL)
    pose = best_similarity(neutral[skull], driver[skull])
    unmoved = pose.inverse(driver) + weighted_sum(np.asarray(added.weights[:-1], np.float64), units)
    turn = FLIP @ Rotation.from_euler("YXZ", added.angles).as_matrix() @ FLIP
    pivot = neutral[:SKIN_POINTS].mean(axis=0)
    head = Similarity(turn, added.scale, pivot - added.scale * turn @ pivot)
    shift = outer_eye_distance(neutral) * np.array([added.shift[0], -added.shift[1], 0.0])
    return np.asarray(pose(head(unmoved)) + shift)
