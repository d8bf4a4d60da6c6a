"""The depth of a fitted head over its picture: for relighting, and for depth of field."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array, Float64Array
from ..imaging.push_pull import push_pull
from ..imaging.raster import affine_maps, rasterize_triangle_ids
from ..imaging.sample_grid import SampleGrid
from .fitting import HeadFit
from .model import HeadModel, Part

SLIT = 5
"""Samples across a gap, such as that between lips, which is not seen as deep."""

EDGE_ON = 0.5
"""Cosine to the line of sight up to which a piece of skin that is turned away is the head's rim."""

SEEN_RIM, RIM = 4, 2
"""Samples by which the head is narrowed before it is carried on: those at its rim lie partly beside it."""


def head_depth(head: HeadModel, fit: HeadFit, grid: SampleGrid, to_rim: bool = False) -> Float32Array:
    """Depth of a head, carried on smoothly to what lies around it, such as hair and shoulders.

    Parameters
    ----------
    head : HeadModel
    fit : HeadFit
        Its camera, pose, identity and weights.
    grid : SampleGrid
        Over the picture.
    to_rim : bool, optional
        Whether the depth of the head's rim is carried on, which another camera needs; else that of what is seen within.

    Returns
    -------
    (rows, columns) float32 array
        Millimetres from the camera's plane; larger is further. A matte of the person says how far it counts.
    """
    posed = fit.pose(head.vertices(fit.identity, fit.all_weights))
    triangles = _front(head, posed)
    seen = fit.camera.project(posed)
    visible = rasterize_triangle_ids(grid, triangles, seen)
    # The inverse of depth is linear on the picture, depth itself is not.
    maps = affine_maps(seen[triangles], 1 / posed[triangles][..., 2:])[..., 0]
    x, y = grid.axes()
    by_x, by_y, shift = (row[visible] for row in maps)
    nearest, furthest = posed[triangles][..., 2].min(), posed[triangles][..., 2].max()
    depth = 1 / np.clip(by_x * x + by_y * y[:, None] + shift, 1 / furthest, 1 / nearest)
    smooth = np.asarray(cv2.medianBlur(np.asarray(depth, np.float32), SLIT), np.float32)
    inset = SEEN_RIM if to_rim else RIM
    within = cv2.erode((visible >= 0).astype(np.float32), np.ones((2 * inset + 1,) * 2), borderValue=(0.0,))
    known, weight = smooth, np.asarray(within, np.float32)
    if to_rim:
        known, weight = _with_rim(head, fit, grid, posed, known, weight)
    return push_pull((known * weight)[..., None], weight)[..., 0]


def _with_rim(
    head: HeadModel, fit: HeadFit, grid: SampleGrid, posed: Float64Array, depth: Float32Array, weight: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Depth and weight (rows, columns) with the head's rim too: as deep as that lies what is seen beside a head."""
    skin = (head.parts[head.quads] == Part.SKIN).all(axis=1)
    corners = posed[head.quads[skin]]
    across = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    lengths = np.linalg.norm(across, axis=1) * np.linalg.norm(corners.mean(axis=1), axis=1)
    away = (across * corners.mean(axis=1)).sum(axis=1) / lengths
    places = corners[(away > 0) & (away < EDGE_ON)].mean(axis=1)
    column, row = np.round(grid.to_cells(fit.camera.project(places))).astype(int).T
    inside = (column >= 0) & (row >= 0) & (column < grid.columns) & (row < grid.rows)
    inside[inside] &= weight[row[inside], column[inside]] == 0
    depth, weight = depth.copy(), weight.copy()
    depth[row[inside], column[inside]], weight[row[inside], column[inside]] = places[inside, 2], 1
    return depth, weight


def _front(head: HeadModel, posed: Float64Array) -> NDArray[np.int32]:
    """(t, 3) triangles of skin and eyeballs that face the camera, the furthest first."""
    quads = head.quads[(head.parts[head.quads] <= Part.RIGHT_EYEBALL).all(axis=1)]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = (posed[triangles[:, corner]] for corner in range(3))
    facing = (np.cross(b - a, c - a) * a).sum(axis=1) < 0
    furthest_first = np.argsort(-posed[triangles[facing], 2].mean(axis=1), kind="stable")
    return np.asarray(triangles[facing][furthest_first], np.int32)
