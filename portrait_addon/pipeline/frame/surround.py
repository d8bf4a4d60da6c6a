"""Warp fields outside the face: the surround, which moves with the head, and a locked background."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import EdgeWeights, Field, Float64Array, Points
from ..imaging.box import Box
from ..imaging.raster import rasterize_backward_map, remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.scaling import Size
from ..pair.correspondence import Correspondence
from ..records.portrait import Portrait
from .control_points import ControlPoints
from .warp_field import WIDEST_BLUR, distance_outside, pin_border, pinned_shift, smooth_by_confidence


def surround_field(
    portrait: Portrait,
    grid: SampleGrid,
    correspondence: Correspondence,
    points: ControlPoints,
    smoothing: float,
    edges: EdgeWeights | None = None,
) -> Field:
    """Compute the field of everything outside the face.

    Parameters
    ----------
    portrait : Portrait
        Source of the points at rest, the size and the outer-eye distance.
    grid : SampleGrid
        Grid of the surround, see `surround_grid`.
    correspondence : Correspondence
        Triangles and points round the face, of the portrait and the clip.
    points : ControlPoints
        Points of the portrait in this frame.
    smoothing : float
        Strength of the smoothing by confidence, 0..1.
    edges : tuple of four float32 arrays, optional
        Weights 0..1 by which the edges of the picture are pinned, see `pin_border`. All edges are pinned fully if left
        out.

    Returns
    -------
    (rows, columns, 2) float32 array
        Absolute source positions in the portrait at the grid's samples, in pixels.
    """
    unit, (width, height), step = portrait.unit, portrait.size, grid.step
    # The smoothing includes a margin beyond the border, so that a wider crop of the portrait moves the same way.
    margin = step * (1 + int(np.ceil(2 * WIDEST_BLUR * unit / step)))
    wider = SampleGrid.over(np.array([-margin, -margin]), np.array([width, height]) + margin, step)
    rest = correspondence.surround(portrait.points, correspondence.cranium, correspondence.peripheral)
    field, _ = rasterize_backward_map(wider, correspondence.triangles, points.surround, rest)
    outline = correspondence.outline
    distance = distance_outside(wider, portrait.points[outline, :2], points.face[outline, :2])
    field = smooth_by_confidence(wider, field, distance, unit, smoothing)
    start = margin // step - 1
    face = Box.around(points.face[outline, :2], 0)
    return pin_border(grid, field[start : start + grid.rows, start : start + grid.columns], portrait.size, face, edges)


def background_map(
    grid: SampleGrid, surround: Field, lock: float, camera: Points, size: Size, behind: Float64Array | None = None
) -> Field:
    """Compute the field of a locked background.

    Parameters
    ----------
    grid : SampleGrid
        Grid of the surround.
    surround : (rows, columns, 2) float32 array
        Backward field of everything outside the face: absolute source positions in pixels.
    lock : float
        Weight of the locked background against `surround`, 0..1; at 1 the person's motion does not move it.
    camera : (2,) array
        Displacement x, y by the driver's camera, in pixels of the portrait. The portrait's border is pinned.
    size : tuple of two int
        Width and height of the portrait in pixels.
    behind : (3, 3) float64 array, optional
        Homography from the frame to a background that is a plane with parallax. What lies beyond the picture is its
        mirror image.

    Returns
    -------
    (rows, columns, 2) float32 array
        Absolute source positions in the portrait at the grid's samples, in pixels.
    """
    locked = pinned_shift(grid, camera, size) if np.any(camera) else grid.positions()
    if behind is not None:
        places = np.asarray(cv2.perspectiveTransform(grid.positions(), behind), np.float32)
        shift = remap(locked - grid.positions(), grid.to_cells(places).astype(np.float32), cv2.INTER_LINEAR)
        locked = _mirrored(places + shift, size)
    return locked if lock == 1 else np.asarray(surround + np.float32(lock) * (locked - surround), np.float32)


def _mirrored(field: Field, size: Size) -> Field:
    """Positions within a picture of a size (width, height), mirrored at its borders."""
    last = np.asarray(size, np.float32) - 1
    return np.asarray(last - np.abs(field % (2 * last) - last), np.float32)
