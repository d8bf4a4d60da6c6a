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

RIM = 2
"""Samples by which the head is narrowed before it is carried on: those at its rim lie partly beside it."""


def head_depth(head: HeadModel, fit: HeadFit, grid: SampleGrid) -> Float32Array:
    """Depth of a head, carried on smoothly to what lies around it, such as hair and shoulders.

    Parameters
    ----------
    head : HeadModel
    fit : HeadFit
        Its camera, pose, identity and weights.
    grid : SampleGrid
        Over the picture.

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
    depth = cv2.medianBlur(np.asarray(depth, np.float32), SLIT)
    weight = cv2.erode((visible >= 0).astype(np.float32), np.ones((2 * RIM + 1,) * 2), borderValue=(0.0,))
    return push_pull(np.asarray((depth * weight)[..., None], np.float32), np.asarray(weight, np.float32))[..., 0]


def _front(head: HeadModel, posed: Float64Array) -> NDArray[np.int32]:
    """(t, 3) triangles of skin and eyeballs that face the camera, the furthest first."""
    quads = head.quads[(head.parts[head.quads] <= Part.RIGHT_EYEBALL).all(axis=1)]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = (posed[triangles[:, corner]] for corner in range(3))
    facing = (np.cross(b - a, c - a) * a).sum(axis=1) < 0
    furthest_first = np.argsort(-posed[triangles[facing], 2].mean(axis=1), kind="stable")
    return np.asarray(triangles[facing][furthest_first], np.int32)
