"""The layer of skin beside the corners of an open or pursed mouth, without the line that closed lips draw there."""

from __future__ import annotations

import cv2
import numpy as np

from ..face.mesh import OUTER_LIPS
from ..face.openings import width
from ..imaging.arrays import Field, Float32Array
from ..imaging.box import Box
from ..imaging.colour import brighten
from ..imaging.easing import smoothstep
from ..imaging.raster import remap
from ..portrait.corner_plate import BEYOND, THICKNESS
from .canvas import Canvas
from .state import FrameState

REACH = 3 * BEYOND + THICKNESS
"""Distance from a corner within which its surroundings are looked for, in outer-eye distances: lips stretch."""

NATURAL_STRETCH = 1.4
"""Stretch of the skin across the line up to which the line stays: mouths that talk keep a dark corner."""


PURSED, NARROWEST = 0.94, 0.78
"""Width of the lips, of that in the portrait, between which the line beside them goes."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the corners of an open or pursed mouth.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    pursed = _pursed(state)
    if state.inside.share == 0 and pursed == 0:
        return
    grid, gain = state.skin.grid, state.skin.curve_gain
    for corner, plate in zip(OUTER_LIPS.corners, state.prepared.corners, strict=True):
        near = Box.around(state.pose.moved[[corner], :2], REACH * state.pose.unit)
        box = near.common(grid.box).within(canvas.picture)
        if box.empty or plate.box.empty:
            continue
        field = grid.upsample(state.skin.samples, box).copy()
        field[..., 0] -= plate.box.left
        field[..., 1] -= plate.box.top
        open_by = remap(plate.alpha, field, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        part = box.where(open_by)  # the line is thin
        if part.empty:
            continue
        stretched, field = part.of(_stretched(field), box), part.of(field, box)
        beside = remap(plate.beyond, field, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        gone = np.maximum(state.inside.share * part.of(open_by, box) * stretched, pursed * beside)
        alpha = state.skin.alpha_in(part) * gone
        colours = remap(plate.skin, field, cv2.INTER_LINEAR)
        if gain is not None:
            # Where the driver's own line goes, his skin becomes brighter; the plate never had it.
            shade = np.minimum(grid.upsample(gain, part), 1)
            colours = np.asarray(brighten(colours, shade, float(canvas.white)), np.float32)
        canvas.alpha_blend(part, colours, np.asarray(alpha, np.float32))


def _pursed(state: FrameState) -> float:
    """How far lips are narrower than in the portrait, 0..1: the line that they drew beside them is gone."""
    portrait = state.prepared.portrait
    now, before = (
        width(state.pose.moved, OUTER_LIPS) / state.pose.unit,
        width(portrait.points, OUTER_LIPS) / portrait.unit,
    )
    return float(smoothstep((PURSED - now / before) / (PURSED - NARROWEST)))


def _stretched(field: Field) -> Float32Array:
    """(y, x) 0..1 the share of its height that a texture has gained by being stretched beyond `NATURAL_STRETCH`."""
    height = cv2.blur(np.abs(cv2.Scharr(cv2.extractChannel(field, 1), cv2.CV_32F, 0, 1)) / 32, (5, 5))
    return np.asarray(np.clip(1 - NATURAL_STRETCH * height, 0, 1), np.float32)
