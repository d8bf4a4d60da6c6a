"""The surface of a portrait's plane, which modifiers, shape keys or hands may have bent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...pipeline.imaging.arrays import Float64Array, Points

REACH = 0.05
"""The tangents of a surface are those of chords that reach so far to each side, in widths of the picture: a hat stands
on what is round it, not on a single face of the mesh."""


LEAST_AREA = 1e-9
"""Twice the area below which a triangle has no inside."""


class Spots(NamedTuple):
    """Where places of a picture are on its surface.

    Attributes
    ----------
    places : (n, 3) float64 array
        In the object's space.
    axes : (n, 3, 3) float64 array
        Rotations from the flat plane's axes, x to the right, y away from the viewer and z up, to those of the surface.
    widths : (n,) float64 array
        How wide the picture is there, in the object's space.
    """

    places: Float64Array
    axes: Float64Array
    widths: Float64Array


@dataclass(frozen=True, eq=False)
class Surface:
    """What the picture of a portrait lies on.

    Attributes
    ----------
    picture : (t, 3, 2) float64 array
        Corners of triangles in the picture: to the right and up from its middle, in widths of it.
    places : (t, 3, 3) float64 array
        The same corners in the object's space.
    """

    picture: Float64Array
    places: Float64Array

    def at(self, points: Points) -> Spots:
        """Find places of the picture on the surface.

        Parameters
        ----------
        points : (n, 2) array
            To the right and up from the picture's middle, in widths of it.

        Returns
        -------
        Spots
        """
        steps = REACH * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
        around = (np.asarray(points, np.float64) + steps[:, None]).reshape(-1, 2)
        here, right, left, above, below = between(self.picture, self.places, around).reshape(5, -1, 3)
        across, up = right - left, above - below
        x = _unit(across)
        z = _unit(up - x * (up * x).sum(axis=1, keepdims=True))
        axes = np.stack([x, np.cross(z, x), z], axis=2)
        axes[np.linalg.det(axes) < 0.5] = np.eye(3)  # where the surface has no extent
        widths = (np.linalg.norm(across, axis=1) + np.linalg.norm(up, axis=1)) / (4 * REACH)
        return Spots(here, axes, widths)


def surface_of(ob: Any, depsgraph: Any) -> Surface:
    """The surface of a portrait's plane as it is evaluated.

    Parameters
    ----------
    ob : bpy.types.Object
    depsgraph : bpy.types.Depsgraph
        In which modifiers and shape keys are evaluated.

    Returns
    -------
    Surface
        Two triangles where the plane is flat.
    """
    bent = bent_surface(ob, depsgraph)
    width, height = ob.portrait.size
    if bent is None:
        (left, y, low), (right, _, high) = ob.bound_box[0], ob.bound_box[6]
        corners = np.array([(left, y, low), (right, y, low), (right, y, high), (left, y, high)], np.float64)
        places, uvs = corners[[[0, 1, 2], [0, 2, 3]]], np.array([[(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 1), (0, 1)]])
    else:
        places, uvs = bent
    return Surface((uvs - 0.5) * (1, height / width), places)


def bent_surface(ob: Any, depsgraph: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Find the triangles of a plane that is more than four corners.

    Parameters
    ----------
    ob : bpy.types.Object
    depsgraph : bpy.types.Depsgraph
        In which modifiers and shape keys are evaluated.

    Returns
    -------
    places : (t, 3, 3) float64 array
        Corners of the triangles in the object's space.
    uvs : (t, 3, 2) float64 array
        Their places in the picture, from its lower left corner, in its width and height.
    None
        In place of the two where the plane is flat, or its UV map shows nothing of the picture.
    """
    mesh = ob.evaluated_get(depsgraph).data
    if len(mesh.vertices) <= 4 or mesh.uv_layers.active is None:
        return None
    mesh.calc_loop_triangles()
    places, uvs = np.empty(3 * len(mesh.vertices), np.float32), np.empty(2 * len(mesh.loops), np.float32)
    mesh.vertices.foreach_get("co", places)
    mesh.uv_layers.active.data.foreach_get("uv", uvs)
    corners = np.empty((2, 3 * len(mesh.loop_triangles)), np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners[0])
    mesh.loop_triangles.foreach_get("loops", corners[1])
    in_picture = uvs.reshape(-1, 2)[corners[1]].reshape(-1, 3, 2).astype(np.float64)
    if not (np.abs(np.linalg.det(in_picture[:, 1:] - in_picture[:, :1])) > LEAST_AREA).any():
        return None
    return places.reshape(-1, 3)[corners[0]].reshape(-1, 3, 3).astype(np.float64), in_picture


def between(source: Float64Array, target: Float64Array, points: Points) -> Float64Array:
    """Map points from triangles to others, each by the triangle that it is in or nearest to.

    Parameters
    ----------
    source : (t, 3, 2) float64 array
        Corners of triangles; those without an area are left out. Without any other ones all is NaN.
    target : (t, 3, d) float64 array
        Corners of the triangles that they are mapped to.
    points : (n, 2) array

    Returns
    -------
    (n, d) float64 array
    """
    first = source[:, 0]
    edges = np.stack([source[:, 1] - first, source[:, 2] - first], axis=2)
    whole = np.abs(np.linalg.det(edges)) > LEAST_AREA
    if not whole.any():
        return np.full((len(points), target.shape[2]), np.nan)
    first, edges, target = first[whole], np.linalg.inv(edges[whole]), target[whole]
    mapped = np.empty((len(points), target.shape[2]))
    for row, point in enumerate(np.asarray(points, np.float64)):
        weights = np.einsum("tij,tj->ti", edges, point - first)
        inside: NDArray[np.float64] = np.minimum(weights.min(axis=1), 1 - weights.sum(axis=1))
        best = int(np.argmax(inside))
        one, two, three = target[best]
        mapped[row] = one + weights[best, 0] * (two - one) + weights[best, 1] * (three - one)
    return mapped


def _unit(vectors: Float64Array) -> Float64Array:
    """(n, 3) vectors of length 1, or 0 where a surface has no extent."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float64).tiny), np.float64)
