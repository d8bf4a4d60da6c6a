"""Step 2: the warp field outside the face, smoothed with distance from the face and pinned at the picture's border.

The field is smoothed by its confidence [lecture]. There is no blur at the face. Further away the blur has one of ten
radii, 0, 0.005, 0.010, ... of the picture's diagonal. The lecture does not say how the radius grows with distance. A
radius in units of the picture's diagonal would also make a cropped portrait move differently. So here both the radii
and their growth are in units of the outer-eye distance.
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
"""Number of blur radii, the radius 0 included [lecture]."""

BLUR_STEP = 0.005
"""Difference of two successive blur radii, as a fraction of the reference diagonal. A radius is the standard deviation
of a Gaussian [lecture, re-implementations]."""

REFERENCE_DIAGONAL = 6.0
"""Diagonal of a typical portrait, in outer-eye distances [median of our portraits]."""

CONFIDENCE_STEP = 0.4
"""Distance from the face over which the blur grows by one radius, in outer-eye distances."""

WIDEST_BLUR = (BLUR_RADII - 1) * BLUR_STEP * REFERENCE_DIAGONAL
"""Standard deviation of the widest blur, in outer-eye distances."""

STRETCH_BAND = 2.0
"""Length of the displacement's fade-out where the picture is stretched, as a multiple of the displacement. Below 1 the
field would fold."""

PUSH_BAND = 1.0
"""Length of the displacement's fade-out where the picture is pushed over its border, as a multiple of the
displacement."""

LEAST_ROOM = 0.05
"""Smallest fraction of the distance between border and face that counts as free of the displacement. It guards
a division; where it counts, the fade is a straight ramp with any small value."""


def smooth_by_confidence(
    grid: SampleGrid, field: Field, distance: Float32Array, unit: float, strength: float = 1.0
) -> Field:
    """Blur a field with a radius that grows with the distance from the face.

    The number and the spacing of the radii are those of [1]_.

    Parameters
    ----------
    grid : SampleGrid
        Grid on which the field is sampled.
    field : (rows, columns, 2) float32 array
        Absolute source positions in pixels.
    distance : (rows, columns) float32 array
        Distance from the face in pixels, 0 inside the face.
    unit : float
        Outer-eye distance in pixels.
    strength : float, optional
        Factor on the blur radii, 0..1; 0 leaves the field unchanged.

    Returns
    -------
    (rows, columns, 2) float32 array
        Smoothed source positions in pixels; `field` itself if `strength` is all but 0.

    References
    ----------
    .. [1] H. Averbuch-Elor, D. Cohen-Or, J. Kopf, M. F. Cohen, "Bringing Portraits to Life", ACM Transactions on
       Graphics 36(6), article 196, 2017, as taught in lecture 13 of Stanford's CS448V.
    """
    sigma = strength * BLUR_STEP * REFERENCE_DIAGONAL * unit / grid.step
    if sigma < 1e-9:  # OpenCV refuses a standard deviation that rounds to 0
        return field
    positions = grid.positions()
    level = np.minimum(distance / (CONFIDENCE_STEP * unit), BLUR_RADII - 1)
    blurred = [field - positions]
    for radius in range(1, BLUR_RADII):
        # Two successive Gaussian blurs equal one blur with the sum of their variances.
        added_sigma = sigma * np.sqrt(2 * radius - 1)
        wider = cv2.GaussianBlur(blurred[-1], (0, 0), added_sigma, borderType=cv2.BORDER_REPLICATE)
        blurred.append(np.asarray(wider, np.float32))
    lower = np.minimum(level.astype(np.intp), BLUR_RADII - 2)
    fraction = np.repeat(level - lower, 2).reshape(field.shape)  # faster than to broadcast it
    stack = np.stack(blurred).reshape(-1, 2)
    index = lower * level.size + np.arange(level.size).reshape(level.shape)
    smooth = (1 - fraction) * stack.take(index, axis=0) + fraction * stack.take(index + level.size, axis=0)
    return np.asarray(smooth + positions, np.float32)


def distance_outside(grid: SampleGrid, *outlines: Points) -> Float32Array:
    """Measure the distance of each sample from the union of closed outlines.

    Parameters
    ----------
    grid : SampleGrid
        Grid of the samples.
    *outlines : (n, 2) arrays
        Corners x, y of each outline in pixels; the last corner is joined to the first.

    Returns
    -------
    (rows, columns) float32 array
        Distance in pixels; 0 inside an outline.
    """
    free = np.ones((grid.rows, grid.columns), np.uint8)
    for outline in outlines:
        corners = fixed_point(grid.to_cells(outline))
        cv2.fillPoly(free, [corners], (0,), shift=SUBPIXEL_BITS)
    # The rounding of OpenCV's distance transform varies between calls, so frames would not be reproducible to the bit.
    return np.asarray(distance_transform_edt(free) * grid.step, np.float32)


def pin_border(
    grid: SampleGrid,
    field: Field,
    size: tuple[int, int],
    face: Box | None = None,
    sides: EdgeWeights | None = None,
) -> Field:
    """Keep the picture's border in place, so that painted frames and the edges of scans do not move.

    The component of the displacement that is perpendicular to an edge fades to 0 at that edge. Where the picture would
    be stretched, the fade is as long as the displacement requires to avoid folds. Where the picture is pushed over its
    border, the fade is a narrower band. Samples far from the border keep their displacement. Samples in the box of the
    face keep it too, because there the field must agree with the field of the skin.

    Parameters
    ----------
    grid : SampleGrid
        Grid on which the field is sampled.
    field : (rows, columns, 2) float32 array
        Absolute source positions in pixels.
    size : tuple of two int
        Width and height of the picture in pixels.
    face : Box, optional
        Bounding box of the face in this frame, in pixels.
    sides : tuple of four float32 arrays, optional
        Weights 0..1 by which the left, right, top and bottom edge are pinned: (rows, 1) arrays for left and right,
        (columns,) arrays for top and bottom. All edges are pinned fully if left out.

    Returns
    -------
    (rows, columns, 2) float32 array
        Source positions in pixels, with the border pinned.
    """
    x, y = grid.axes()
    pinned = np.empty_like(field)
    left, right, top, bottom = sides or (np.float32(1),) * 4
    across, down = (None, None) if face is None else ((face.left, face.right), (face.top, face.bottom))
    pinned[..., 0] = x + _pinned(field[..., 0] - x, x, size[0], (left, right), across)
    pinned[..., 1] = y[:, None] + _pinned(field[..., 1] - y[:, None], y[:, None], size[1], (top, bottom), down)
    return pinned


def pinned_shift(grid: SampleGrid, shift: Points, size: tuple[int, int]) -> Field:
    """Shift a picture within its border.

    The same as `pin_border` of a field that is displaced by `shift` everywhere. It takes less time, as each component
    changes along one axis alone.

    Parameters
    ----------
    grid : SampleGrid
        Grid on which the field is sampled.
    shift : (2,) float64 array
        x, y by which the picture moves, in pixels.
    size : tuple of two int
        Width and height of the picture in pixels.

    Returns
    -------
    (rows, columns, 2) float32 array
        Source positions in pixels.
    """
    field = np.empty((grid.rows, grid.columns, 2), np.float32)
    full = np.float32(1), np.float32(1)
    x, y = (
        position + _pinned((position.astype(np.float64) - by).astype(np.float32) - position, position, length, full)
        for position, by, length in zip(grid.axes(), shift, size, strict=True)
    )
    field[..., 0], field[..., 1] = x, y[:, None]
    return field


def _pinned(
    shift: Float32Array,
    position: Float32Array,
    length: int,
    sides: tuple[Float32Array | np.float32, Float32Array | np.float32],
    face: tuple[int, int] | None = None,
) -> Float32Array:
    """A displacement along one axis that fades to 0 at both edges, 0 and `length`, by their weights."""
    first, beyond = face or (0, length)
    for sign, margin, room, side in (
        (1, position, first, sides[0]),
        (-1, length - 1 - position, length - beyond, sides[1]),
    ):
        stretched = sign * shift < 0
        reach = np.where(stretched, STRETCH_BAND, PUSH_BAND) * np.abs(shift) + 1e-3
        fade_at_face = 1.0
        if face is not None:
            # The fade ends at the face: the smaller the room before the face, the closer it is to a linear ramp.
            room = max(room, 1)
            reach /= np.maximum(1 - np.abs(shift) / room, LEAST_ROOM)
            fade_at_face = 1 - np.exp(-room / reach)
        fade = np.minimum((1 - np.exp(-np.maximum(margin, 0) / reach)) / fade_at_face, 1)
        shift = shift * (1 - side * (1 - fade))
    return shift
