"""The layer of skin over the far rim of a face, where a head that turns back to the viewer stretches it."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array
from ..imaging.box import Box
from ..imaging.colour import brighten
from ..imaging.easing import smoothstep
from ..imaging.raster import remap
from ..portrait.far_rim import FarRim
from .canvas import Canvas
from .face_warp import Skin
from .state import FrameState

STRETCH = (1.5, 3.0)
"""Stretch of the picture's skin, beyond that of the whole face, from which on other skin begins to take its place, and
from which on it has."""

AROUND = 0.1
"""Side of the square round each place in which the most stretched skin counts, in outer-eye distances: triangles are
stretched one by one."""

IN_SIGHT = (0.0, 0.03)
"""Distance by which a hidden point of the face's oval has come out beyond the rim, in outer-eye distances, from which
on the rim begins to be painted anew, and from which on it is."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the far rim of a face that was turned away.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    rim, skin = state.prepared.far_rim, state.skin
    share = smoothstep((_in_sight(rim, state) - IN_SIGHT[0]) / (IN_SIGHT[1] - IN_SIGHT[0])) if rim.hidden else 0.0
    if share == 0:
        return
    grid, corner = skin.grid, np.array([rim.box.left, rim.box.top], np.float32)
    there = remap(rim.strip, skin.samples - corner, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
    cover = there * np.float32(share) * _stretched(skin, state)
    rows, columns = (np.flatnonzero((cover > 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return
    ends = np.array([[columns[0] - 1, rows[0] - 1], [columns[-1] + 1, rows[-1] + 1]], np.float64) * grid.step
    part = Box.around(ends + np.array([grid.left, grid.top]), 0).common(grid.box).within(canvas.picture)
    if part.empty:
        return
    field = grid.upsample(skin.samples, part) - corner
    colours = remap(rim.skin, np.asarray(field, np.float32), cv2.INTER_LINEAR)
    if skin.curve_gain is not None:
        gain = grid.upsample(skin.curve_gain, part)
        colours = np.asarray(brighten(colours, gain, float(canvas.white)), np.float32)
    alpha = grid.upsample(np.asarray(cover, np.float32), part) * skin.alpha_in(part)
    canvas.alpha_blend(part, colours, np.asarray(alpha, np.float32))


def _in_sight(rim: FarRim, state: FrameState) -> float:
    """How far the foremost of the hidden points has come out beyond the rim, in outer-eye distances."""
    outline = state.pose.moved[list(rim.outline), :2].astype(np.float32)
    inside = [cv2.pointPolygonTest(outline, state.pose.moved[row, :2].tolist(), True) for row in rim.hidden]
    return -min(inside) / state.pose.unit


def _stretched(skin: Skin, state: FrameState) -> Float32Array:
    """(rows, columns) 0..1, how far skin is stretched at and around each cell, beyond the face as a whole."""
    step = skin.grid.step
    down, across = np.gradient(skin.samples / np.float32(step), axis=(0, 1))
    area = np.abs(down[..., 0] * across[..., 1] - down[..., 1] * across[..., 0])
    stretch = state.pose.rest_unit / state.pose.unit / np.sqrt(np.maximum(area, 1e-4))
    share = smoothstep(np.asarray((stretch - STRETCH[0]) / (STRETCH[1] - STRETCH[0]), np.float32))
    side = (2 * max(1, round(AROUND * state.pose.unit / step / 2)) + 1,) * 2
    return np.asarray(cv2.blur(cv2.dilate(share, np.ones(side, np.uint8)), side), np.float32)
