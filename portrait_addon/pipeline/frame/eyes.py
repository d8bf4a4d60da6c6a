"""The layer of the eyes, seen between the lids.

A plain warp squashes an iris when the lids close, because the lids' points carry the eye along. Here an eye is a layer
of its own: it moves with its corners, the iris follows the driver's gaze, and the lids only uncover more or less of it.
Where they open wider than the portrait shows, the eye is stretched to fill.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.mesh import EYES, SKULL, Opening
from ..face.openings import across, gaps
from ..imaging.arrays import Field, Float32Array, Float64Array, UInt8Array
from ..imaging.box import Box
from ..imaging.polygons import polygon_mask
from ..imaging.raster import EDGE_SOFTNESS
from ..imaging.sample_grid import SampleGrid
from ..imaging.similarity import best_similarity
from .canvas import Canvas
from .state import FrameState

GAZE_LIMIT = 2.0
"""Largest shift of an iris, in its own radii."""

LEAST_WHITE = 0.3
"""Least width of white that is stretched behind an iris, in its radii, where the lids leave none."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint both eyes.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    rest, moved = state.pose.rest, state.pose.moved
    skull = list(SKULL)
    size = best_similarity(rest[skull, :2], moved[skull, :2]).scale
    for eye, iris in EYES:
        contour = moved[eye.contour, :2]
        box = Box.around(contour, 3)
        # A polygon is drawn with its edge, which would leave a bright line where lids meet.
        ajar = min(max(float(gaps(moved, eye).max()) - 1, 0.0), 1.0)
        if ajar > 0:
            alpha = (ajar * _between_lids(box, contour)).astype(np.uint8)
            grid = SampleGrid.of_pixels(box)
            field = _eye_field(grid, eye, iris, rest, moved, size)
            canvas.warp_and_composite(state.prepared.texture, grid, field, alpha)


def _between_lids(box: Box, contour: Float32Array) -> UInt8Array:
    """(h, w) what the lids leave free, anti-aliased, 0..255."""
    return np.asarray(cv2.GaussianBlur(polygon_mask(box, contour), (0, 0), EDGE_SOFTNESS), np.uint8)


def _eye_field(
    grid: SampleGrid, eye: Opening, iris: tuple[int, ...], rest: Float32Array, moved: Float32Array, size: float
) -> Field:
    """Backward field of an eye that keeps its height while the lids move; the head is seen larger by `size`."""
    (x, y), to_rest = grid.axes(), _eye_to_rest(eye, rest, moved, size)
    # Products and sums one by one: a library's own would round by how the memory happens to lie.
    across, down = (by_x * x + by_y * y[:, None] + shift for by_x, by_y, shift in to_rest)
    # The iris goes where the driver looks. The white that it leaves behind is stretched, as far as the lids reach.
    centre = rest[iris[0], :2].astype(np.float64)
    radius = float(np.linalg.norm(rest[list(iris[1:]), :2] - centre, axis=1).mean())
    gaze = to_rest[:, :2] @ moved[iris[0], :2] + to_rest[:, 2] - centre
    length = max(float(np.linalg.norm(gaze)), 1e-6)
    direction = gaze / length
    length = min(length, GAZE_LIMIT * radius)
    white = max(float(((centre - rest[eye.contour, :2]) @ direction).max()) - radius, LEAST_WHITE * radius)
    along = (centre[0] - across) * direction[0] + (centre[1] - down) * direction[1]
    behind = np.maximum(along + length - radius, 0)
    share = length * np.maximum(1 - behind / (white + length), 0)  # one to one for any length
    return np.asarray(np.stack([across - share * direction[0], down - share * direction[1]], axis=-1), np.float32)


def _eye_to_rest(eye: Opening, rest: Float32Array, moved: Float32Array, size: float) -> Float64Array:
    """(2, 3) affine map from the output to the portrait: along the eye by its corners, across it by the head's size."""
    corners = list(eye.corners)
    opening = gaps(moved, eye).mean() / max(size * gaps(rest, eye).mean(), 1e-6)
    height = size * max(opening, 1.0)
    before = np.column_stack([np.diff(moved[corners, :2], axis=0)[0], height * across(moved, eye)])
    after = np.column_stack([np.diff(rest[corners, :2], axis=0)[0], across(rest, eye)])
    linear = after @ np.linalg.pinv(before)
    return np.column_stack([linear, rest[corners, :2].mean(axis=0) - linear @ moved[corners, :2].mean(axis=0)])
