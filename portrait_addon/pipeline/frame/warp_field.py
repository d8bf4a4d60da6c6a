"""The field outside the face: smooth with distance from the face, and pinned at the picture's border.

The field is smoothed by its confidence [lecture]: not at all at the face, and with one of ten radii that grow with
distance, 0, 0.005, 0.010, ... of the picture's diagonal. The lecture does not say how the radius grows, and a picture's
diagonal would make a cropped portrait move differently: here both are tied to the face.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from ..imaging.arrays import EdgeWeights, Field, Float32Array, Points
from ..imaging.box import Box
from ..imaging.polygons import SUBPIXEL_BITS, fixed_point
from ..imaging.sample_grid import SampleGrid

BLUR_RADII = 10

BLUR_STEP = 0.005
"""From one radius to the next, as a share of the reference diagonal; taken as Gaussian standard deviation [lecture,
re-implementations]."""

REFERENCE_DIAGONAL = 6.0
"""Diagonal of an ordinary portrait, in outer-eye distances [median of our portraits]."""

CONFIDENCE_STEP = 0.4
"""Distance from the face over which the blur grows by one radius, in outer-eye distances."""

WIDEST_BLUR = (BLUR_RADII - 1) * BLUR_STEP * REFERENCE_DIAGONAL
"""Standard deviation of the last radius, in outer-eye distances."""

STRETCH_BAND = 2.0
"""Where the border is stretched, its displacement fades within so many times itself; at least 1, or it folds."""

PUSH_BAND = 1.0
"""The same where it is pushed out."""

LEAST_ROOM = 0.05
"""Share of the room between border and face that is taken to be left beside a displacement, however large it is."""


def smooth_by_confidence(
    grid: SampleGrid, field: Field, distance: Float32Array, unit: float, strength: float = 1.0
) -> Field:
    """Blur a field the more, the further it is from the face.

    Parameters
    ----------
    lattice : Lattice
    field : (rows, columns, 2) array
        Absolute source positions.
    distance : (rows, columns) array
        Distance from the face in pixels, 0 inside.
    unit : float
        Outer-eye distance in pixels.
    strength : float
        0..1; scales the radii.

    Returns
    -------
    (rows, columns, 2) float32 array
    """
    if strength == 0:
        return field
    positions = grid.positions()
    level = np.minimum(distance / (CONFIDENCE_STEP * unit), BLUR_RADII - 1)
    sigma = strength * BLUR_STEP * REFERENCE_DIAGONAL * unit / grid.step
    blurred = [field - positions]
    for radius in range(1, BLUR_RADII):
        # A Gaussian after a Gaussian is one whose variances add.
        more = sigma * np.sqrt(2 * radius - 1)
        wider = cv2.GaussianBlur(blurred[-1], (0, 0), more, borderType=cv2.BORDER_REPLICATE)
        blurred.append(np.asarray(wider, np.float32))
    lower = np.minimum(level.astype(np.intp), BLUR_RADII - 2)
    share = (level - lower)[..., None]
    stack = np.stack(blurred).reshape(-1, 2)
    at = lower * level.size + np.arange(level.size).reshape(level.shape)
    smooth = (1 - share) * stack.take(at, axis=0) + share * stack.take(at + level.size, axis=0)
    return np.asarray(smooth + positions, np.float32)


def distance_outside(grid: SampleGrid, *outlines: Points) -> Float32Array:
    """(rows, columns) distance in pixels from the union of closed outlines (n, 2); 0 inside."""
    free = np.ones((grid.rows, grid.columns), np.uint8)
    for outline in outlines:
        corners = fixed_point(grid.to_cells(outline))
        cv2.fillPoly(free, [corners], (0,), shift=SUBPIXEL_BITS)
    # OpenCV's transform rounds otherwise from call to call, and frames would not repeat to the bit.
    return np.asarray(distance_transform_edt(free) * grid.step, np.float32)


def pin_border(
    grid: SampleGrid,
    field: Field,
    size: tuple[int, int],
    face: Box | None = None,
    sides: EdgeWeights | None = None,
) -> Field:
    """Keep the picture's border where it is: painted frames and the edges of scans must not crawl.

    Near an edge the displacement towards or away from it fades. Where the picture would be stretched the fade takes as
    many pixels as it needs to stay one to one; where it is pushed out, a narrow band that gives way. A large margin is
    not touched by either. Neither is a face, however near: there a field has to meet that of the skin.

    Parameters
    ----------
    lattice : Lattice
    field : (rows, columns, 2) array
        Absolute source positions.
    size : (width, height)
        Of the picture in pixels.
    face : Box, optional
        Where the face is in this frame.
    sides : four arrays, optional
        By how much each edge is held, 0..1: (rows, 1) the left and right, (columns,) the upper and lower.
    """
    x, y = grid.axes()
    held = np.empty_like(field)
    by = iter(sides or (np.float32(1),) * 4)
    for axis, (place, length) in enumerate(zip((x, y[:, None]), size, strict=True)):
        shift = field[..., axis] - place
        first, beyond = (0, length) if face is None else ((face.left, face.right), (face.top, face.bottom))[axis]
        for sign, margin, room in ((1, place, first), (-1, length - 1 - place, length - beyond)):
            outward = sign * shift < 0
            reach = np.where(outward, STRETCH_BAND, PUSH_BAND) * np.abs(shift) + 1e-3
            whole = 1.0
            if face is not None:
                # All of the fade lies before the face; it is the more even, the less room there is.
                room = max(room, 1)
                reach /= np.maximum(1 - np.abs(shift) / room, LEAST_ROOM)
                whole = 1 - np.exp(-room / reach)
            share = np.minimum((1 - np.exp(-np.maximum(margin, 0) / reach)) / whole, 1)
            shift = shift * (1 - next(by) * (1 - share))
        held[..., axis] = place + shift
    return held
