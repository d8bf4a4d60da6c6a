"""The layer of the eyes, visible between the lids.

A warp by the lids' points alone would squash the iris when the lids close. Here each eye is a separate layer. The eye
moves with its corners, and the iris follows the driver's gaze. The lids cover or uncover the eye. If the lids open
wider than in the portrait, the eye is stretched to fill the opening.
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
"""Largest shift of an iris, in radii of the iris."""

LEAST_WHITE = 0.3
"""Smallest width of the white beside an iris that is stretched when the iris moves away, in radii of the iris."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint both eyes.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
        Pose and texture of the frame.
    """
    rest, moved = state.pose.rest, state.pose.moved
    skull = list(SKULL)
    head_scale = best_similarity(rest[skull, :2], moved[skull, :2]).scale
    for eye, iris in EYES:
        contour = moved[eye.contour, :2]
        box = Box.around(contour, 3)
        # OpenCV draws the edge of a polygon too. Closed lids would show it as a bright line, so the eye fades out.
        opacity = min(max(float(gaps(moved, eye).max()) - 1, 0.0), 1.0)
        if opacity > 0:
            alpha = (opacity * _between_lids(box, contour)).astype(np.uint8)
            grid = SampleGrid.of_pixels(box)
            field = _eye_field(grid, eye, iris, rest, moved, head_scale)
            canvas.warp_and_composite(state.prepared.texture, grid, field, alpha)


def _between_lids(box: Box, contour: Float32Array) -> UInt8Array:
    """(h, w) anti-aliased mask of the opening between the lids, 0..255."""
    return np.asarray(cv2.GaussianBlur(polygon_mask(box, contour), (0, 0), EDGE_SOFTNESS), np.uint8)


def _eye_field(
    grid: SampleGrid, eye: Opening, iris: tuple[int, ...], rest: Float32Array, moved: Float32Array, head_scale: float
) -> Field:
    """(rows, columns, 2) backward field of an eye whose height does not change when the lids close."""
    (x, y), to_rest = grid.axes(), _eye_to_rest(eye, rest, moved, head_scale)
    # Separate products and sums: the rounding of a library's matrix product depends on the memory layout.
    source_x, source_y = (by_x * x + by_y * y[:, None] + shift for by_x, by_y, shift in to_rest)
    # The iris moves by the gaze. The white on the other side of the iris is stretched, up to the lids.
    centre = rest[iris[0], :2].astype(np.float64)
    radius = float(np.linalg.norm(rest[list(iris[1:]), :2] - centre, axis=1).mean())
    gaze = to_rest[:, :2] @ moved[iris[0], :2] + to_rest[:, 2] - centre
    length = max(float(np.linalg.norm(gaze)), 1e-6)
    direction = gaze / length
    length = min(length, GAZE_LIMIT * radius)
    white = max(float(((centre - rest[eye.contour, :2]) @ direction).max()) - radius, LEAST_WHITE * radius)
    along = (centre[0] - source_x) * direction[0] + (centre[1] - source_y) * direction[1]
    behind = np.maximum(along + length - radius, 0)
    offset = length * np.maximum(1 - behind / (white + length), 0)  # invertible for any length
    source = np.stack([source_x - offset * direction[0], source_y - offset * direction[1]], axis=-1)
    return np.asarray(source, np.float32)


def _eye_to_rest(eye: Opening, rest: Float32Array, moved: Float32Array, head_scale: float) -> Float64Array:
    """(2, 3) affine map from frame to portrait: by the corners along the eye, by the head's scale across it."""
    corners = list(eye.corners)
    opening = gaps(moved, eye).mean() / max(head_scale * gaps(rest, eye).mean(), 1e-6)
    height = head_scale * max(opening, 1.0)
    before = np.column_stack([np.diff(moved[corners, :2], axis=0)[0], height * across(moved, eye)])
    after = np.column_stack([np.diff(rest[corners, :2], axis=0)[0], across(rest, eye)])
    linear = after @ np.linalg.pinv(before)
    return np.column_stack([linear, rest[corners, :2].mean(axis=0) - linear @ moved[corners, :2].mean(axis=0)])
