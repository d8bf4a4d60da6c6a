"""A fitted head as lines over its picture: few enough to be drawn at every redraw."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from ..imaging.arrays import Float64Array, IntArray, Points
from .camera import Camera, Pose
from .model import HeadModel, Part, load_head, tracked_points

CELL = 11.0
"""The lines join one vertex of each cube of this size, in millimetres."""

REACH = 12.0
"""How far round a point its offset carries the head along, in millimetres (standard deviation)."""

NEAREST = 6
"""So many points carry a vertex."""


@dataclass(frozen=True, eq=False)
class HeadWire:
    """Lines on a person's head, between k of its vertices.

    Attributes
    ----------
    at_rest : (k, 3) float64 array
        In millimetres.
    units : (51, k, 3) float64 array
        What the expression units do to them, in the order of `TRACKED_UNITS`.
    """

    at_rest: Float64Array = field(repr=False)
    units: Float64Array = field(repr=False)

    @classmethod
    def of(cls, identity: Points, offsets: Points | None = None) -> HeadWire:
        """Take the lines of a person.

        Parameters
        ----------
        identity : (64,) array
            See `HeadModel`.
        offsets : (478, 3) array, optional
            What the person's points have beyond the identity modes, in millimetres.

        Returns
        -------
        HeadWire
        """
        head = load_head()
        at_rest = head.vertices(identity, np.zeros(len(head.expressions))).astype(np.float64)
        units, kept = head.units_of(at_rest)[:-1], _thinned().vertices
        if offsets is not None:
            at_rest = at_rest + _carried(offsets, tracked_points().of(at_rest), at_rest)
        return cls(at_rest[kept], units[:, kept].astype(np.float64))

    def seen(self, camera: Camera, pose: Pose, weights: Points) -> Float64Array:
        """Project the lines that face the camera.

        Parameters
        ----------
        camera : Camera
        pose : Pose
        weights : (51,) array
            Of the expression units.

        Returns
        -------
        (n, 2, 2) float64 array
            Both ends of each, in pixels.
        """
        wire = _thinned()
        posed = pose(self.at_rest + np.tensordot(weights, self.units, 1))
        facing = ((wire.normals @ pose.rotation.T) * posed).sum(axis=1) < 0
        lines = wire.edges[facing[wire.edges].all(axis=1)]
        return np.asarray(camera.project(posed)[lines], np.float64)


@dataclass(frozen=True, eq=False)
class _Thinned:
    """Vertices (k,) of the head's skin that lines join, their normals (k, 3) on the mean head, and edges (e, 2)."""

    vertices: IntArray
    normals: Float64Array
    edges: IntArray


@cache
def _thinned() -> _Thinned:
    """One vertex for each cube of space, joined where the mesh joins the cubes."""
    head = load_head()
    quads = head.quads[(head.parts[head.quads] == Part.SKIN).all(axis=1)]
    skin = np.unique(quads)
    _, chosen, cube_of_skin = np.unique(
        np.floor(head.mean[skin] / CELL), axis=0, return_index=True, return_inverse=True
    )
    cubes = np.zeros(len(head.mean), np.int64)
    cubes[skin] = cube_of_skin.ravel()
    ends = np.sort(cubes[np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])], axis=1)
    edges = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return _Thinned(skin[chosen], _normals(head, quads)[skin[chosen]], edges)


def _normals(head: HeadModel, quads: IntArray) -> Float64Array:
    """(v, 3) normals of the vertices of the mean head, of any length, outwards."""
    a, b, c, d = (head.mean[quads[:, corner]].astype(np.float64) for corner in range(4))
    normals = np.zeros((len(head.mean), 3))
    for corner in range(4):
        np.add.at(normals, quads[:, corner], np.cross(c - a, d - b))
    return normals


def _carried(offsets: Points, points: Float64Array, places: Float64Array) -> Float64Array:
    """(v, 3) offsets of places, from those of points round them; fading out with distance."""
    distances, nearest = cKDTree(points).query(places, k=NEAREST)
    weights = np.exp(-0.5 * (distances / REACH) ** 2)
    mean = (weights[..., None] * offsets[nearest]).sum(axis=1) / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(weights[:, :1] * mean)
