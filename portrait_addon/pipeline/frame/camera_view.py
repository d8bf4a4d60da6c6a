"""Step 2: a frame as another camera sees it.

The camera sees the points of the face by their own depth, and all around them by the depth of the fitted head, which is
carried on smoothly to hair and shoulders. At the outline of the face the two agree. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL
from ..face.pose import Pose
from ..imaging.arrays import EdgeWeights, Field, Float32Array
from ..imaging.box import Box
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..portrait.camera_move import COARSER, HeadDepth, Viewpoint, camera_moves
from ..portrait.prepared import PreparedPortrait
from ..records.settings import Settings
from .warp_field import pin_border

STEPS = 4
"""Newton steps that find where a place of the new picture lies in the old one; fewer leave some places 1/10 cell off.
"""

LEAST_STRETCH = 0.15
"""Share to which a place may be compressed before a step is shortened: behind the edge of a head all is hidden."""


def viewpoint_of(prepared: PreparedPortrait, settings: Settings) -> Viewpoint | None:
    """Tell where the camera of a frame is.

    Parameters
    ----------
    prepared : PreparedPortrait
    settings : Settings

    Returns
    -------
    Viewpoint or None
        None where it is that of the portrait: then nothing of this module counts.
    """
    if not camera_moves(settings):
        return None
    view = prepared.point_depth.viewpoint(settings)
    return view if view.moves else None


def look_anew(
    prepared: PreparedPortrait, view: Viewpoint, pose: Pose, surround: Field, edges: EdgeWeights | None
) -> tuple[Float32Array, Field]:
    """See the face and all around it with another camera.

    Parameters
    ----------
    prepared : PreparedPortrait
    view : Viewpoint
        The camera.
    pose : Pose
        The portrait's points at rest and in this frame, as the portrait's own camera sees them.
    surround : (rows, columns, 2) float32 array
        Backward field of everything outside the face, likewise; on ``prepared.surround_grid``.
    edges : tuple of four float32 arrays, optional
        Weights by which the edges of the picture are pinned, see `pin_border`.

    Returns
    -------
    face : (478, 3) float32 array
        Points of the face in pixels.
    surround : (rows, columns, 2) float32 array
        Backward field, in pixels of the portrait.
    """
    depth, fine = prepared.point_depth, prepared.surround_grid
    grid = depth.grid
    face = depth.face_from(view, pose.moved)
    still, coarse = fine.positions(), grid.positions()
    motion = surround - still
    source = _source_of(grid, _shift(depth, view, pose, face, coarse + _between(fine, motion, coarse)))
    outline = Box.around(face[list(FACE_OVAL), :2], 0)
    pinned = pin_border(grid, source, prepared.portrait.size, outline, None if edges is None else _thinned(edges))
    places = still + _between(grid, pinned - coarse, still)
    return face, np.asarray(places + _between(fine, motion, places), np.float32)


def _between(grid: SampleGrid, values: Field, places: Field) -> Field:
    """Values of a grid at places of the picture; beyond the grid those of its rim."""
    return remap(values, np.asarray(grid.to_cells(places), np.float32), cv2.INTER_LINEAR)


def _thinned(edges: EdgeWeights) -> EdgeWeights:
    """Weights for a grid whose cells are `COARSER` times as long."""
    left, right, top, bottom = (edge[::COARSER] for edge in edges)
    return left, right, top, bottom


def _shift(depth: HeadDepth, view: Viewpoint, pose: Pose, face: Float32Array, surround: Field) -> Field:
    """(rows, columns, 2) by which the new camera moves what the old one sees at each sample of ``depth.grid``."""
    grid, bounds = depth.grid, depth.bounds
    at_rest = np.asarray(grid.to_cells(surround), np.float32)
    offset = depth.correction[bounds].mean()
    x, y = cv2.split(surround)
    across, down, away = pose.head.linear[2]
    deep = away * (remap(depth.surround, at_rest, cv2.INTER_LINEAR) - offset) + across * x + down * y
    places = grid.positions()
    solid = np.dstack([places, deep + (pose.head.translation[2] + offset)])
    shift = (view.project(solid)[..., :2] - places).astype(np.float32)
    missing = (face - pose.moved)[bounds, :2] - _between(grid, shift, pose.moved[None, bounds, :2])[0]
    beside = np.einsum("rcp,pk->rck", depth.outline, missing.astype(np.float32))
    return np.asarray(shift + remap(beside, at_rest, cv2.INTER_LINEAR), np.float32)


def _source_of(grid: SampleGrid, shift: Field) -> Field:
    """(rows, columns, 2) backward field of what moves by a shift: Newton's method, at all samples at once."""
    places = grid.positions()
    inverse = _inverse_jacobian(shift, grid.step)
    source = places - shift
    for _ in range(STEPS):
        cells = np.asarray(grid.to_cells(source), np.float32)
        missed = source + remap(shift, cells, cv2.INTER_LINEAR) - places
        xx, xy, yx, yy = cv2.split(remap(inverse, cells, cv2.INTER_LINEAR))
        source[..., 0] -= xx * missed[..., 0] + xy * missed[..., 1]
        source[..., 1] -= yx * missed[..., 0] + yy * missed[..., 1]
    return source


def _inverse_jacobian(shift: Field, step: float) -> Float32Array:
    """(rows, columns, 4) rows of the inverse of how places move with a shift, (1 + dx/dx, dx/dy; dy/dx, 1 + dy/dy)."""
    along_y, along_x = np.gradient(shift, step, axis=(0, 1))
    a, b, c, d = 1 + along_x[..., 0], along_y[..., 0], along_x[..., 1], 1 + along_y[..., 1]
    area = np.maximum(a * d - b * c, LEAST_STRETCH)
    return np.asarray(np.dstack([d, -b, -c, a]) / area[..., None], np.float32)
