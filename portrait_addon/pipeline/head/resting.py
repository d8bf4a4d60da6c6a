"""How the points of a face would lie if its mouth were at rest.

A head is fitted to the points: who it is, and what it expresses. The difference between its points with this expression
and at rest is added to the points themselves; what the head does not explain stays with the face. [ours]
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..face.mesh import MOUTH, SKULL_OVAL, outer_eye_distance
from ..face.openings import across, gaps
from ..imaging.arrays import Float64Array, Points
from ..imaging.easing import smoothstep
from .fitting import HeadFit
from .landmarks import TRACKED_UNITS, LandmarkModel

RESTING, EXPRESSED = 0.03, 0.06
"""Mean way of the rims of the lips to rest, or the widest gap between them if that is larger, in outer-eye distances:
what is within the error of the fit, and from where on a face comes to rest in full. Between, it does by a share, so
that a face at rest keeps its shape to the pixel."""

OF_MOUTH = tuple(name.startswith(("jaw", "mouth", "cheek")) for name in TRACKED_UNITS)
"""Units that come to rest. Lids are carried by their openness, and brows, nose and gaze are a face's character."""


class RestOffsets(NamedTuple):
    """How the points of a face move when its mouth comes to rest.

    Attributes
    ----------
    offsets : (478, 3) float64 array
        In pixels, to be added to the points.
    share : float
        0..1, how much of the face's expression goes; 0 for a face at rest.
    change : (51,) float64 array
        The same as weights of `TRACKED_UNITS`, to be added to those of the face.
    """

    offsets: Float64Array
    share: float
    change: Float64Array


def rest_offsets(model: LandmarkModel, fit: HeadFit, points: Points) -> RestOffsets:
    """Compute how the points of a face move when mouth, jaw and cheeks come to rest.

    Parameters
    ----------
    model : LandmarkModel
    fit : HeadFit
        Of the same points.
    points : (478, 3) array
        In pixels; z away from the viewer.

    Returns
    -------
    RestOffsets
        Lips meet if they were apart by the expression.
    """
    change = change_to_rest(model, fit.weights)
    shown, wanted = (fit.pose(model.points(fit.identity, weights)) for weights in (fit.weights, fit.weights + change))
    flat = fit.camera.project(wanted) - fit.camera.project(shown)
    scale = fit.camera.focal / float(shown[:, 2].mean())
    rested = points + np.column_stack([flat, scale * (wanted - shown)[:, 2]])
    offsets = _with_lips_that_meet(rested) - points
    offsets[list(SKULL_OVAL)] = 0
    way = max(np.linalg.norm(offsets[MOUTH.contour, :2], axis=1).mean(), gaps(points, MOUTH).max())
    share = smoothstep((float(way) / outer_eye_distance(points) - RESTING) / (EXPRESSED - RESTING))
    return RestOffsets(np.asarray(share * offsets, np.float64), share, share * change)


def change_to_rest(model: LandmarkModel, weights: Points) -> Float64Array:
    """What is added to the weights of an expression so that mouth, jaw and cheeks come to rest.

    Parameters
    ----------
    model : LandmarkModel
    weights : (51,) array
        Of the expression units.

    Returns
    -------
    (51,) float64 array
        0 for all other units.
    """
    return np.where(OF_MOUTH, model.rest - weights, 0.0)


def _with_lips_that_meet(points: Float64Array) -> Float64Array:
    """Move the rims of both lips to the middle between them: what the fit leaves open would show a line of teeth."""
    half = across(points, MOUTH) * gaps(points, MOUTH)[:, None] / 2
    points[MOUTH.upper, :2] += half
    points[MOUTH.lower, :2] -= half
    return points
