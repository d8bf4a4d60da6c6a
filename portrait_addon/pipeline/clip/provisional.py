"""A frame shown while its clip is still being tracked: moved against a provisional rest.

The neutral frame, wrinkles and the inside of the mouth are known only at the end. Until then the first frame with a
face stands for the neutral one, and only points move.
"""

from __future__ import annotations

import numpy as np

from ..face.canonical_face import CanonicalFace
from ..face.lid_space import HEIGHT, WIDTH
from ..face.mesh import LIDS
from ..face.palette import Palette
from ..imaging.arrays import Float32Array
from ..records.face import Face
from ..records.performance import Performance, no_head

BORDER_POINTS = 6
"""Number of points along each side of the clip that are taken to stay."""

FRAMES = 2
"""Of a provisional performance: the rest, and the frame that is shown."""


def provisional_performance(rest: Face, now: Face, size: tuple[int, int], palette: Palette) -> Performance:
    """Make a performance of two frames.

    Parameters
    ----------
    rest : Face
        The first face that was found in the clip; frame 1, the neutral one.
    now : Face
        The face that was found last; frame 2.
    size : tuple of int
        Width and height of the clip in pixels.
    palette : Palette
        Colours of the driver, not known yet: those of the portrait do.

    Returns
    -------
    Performance
        Without ratio images, mouth and lids. What is around the head is pinned at the border of the clip.
    """
    faces = (rest, now)
    border = _border(size)
    width, height = CanonicalFace.of(rest.points).size
    return Performance(
        times=np.arange(FRAMES) / 25,
        size=np.array(size, np.int64),
        neutral=1,
        found=np.ones(FRAMES, np.bool_),
        covered=np.zeros(FRAMES, np.bool_),
        unlit=np.zeros(FRAMES, np.bool_),
        points=np.stack([face.points for face in faces]).astype(np.float32),
        blendshapes=np.stack([face.blendshapes for face in faces]).astype(np.float32),
        head_matrices=np.stack([face.head_matrix for face in faces]).astype(np.float32),
        peripheral=border,
        peripheral_offsets=np.zeros((FRAMES, *border.shape), np.float32),
        camera_offsets=np.zeros((FRAMES, 2), np.float32),
        palette=palette.to_array(),
        later_shots=np.empty((0, 3), np.int64),
        later_palettes=np.empty((0, len(palette.to_array())), np.float32),
        strangers=np.empty(0, np.bool_),
        log_ratios=np.zeros((FRAMES, height, width), np.float16),
        mouth_pixels=np.empty(0, np.uint8),
        mouth_starts=np.zeros(FRAMES + 1, np.int64),
        mouth_boxes=np.zeros((FRAMES, 4), np.int32),
        lid_rows=np.full(FRAMES, -1, np.int32),
        lid_ratios=np.empty((0, len(LIDS), HEIGHT, WIDTH), np.float16),
        **no_head(shots=1),
    )


def _border(size: tuple[int, int]) -> Float32Array:
    """Points (n, 2) along the border of a picture, which stay where they are."""
    steps = np.linspace(0, 1, BORDER_POINTS)
    sides = [np.column_stack(pair) for end in (0 * steps, 0 * steps + 1) for pair in ((steps, end), (end, steps))]
    corner = np.array(size, np.float32) - 1
    return np.asarray(np.unique(np.concatenate(sides), axis=0) * corner, np.float32)
