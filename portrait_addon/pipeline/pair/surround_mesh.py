"""Step 2: relaxation of vertices where the mesh around the face would fold.

Hair and shoulders move with the driver's, and the outline of the cranium moves with the head. A turning face may still
pass over a point beside it, and a tracked point may slip: the mesh between them would fold and tear the picture.
Therefore each vertex has a confidence that drops as its triangles lose area; the rest of its displacement is the mean
of its neighbours'. The confidence drops well before a triangle folds, so that nothing jumps. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array, Float64Array, Points
from ..records.portrait import Portrait
from .correspondence import Correspondence

PASSES = 3
"""Number of passes; relaxed vertices may fold the triangles of others."""

FOLD_TOLERANCE, POWER = 0.5, 1.5
"""The confidence of a vertex is ``1 - x**POWER``: x rises from 0 where none of its triangles has shrunk to 1 where one
is inverted to `FOLD_TOLERANCE` of its area at rest. It drops slowly at first."""

STEPS = 10
"""Number of times that the mean of neighbours is taken in each pass. It has settled to a thousandth of the motion by
then; more would only take longer."""


@dataclass(frozen=True, eq=False)
class SurroundMesh:
    """The mesh around the face at rest.

    Attributes
    ----------
    rest : (v, 2) float64 array
        Vertices in pixels.
    triangles : (t, 3) int32 array
        Triangles with at least one free vertex and a non-zero area.
    areas : (t,) float64 array
        Twice the signed area of each triangle at rest, in squared pixels.
    free : (f,) int array
        Vertices that may be relaxed: those neither on the face outline nor still.
    neighbours : (f, v) float64 array
        Weights of all vertices in the mean of neighbours of each free vertex; each row sums to 1.
    """

    rest: Float64Array = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)
    areas: Float64Array = field(repr=False)
    free: NDArray[np.intp] = field(repr=False)
    neighbours: Float64Array = field(repr=False)


def surround_mesh(portrait: Portrait, shared: Correspondence) -> SurroundMesh:
    """Build the mesh around the face at rest.

    Parameters
    ----------
    portrait : Portrait
        Gives the points at rest.
    shared : Correspondence
        Of the portrait and a clip.

    Returns
    -------
    SurroundMesh
        Vertices in the order of ``shared.triangles``.
    """
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
    return SurroundMesh(rest, triangles[some], areas[some], free, near[free] / near[free].sum(axis=1, keepdims=True))


def relax_folded_vertices(mesh: SurroundMesh, moved: Points) -> Float32Array:
    """Move vertices so that the mesh around the face does not fold.

    Parameters
    ----------
    mesh : SurroundMesh
        The mesh at rest.
    moved : (v, 2) array
        Vertices in the frame, in pixels.

    Returns
    -------
    (v, 2) float32 array
        Vertices in pixels; only relaxed ones differ from `moved`.
    """
    free, offsets = mesh.free, np.asarray(moved - mesh.rest, np.float64)
    confidence, relaxed = np.ones(len(moved)), offsets.copy()
    for _ in range(PASSES):
        smallest = np.ones(len(moved))
        area_ratio = _areas(mesh.rest + relaxed, mesh.triangles) / mesh.areas
        np.minimum.at(smallest, mesh.triangles.ravel(), np.repeat(area_ratio, 3))
        confidence *= 1 - np.clip((1 - smallest) / (1 + FOLD_TOLERANCE), 0, 1) ** POWER
        own, others = confidence[free, None] * offsets[free], 1 - confidence[free, None]
        # Iterate instead of solving the linear system: a library would start threads for so small a matrix.
        for _ in range(STEPS):
            relaxed[free] = own + others * (mesh.neighbours @ relaxed)
    return np.asarray(mesh.rest + relaxed, np.float32)


def _areas(points: Points, triangles: NDArray[np.int32]) -> Float64Array:
    """(t,) twice the area of each triangle, signed."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.asarray((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0], np.float64)
