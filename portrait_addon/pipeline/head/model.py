"""The head: a mesh that persons and expressions move.

It is the head of MakeHuman with the face units of Mika Suominen, both CC0; ``models/NOTICE.md`` has their notice, and
``tools/make_head.py`` made the file.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...models import load_model
from ..imaging.arrays import BoolArray, Float32Array, Points
from ..records.face import BLENDSHAPES

EXPRESSION_UNITS = (*BLENDSHAPES[1:], "tongueOut")
"""Names of the 52 expression units, as ARKit has them. The tracker scores all but the last."""

_MILLIMETRE = np.float32(0.01)
"""Of a whole number in the file."""


class Part(IntEnum):
    """What a vertex of the head belongs to. Left and right are the sitter's."""

    SKIN = 0
    LEFT_EYEBALL = 1
    RIGHT_EYEBALL = 2
    TONGUE = 3
    UPPER_TEETH = 4
    LOWER_TEETH = 5


@dataclass(frozen=True, eq=False)
class HeadModel:
    """A linear model of heads: a mean, what persons differ by, and what expressions do.

    Attributes
    ----------
    mean : (v, 3) float32 array
        The mean young adult at rest, in millimetres: skin with ears, skull and neck, eyeballs, tongue, and bands where
        the teeth are.
    identity : (40, v, 3) float32 array
        Identity modes, each for one standard deviation of the population, in millimetres.
    expressions : (52, v, 3) float32 array
        What each of `EXPRESSION_UNITS` does at its full strength, in millimetres.
    quads : (f, 4) int32 array
        Vertices of the faces, counter-clockwise seen from outside.
    parts : (v,) uint8 array
        The `Part` of each vertex.
    mirror : (v,) int32 array
        The vertex on the other side of the face.
    """

    mean: Float32Array = field(repr=False)
    identity: Float32Array = field(repr=False)
    expressions: Float32Array = field(repr=False)
    quads: NDArray[np.int32] = field(repr=False)
    parts: NDArray[np.uint8] = field(repr=False)
    mirror: NDArray[np.int32] = field(repr=False)

    def vertices(self, identity: Points, weights: Points) -> Float32Array:
        """Shape a head.

        Parameters
        ----------
        identity : (40,) array
            Coefficients of the identity modes, in standard deviations.
        weights : (52,) array
            Weights of the expression units, 0..1.

        Returns
        -------
        (v, 3) float32 array
            In millimetres.
        """
        return np.asarray(
            self.mean + np.tensordot(identity, self.identity, 1) + np.tensordot(weights, self.expressions, 1),
            np.float32,
        )

    def of(self, part: Part) -> BoolArray:
        """Which vertices belong to a part.

        Parameters
        ----------
        part : Part

        Returns
        -------
        (v,) bool array
        """
        return np.asarray(self.parts == part, np.bool_)


@cache
def load_head() -> HeadModel:
    """Read the head that comes with the package.

    Returns
    -------
    HeadModel
        Read-only, shared by all.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    with np.load(io.BytesIO(load_model("head.npz")), allow_pickle=False) as file:
        head = HeadModel(
            mean=file["vertices"] * _MILLIMETRE,
            identity=file["identity"] * _MILLIMETRE,
            expressions=file["expressions"] * _MILLIMETRE,
            quads=file["quads"].astype(np.int32),
            parts=file["parts"],
            mirror=file["mirror"].astype(np.int32),
        )
    for array in vars(head).values():
        array.setflags(write=False)
    return head
