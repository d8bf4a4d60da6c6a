"""A fitted head as a mesh that shows its portrait."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..imaging.arrays import Float32Array, Float64Array, Points
from .fitting import TONGUE_AT_REST, HeadFit
from .model import HeadModel


@dataclass(frozen=True, eq=False)
class PortraitHead:
    """The head of a portrait, on which its picture is projected.

    Attributes
    ----------
    fit : HeadFit
    at_rest : (v, 3) float32 array
        The person's vertices at rest, in the head's own axes, in millimetres.
    units : (52, v, 3) float32 array
        What the expression units do to them, in the order of `EXPRESSION_UNITS`.
    weights : (52,) float64 array
        The portrait's own expression, counted from rest.
    pixels : (v, 2) float64 array
        Where the portrait shows each vertex, hidden ones too.
    """

    fit: HeadFit
    at_rest: Float32Array = field(repr=False)
    units: Float32Array = field(repr=False)
    weights: Float64Array = field(repr=False)
    pixels: Float64Array = field(repr=False)

    @classmethod
    def of(cls, head: HeadModel, fit: HeadFit, rest: Points) -> PortraitHead:
        """Shape the head that was fitted to a portrait.

        Parameters
        ----------
        head : HeadModel
        fit : HeadFit
        rest : (51,) array
            Weights with which the portrait would be at rest, see `change_to_rest`.

        Returns
        -------
        PortraitHead
        """
        at_rest = head.vertices(fit.identity, np.append(rest, TONGUE_AT_REST))
        units, weights = head.units_of(at_rest), np.append(fit.weights - rest, 0.0)
        shown = at_rest + np.tensordot(weights, units, 1)
        return cls(fit, at_rest, units, weights, fit.camera.project(fit.pose(shown)))
