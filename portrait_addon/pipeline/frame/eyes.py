"""The layer of the eyes, visible between the lids.

A warp by the lids' points alone would squash the iris when the lids close. Here each eye is a separate layer that moves
with its corners, and lids cover or uncover it. An eye that looks elsewhere, or opens wider than in the portrait, is put
together anew: the white, over it the iris, turned with the driver's gaze as on a ball, and the shadow of the lids.
[ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.eye_rims import EyeRims
from ..face.mesh import EYES, SKULL, Opening
from ..face.openings import across, gaps
from ..imaging.arrays import Field, Float32Array, Float64Array, Points, UInt8Array, length
from ..imaging.box import Box
from ..imaging.easing import ramp
from ..imaging.polygons import polygon_mask
from ..imaging.raster import EDGE_SOFTNESS, affine_field, remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.similarity import best_similarity
from ..portrait.eye_plate import EyePlate, iris_alpha
from .canvas import Canvas
from .state import FrameState

EYEBALL = 2.05
"""Radius of an eyeball, in radii of its iris: 12 mm to 5.9 mm."""

GAZE_LIMIT = 0.85
"""Largest shift of an iris from the middle of the eye, in radii of the eyeball."""

FREE = 0.12
"""Shift in radii of the iris, or widening as a share of the opening, from which on an eye is all put together anew.
Below, it fades into the eye as the portrait has it: at rest it is the portrait, value by value."""


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
    for (eye, iris), plate in zip(EYES, state.prepared.eyes, strict=True):
        contour = moved[eye.contour, :2]
        box = Box.around(contour, 3).within(canvas.picture)
        # OpenCV draws the edge of a polygon too. Closed lids would show it as a bright line, so the eye fades out.
        opacity = min(max(float(gaps(moved, eye).max()) - 1, 0.0), 1.0)
        if opacity == 0 or box.empty or plate.box.empty:
            continue
        alpha = (opacity * _between_lids(box, contour)).astype(np.uint8)
        to_rest = _eye_to_rest(eye, rest, moved, head_scale)
        grid = SampleGrid.of_pixels(box)
        source = affine_field(grid, to_rest)
        canvas.warp_and_composite(state.prepared.texture, grid, source, alpha)
        there = moved[:, :2] @ to_rest[:, :2].T + to_rest[:, 2]
        gaze = there[iris[0]] - plate.centre
        widened = float(gaps(there, eye).mean() / max(gaps(rest, eye).mean(), 1e-6)) - 1
        anew = ramp(max(length(gaze) / plate.radius, widened), 0, FREE)
        if anew > 0:
            middle = rest[list(eye.corners), :2].mean(axis=0)
            colours = _eye(plate, source, gaze, middle, EyeRims.of(there, eye))
            opacities = alpha.astype(np.float32) * np.float32(anew / 255)
            canvas.alpha_blend(box, np.clip(colours, 0, canvas.white), opacities)


def _between_lids(box: Box, contour: Float32Array) -> UInt8Array:
    """(h, w) anti-aliased mask of the opening between the lids, 0..255."""
    return np.asarray(cv2.GaussianBlur(polygon_mask(box, contour), (0, 0), EDGE_SOFTNESS), np.uint8)


def _eye_to_rest(eye: Opening, rest: Float32Array, moved: Float32Array, head_scale: float) -> Float64Array:
    """(2, 3) affine map from frame to portrait: by the corners along the eye, by the head's scale across it."""
    corners = list(eye.corners)
    along = np.diff(moved[corners, :2], axis=0)[0].astype(np.float64)
    # The two directions are perpendicular, so the inverse of the matrix with them as columns has them as rows.
    inverse = np.vstack([along / max(along @ along, 1e-12), across(moved, eye) / head_scale])
    linear = np.column_stack([np.diff(rest[corners, :2], axis=0)[0], across(rest, eye)]) @ inverse
    return np.column_stack([linear, rest[corners, :2].mean(axis=0) - linear @ moved[corners, :2].mean(axis=0)])


def _eye(plate: EyePlate, source: Field, gaze: Points, middle: Float32Array, rims: EyeRims) -> Float32Array:
    """(y, x, c) the eye at positions (y, x, 2) of the portrait, its iris shifted by `gaze`, its lids at `rims`."""
    corner = np.array([plate.box.left, plate.box.top], np.float32)
    white = remap(plate.white, source - corner, cv2.INTER_CUBIC)
    on_iris = _turned(source, plate, gaze, middle)
    iris = remap(plate.iris, on_iris + (plate.centre - corner), cv2.INTER_CUBIC)
    away = np.hypot(on_iris[..., 0], on_iris[..., 1]) / np.float32(plate.radius)
    eye = white + iris_alpha(away) * (iris - white)
    _, *now = rims.at(source)
    _, *before = plate.rims.at(source)
    for shadow, at_rest, moved in zip(plate.shadows, before, now, strict=True):
        # As deep below the lid's rim as in the portrait.
        field = source - corner + (at_rest - moved)[..., None] * plate.rims.axes[1]
        eye[..., :3] *= remap(shadow, np.asarray(field, np.float32), cv2.INTER_LINEAR)
    return eye


def _turned(source: Field, plate: EyePlate, gaze: Points, middle: Float32Array) -> Field:
    """(y, x, 2) position on the iris at rest, from its centre in pixels, of each position in the portrait.

    The iris sits on a ball: turned aside it is seen at a slant, as narrow as the cosine of its angle.
    """
    ball = EYEBALL * plate.radius
    before, after = _within_reach(plate.centre - middle, ball), _within_reach(plate.centre - middle + gaze, ball)
    offset = source - np.asarray(plate.centre + (after - before), np.float32)
    linear = _slant(before / ball) @ _slant(after / ball, back=True)
    x, y = offset[..., 0], offset[..., 1]
    return np.asarray(np.stack([by_x * x + by_y * y for by_x, by_y in linear], axis=-1), np.float32)


def _within_reach(shift: Points, ball: float) -> Float64Array:
    """(2,) a shift from the middle of the eye, as far as a ball allows it."""
    return np.asarray(shift * min(1.0, GAZE_LIMIT * ball / max(length(shift), 1e-6)), np.float64)


def _slant(direction: Float64Array, back: bool = False) -> Float64Array:
    """(2, 2) how a disc on a ball is seen, `direction` from its middle in radii of the ball: narrowed; or the way back.

    No general inverse: for it, a library would start threads.
    """
    sine = length(direction)
    if sine < 1e-6:
        return np.eye(2)
    axis = direction / sine
    cosine = np.sqrt(1 - sine**2)
    return np.asarray(np.eye(2) - (1 - (1 / cosine if back else cosine)) * np.outer(axis, axis))
