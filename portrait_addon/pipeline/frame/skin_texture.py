"""Fine texture for skin that is stretched over an eye.

A membrane is smooth; skin has pores, a photograph has grain, a painting has brush strokes and cracks. The skin right
below the eye has them too: its fine structure is mirrored onto the lids, as a factor on their colours. [ours]
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..face.bare_skin import COARSEST, fine_texture, skin_beyond
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..imaging.box import Box
from ..imaging.raster import affine_field, remap
from ..imaging.sample_grid import SampleGrid
from .canvas import Canvas


def mirrored_texture(
    canvas: Canvas,
    box: Box,
    down: Points,
    outline: Points,
    unit: float,
    part: Box | None = None,
    face_in: Callable[[Box], Float32Array] | None = None,
) -> Float32Array:
    """Take texture for the lids from the skin below the eye.

    Parameters
    ----------
    canvas : Canvas
        Whose face is painted.
    box : Box
        Surroundings of the lids; how strong texture is below them decides what is a wrinkle.
    down : (2,) array
        Unit vector across the eye, see `across`.
    outline : (n, 2) array
        Of the lids, in pixels: what lies within is mirrored to places below it.
    unit : float
        Outer-eye distance in pixels.
    part : Box, optional
        Pixels wanted, within the box; by default all of it.
    face_in : callable, optional
        Gives the alpha of the face in a box: what lies beyond its rim is no skin. By default the face is all around.

    Returns
    -------
    (h, w, 3) float32 array
        Factors on encoded colours, around 1.
    """
    part = part or box
    to_skin = _mirror_below(np.asarray(down, np.float64), np.asarray(outline, np.float64))
    ends = np.array([[x, y] for x in (box.left, box.right) for y in (box.top, box.bottom)], np.float64)
    source = Box.around(ends @ to_skin[:, :2].T + to_skin[:, 2], 3 * COARSEST * unit).within(canvas.picture)
    if source.empty:
        return np.ones((part.bottom - part.top, part.right - part.left, 3), np.float32)
    skin = source.cut(canvas.picture)[..., :3].astype(np.float32)
    if face_in is not None:
        skin = skin_beyond(skin, face_in(source), unit)
    detail = fine_texture(skin, canvas.white, unit)
    to_skin[:, 2] -= source.left, source.top
    field = affine_field(SampleGrid.of_pixels(part), to_skin)
    return 1 + remap(detail, field, cv2.INTER_LINEAR, cv2.BORDER_REFLECT)


def _mirror_below(down: Float64Array, outline: Float64Array) -> Float64Array:
    """(2, 3) affine map that mirrors at a line through the lowest point of the outline, along the eye."""
    lowest = float((outline @ down).max())
    return np.column_stack([np.eye(2) - 2 * np.outer(down, down), 2 * lowest * down])
