"""What a face expresses at one moment, as numbers: a row of `ExpressionCurves`."""

from __future__ import annotations

from typing import NamedTuple

from .face import BLENDSHAPES

UNITS = (*BLENDSHAPES[1:], "tongueOut")
"""The 52 expressions with ARKit's names, in the order of `head.model.EXPRESSION_UNITS`."""


class Expression(NamedTuple):
    """Weights of expressions, and how a head is moved; units and signs are those of `ExpressionCurves`.

    Attributes
    ----------
    weights : tuple of 52 float
        Of `UNITS`, 0..1.
    angles : tuple of three float
        Yaw, pitch and roll in radians.
    shift : tuple of two float
        To the viewer's right and up, in outer-eye distances at rest.
    scale : float
        Size of the head; 1 as at rest.
    """

    weights: tuple[float, ...]
    angles: tuple[float, float, float]
    shift: tuple[float, float]
    scale: float

    def score(self, name: str) -> float:
        """Weight of an expression.

        Parameters
        ----------
        name : str
            Of `UNITS`.

        Returns
        -------
        float
            0..1.
        """
        return self.weights[UNITS.index(name)]


REST = Expression((0.0,) * len(UNITS), (0.0, 0.0, 0.0), (0.0, 0.0), 1.0)
"""Nothing is expressed."""
