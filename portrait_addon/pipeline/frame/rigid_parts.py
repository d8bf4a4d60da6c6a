"""Step 2: parts that move as one.

Hats, glasses and jewellery do not bend with the face that wears them. Each part of the painted mask follows the best
similarity of what it covers: of the face's points where it lies on the face, else of the field round it. Its edge is
soft, so that it joins what bends.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..imaging.arrays import Field, Float32Array, Points
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.similarity import Similarity, best_similarity
from ..portrait.rigid_parts import RigidPart

LEAST_POINTS = 6
"""Points of the face that a part must cover to follow them."""


def apply_rigid_parts(
    parts: Sequence[RigidPart], rest: Float32Array, face: Float32Array, grid: SampleGrid, surround: Field
) -> tuple[Float32Array, Field]:
    """Let every painted part move as one.

    Parameters
    ----------
    parts : sequence of RigidPart
    rest, face : (478, 3) float32 arrays
        The portrait's points at rest and in this frame, in pixels.
    grid : SampleGrid
        The surround's.
    surround : (rows, columns, 2) float32 array
        Backward field of everything outside the face.

    Returns
    -------
    face : (478, 3) float32 array
    surround : (rows, columns, 2) float32 array
    """
    for part in parts:
        motion = _motion(part, rest, face, grid, surround)
        if motion is None:
            continue
        face = face.copy()
        face[:, :2] += part.shares[:, None] * (motion(rest[:, :2]) - face[:, :2])
        back = motion.inverse(grid.positions()).astype(np.float32)
        share = remap(part.mask, back, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)[..., None]
        surround = np.asarray(surround + share * (back - surround), np.float32)
    return face, surround


def _motion(part: RigidPart, rest: Points, face: Points, grid: SampleGrid, surround: Field) -> Similarity | None:
    """How a part moves, from the portrait to the frame; None if it covers nothing that moves."""
    if float(part.shares.sum()) >= LEAST_POINTS:
        return best_similarity(rest[:, :2], face[:, :2], part.shares)
    shown = remap(part.mask, surround, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT) > 0.5
    if np.count_nonzero(shown) < LEAST_POINTS:
        return None
    return best_similarity(surround[shown], grid.positions()[shown])
