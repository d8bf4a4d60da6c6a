"""The head: a mesh that persons and expressions move.

It is the head of MakeHuman with the face units of Mika Suominen, both CC0; ``models/NOTICE.md`` has their notice, and
``tools/make_head.py`` made the file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models import load_model
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, IntArray, Points
from ..records.face import BLENDSHAPES
from .blinking import BLINKS, closing_unit

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
    identity : (56, v, 3) float32 array
        Identity modes, each for one standard deviation of the population, in millimetres.
    expressions : (52, v, 3) float32 array
        What each of `EXPRESSION_UNITS` does at its full strength, in millimetres; see `units_of` for one person's.
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
        identity : (56,) or (64,) array
            Coefficients of the identity modes, in standard deviations. A `LandmarkModel` has 8 more: the mesh has no
            brows that they could move.
        weights : (52,) array
            Weights of the expression units, 0..1.

        Returns
        -------
        (v, 3) float32 array
            In millimetres.
        """
        at_rest = self.mean + np.tensordot(identity[: len(self.identity)], self.identity, 1)
        return np.asarray(at_rest + np.tensordot(weights, self.units_of(at_rest), 1), np.float32)

    def units_of(self, at_rest: Points) -> Float32Array:
        """Expression units of a person, whose lids meet when they blink.

        Parameters
        ----------
        at_rest : (v, 3) array
            The person's vertices, in millimetres.

        Returns
        -------
        (52, v, 3) float32 array
            In the order of `EXPRESSION_UNITS`.
        """
        units, places = self.expressions.copy(), tracked_points()
        for name in BLINKS:
            unit = units[EXPRESSION_UNITS.index(name)]
            unit[:] = closing_unit(name, unit, at_rest, self.mean, places.of)
        return units

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> HeadModel:
        """Make a head of the arrays of its file.

        Parameters
        ----------
        arrays : mapping from str to array
            Lengths are whole numbers, hundredths of a millimetre.

        Returns
        -------
        HeadModel
            Read-only.
        """
        head = cls(
            mean=arrays["vertices"] * _MILLIMETRE,
            identity=arrays["identity"] * _MILLIMETRE,
            expressions=arrays["expressions"] * _MILLIMETRE,
            quads=arrays["quads"].astype(np.int32),
            parts=arrays["parts"],
            mirror=arrays["mirror"].astype(np.int32),
        )
        for array in vars(head).values():
            array.setflags(write=False)
        return head

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


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """Points on the surface of a head, which move as their triangles do.

    Attributes
    ----------
    vertices : (n, 3) int array
        Corners of the triangle that each lies in.
    coordinates : (n, 3) float array
        Barycentric coordinates in it.
    """

    vertices: IntArray
    coordinates: Points

    def of(self, lengths: Points) -> Float64Array:
        """The points, or their displacements, from those of all vertices.

        Parameters
        ----------
        lengths : (..., v, 3) array

        Returns
        -------
        (..., n, 3) float64 array
        """
        return np.asarray((lengths[..., self.vertices, :] * self.coordinates[:, :, None]).sum(axis=-2), np.float64)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Convert the points to named arrays, for a file.

        Returns
        -------
        dict
            ``vertices`` and ``coordinates``.
        """
        return {"vertices": self.vertices.astype(np.uint16), "coordinates": self.coordinates.astype(np.float32)}


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
    return HeadModel.from_arrays(read_arrays("head.npz"))


@cache
def tracked_points() -> SurfacePoints:
    """Where the tracker's 478 points lie on the head; the same on both sides.

    Returns
    -------
    SurfacePoints

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    return SurfacePoints(**read_arrays("head_points.npz"))


def read_arrays(name: str) -> dict[str, NDArray[Any]]:
    """Read the arrays of a bundled file.

    Parameters
    ----------
    name : str
        File name in ``models/``.

    Returns
    -------
    dict
        The arrays by their names.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    with np.load(io.BytesIO(load_model(name)), allow_pickle=False) as file:
        return {array: file[array] for array in file.files}
