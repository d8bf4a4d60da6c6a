"""The expression units of a driver's face, in pixels of the clip: what a clip says apart, and what is added to it."""

from __future__ import annotations

import numpy as np

from ..face.mesh import SKULL
from ..head.camera import FLIP
from ..head.clip_fitting import ClipFit
from ..head.landmarks import load_landmarks, on_still_head
from ..imaging.arrays import Float64Array
from ..imaging.similarity import best_similarity
from ..records.performance import Performance


def driver_units(shot: Performance) -> Float64Array:
    """Lay the expression units of a driver over the neutral face.

    Parameters
    ----------
    shot : Performance
        A single shot. Without a fitted head the units are those of the mean head.

    Returns
    -------
    (51, 478, 3) float64 array
        How far each of `TRACKED_UNITS` moves the points of the neutral face, in pixels of the clip.
    """
    model, at_rest = load_landmarks(), load_landmarks().mean
    if shot.has_head:
        at_rest = ClipFit.of_shot(shot).person.at_rest(model)
    skull = list(SKULL)
    laid = best_similarity(at_rest[skull] @ FLIP, shot.neutral_points[skull].astype(np.float64))
    units = on_still_head(at_rest, model.units_of(at_rest))
    return np.asarray(units @ FLIP @ laid.linear.T, np.float64)
