"""Step 2: points beside the face give way where its surround would fold over.

Hair and shoulders move as the driver's do, and the outline of the skull as the head does. A face that turns may still
run over a point beside it, and a point that was followed may slip: between them the picture would be torn. So each
vertex has a confidence that drops as its triangles lose area; the rest of its displacement is the mean of its
neighbours'. The confidence drops long before a triangle folds, so nothing jumps. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array, Float64Array, Points
from ..records.portrait import Portrait
from .correspondence import Correspondence

PASSES = 3
"""Number of passes: vertices that gave way may fold the triangles of others."""

FOLD_TOLERANCE, POWER = 0.5, 1.5
"""Confidence is 0 where a triangle is turned over by half of its area at rest, and 1 where none has shrunk; between, it
falls slowly at first."""

STEPS = 10
"""Number of times that the mean of neighbours is taken in each pass."""


@dataclass(frozen=True, eq=False)
class SurroundMesh:
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


def surround_mesh(portrait: Portrait, shared: Correspondence) -> SurroundMesh:
    """Build the mesh of a pair at rest.

    Parameters
    ----------
    portrait : Portrait
    shared : Correspondence
        Of the portrait and a clip.

    Returns
    -------
    SurroundMesh
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
    """Move vertices so that the surround does not fold over.

    Parameters
    ----------
    mesh : SurroundMesh
    moved : (v, 2) array
        Vertices in the frame, in pixels.

    Returns
    -------
    (v, 2) float32 array
        The same, but for those that gave way.
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
