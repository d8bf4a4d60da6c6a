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

    def plus(self, other: Expression, share: float = 1.0) -> Expression:
        """Express something else too.

        Parameters
        ----------
        other : Expression
        share : float
            How much of it, 0 or more.

        Returns
        -------
        Expression
            With weights of at most 1. The same if nothing is added.
        """
        if not share or other == REST:
            return self
        yaw, pitch, roll = (own + share * more for own, more in zip(self.angles, other.angles, strict=True))
        right, up = (own + share * more for own, more in zip(self.shift, other.shift, strict=True))
        weights = (min(own + share * more, 1.0) for own, more in zip(self.weights, other.weights, strict=True))
        return Expression(tuple(weights), (yaw, pitch, roll), (right, up), self.scale * other.scale**share)


REST = Expression((0.0,) * len(UNITS), (0.0, 0.0, 0.0), (0.0, 0.0), 1.0)
"""Nothing is expressed."""
