"""The tracker's 478 points of any head: the part of the head model that pictures are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..face.mesh import SKULL
from ..imaging.arrays import Float64Array, Points
from ..imaging.similarity import best_similarity
from ..records.face import BLENDSHAPES
from .blinking import BLINKS, closing_unit
from .brows import brow_modes
from .model import EXPRESSION_UNITS, HeadModel, SurfacePoints, load_head, read_arrays, tracked_points

TRACKED_UNITS = EXPRESSION_UNITS[:-1]
"""Names of the 51 units that the points show: all but the tongue's."""

_MICROMETRE = 0.001
"""Of a whole number in the file."""


@dataclass(frozen=True, eq=False)
class LandmarkModel:
    """A linear model of the tracked points of heads, in millimetres; see `HeadModel`.

    Attributes
    ----------
    mean : (478, 3) float64 array
        Points of the mean head at rest, where the tracker sees them.
    identity : (64, 478, 3) float64 array
        Identity modes: those of the head, then those of the brows; see `brow_modes`.
    expressions : (51, 478, 3) float64 array
        Expression units, in the order of `TRACKED_UNITS`; see `units_of` for one person's.
    rest : (51,) float64 array
        Weights of a face at rest: the points do not show them as 0.
    score_map : (51, 52) float64 array
        Linear map from the tracker's scores, and 1 instead of ``_neutral``, to weights of the units.
    """

    mean: Float64Array = field(repr=False)
    identity: Float64Array = field(repr=False)
    expressions: Float64Array = field(repr=False)
    rest: Float64Array = field(repr=False)
    score_map: Float64Array = field(repr=False)

    @classmethod
    def of_head(cls, head: HeadModel, places: SurfacePoints) -> LandmarkModel:
        """Take the points of a head, and nothing that is learned from faces.

        Parameters
        ----------
        head : HeadModel
        places : SurfacePoints
            Where the tracked points lie on it.

        Returns
        -------
        LandmarkModel
            Its rest is 0, and its scores are weights.
        """
        scores = np.eye(len(BLENDSHAPES))[1:]
        expressions = places.of(head.expressions[: len(TRACKED_UNITS)])
        mean = places.of(head.mean)
        identity = np.concatenate([places.of(head.identity), brow_modes(mean)])
        return cls(mean, identity, expressions, np.zeros(len(TRACKED_UNITS)), scores)

    def taught(self, learned: Mapping[str, NDArray[Any]]) -> LandmarkModel:
        """Add what was learned from faces.

        Parameters
        ----------
        learned : mapping from str to array
            ``offsets`` (478, 3) of the mean's points and ``refinement`` (51, 478, 3) of the units, in whole
            micrometres; ``rest`` and ``score_map`` as in the attributes.

        Returns
        -------
        LandmarkModel
        """
        return replace(
            self,
            mean=self.mean + learned["offsets"] * _MICROMETRE,
            expressions=self.expressions + learned["refinement"] * _MICROMETRE,
            rest=learned["rest"].astype(np.float64),
            score_map=learned["score_map"].astype(np.float64),
        )

    def weights_of(self, scores: Points) -> Float64Array:
        """Estimate weights of the expression units from the tracker's scores.

        Parameters
        ----------
        scores : (..., 52) array
            In the order of `BLENDSHAPES`; their first is of no use.

        Returns
        -------
        (..., 51) float64 array
            0..1.
        """
        with_one = np.concatenate([np.ones_like(scores[..., :1]), scores[..., 1:]], axis=-1)
        return np.asarray(np.clip(with_one @ self.score_map.T, 0.0, 1.0), np.float64)

    def points(self, identity: Points, weights: Points) -> Float64Array:
        """Shape the points of a head.

        Parameters
        ----------
        identity : (64,) array
            Coefficients of the identity modes, in standard deviations.
        weights : (51,) array
            Weights of the expression units, 0..1.

        Returns
        -------
        (478, 3) float64 array
            In millimetres.
        """
        at_rest = self.at_rest(identity)
        return np.asarray(at_rest + np.tensordot(weights, self.units_of(at_rest), 1))

    def at_rest(self, identity: Points) -> Float64Array:
        """Shape the points of a head that expresses nothing.

        Parameters
        ----------
        identity : (64,) array
            Coefficients of the identity modes, in standard deviations.

        Returns
        -------
        (478, 3) float64 array
            In millimetres.
        """
        return np.asarray(self.mean + np.tensordot(identity, self.identity, 1))

    def units_of(self, at_rest: Points) -> Float64Array:
        """Expression units of a person, whose lids meet when they blink.

        Parameters
        ----------
        at_rest : (478, 3) array
            The person's points, in millimetres.

        Returns
        -------
        (51, 478, 3) float64 array
            In the order of `TRACKED_UNITS`.
        """
        units = self.expressions.copy()
        for name in BLINKS:
            row = TRACKED_UNITS.index(name)
            units[row] = closing_unit(name, units[row], at_rest, self.mean)
        return units


@cache
def load_landmarks() -> LandmarkModel:
    """Read the points of the head that comes with the package.

    Returns
    -------
    LandmarkModel
        Shared by all.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    return LandmarkModel.of_head(load_head(), tracked_points()).taught(read_arrays("head_learned.npz"))


def on_still_head(at_rest: Points, units: Points) -> Float64Array:
    """Take out of expression units what looks like a motion of the head: brows that rise lift the skin between them.

    Parameters
    ----------
    at_rest : (478, 3) array
    units : (n, 478, 3) array
        In the unit of `at_rest`.

    Returns
    -------
    (n, 478, 3) float64 array
        Of a face that makes one of them, `best_similarity` of the points of the skull finds that the head rests.
    """
    skull = list(SKULL)
    return np.array(
        [
            best_similarity(at_rest[skull], at_rest[skull] + unit[skull]).inverse(at_rest + unit) - at_rest
            for unit in units
        ]
    )
