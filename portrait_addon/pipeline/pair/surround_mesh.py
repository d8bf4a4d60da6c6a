"""Step 2: points beside the face give way where its surround would fold over.

Hair and shoulders move as the driver's do, and the outline of the skull as the head does. A face that turns may still
run over a point beside it, and a point that was followed may slip: between them the picture would be torn. So a point
is believed the less, the more the triangles at it lose of their areas, and moves as its neighbours do for the rest.
That sets in long before a triangle folds, and nothing jumps when it would. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array, Float64Array, Points
from ..records.portrait import Portrait
from .correspondence import Correspondence

PASSES = 3
"""Points that gave way may bring others into trouble."""

FOLD_TOLERANCE, POWER = 0.5, 1.5
"""A point is not believed at all where a triangle is turned over by half of its area at rest, and believed fully where
none has shrunk; between, belief falls slowly at first, and never abruptly."""

STEPS = 10
"""Of taking the mean of neighbours, in each pass."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """The triangles of the surround at rest.

    Attributes
    ----------
    rest : (v, 2) array
    triangles : (t, 3) int array
        Those with a corner that may give way, and some area.
    areas : (t,) array
        Signed, at rest.
    free : (f,) int array
        Points that may give way: neither of the face's outline nor still.
    neighbours : (f, v) array
        The shares of their neighbours; a row sums to 1.
    """

    rest: Float64Array = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)
    areas: Float64Array = field(repr=False)
    free: NDArray[np.intp] = field(repr=False)
    neighbours: Float64Array = field(repr=False)


@lru_cache(maxsize=8)
def mesh_of(portrait: Portrait, shared: Correspondence) -> Mesh:
    """The mesh of a pair, made once."""
    rest = shared.surround(portrait.points, shared.cranium, shared.peripheral).astype(np.float64)
    last = len(rest) - len(shared.still)
    first = last - len(shared.cranium) - len(shared.peripheral)
    triangles = shared.triangles[((shared.triangles >= first) & (shared.triangles < last)).any(axis=1)]
    areas = _areas(rest, triangles)
    some = np.abs(areas) > 1e-3 * portrait.unit**2
    near = np.zeros((len(rest), len(rest)))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        i, j = shared.triangles[:, a], shared.triangles[:, b]
        near[i, j] = near[j, i] = 1 / np.maximum(((rest[i] - rest[j]) ** 2).sum(axis=1), 1e-6)
    free = np.arange(first, last)
    return Mesh(rest, triangles[some], areas[some], free, near[free] / near[free].sum(axis=1, keepdims=True))


def relax_folded_vertices(mesh: Mesh, moved: Points) -> Float32Array:
    """(v, 2) the points of a surround, so that it does not fold over.

    Parameters
    ----------
    mesh : Mesh
    moved : (v, 2) array
    """
    free, offsets = mesh.free, np.asarray(moved - mesh.rest, np.float64)
    confidence, found = np.ones(len(moved)), offsets.copy()
    for _ in range(PASSES):
        kept = np.ones(len(moved))
        left = _areas(mesh.rest + found, mesh.triangles) / mesh.areas
        np.minimum.at(kept, mesh.triangles.ravel(), np.repeat(left, 3))
        confidence *= 1 - np.clip((1 - kept) / (1 + FOLD_TOLERANCE), 0, 1) ** POWER
        own = confidence[free, None] * offsets[free]
        # Step by step, not by solving for where it ends: a library would start threads for so small a matrix.
        for _ in range(STEPS):
            found[free] = own + (1 - confidence[free, None]) * (mesh.neighbours @ found)
    return np.asarray(mesh.rest + found, np.float32)


def _areas(points: Points, triangles: NDArray[np.int32]) -> Float64Array:
    """(t,) twice the area of each triangle, signed."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.asarray((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0], np.float64)
