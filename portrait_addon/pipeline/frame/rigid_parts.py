"""Step 2: move the painted rigid parts.

Hats, glasses and jewellery do not deform with the face. Each part of the painted mask moves by a similarity. The
similarity is fitted to the face points under the part; if the part covers too few of them, it is fitted to the field of
the surround. The edge of a part is soft, so that its motion blends into the deformation around it.
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
"""Number of face points that a part must cover to follow the face, or of grid samples to follow the surround."""


def apply_rigid_parts(
    parts: Sequence[RigidPart], rest: Float32Array, face: Float32Array, grid: SampleGrid, surround: Field
) -> tuple[Float32Array, Field]:
    """Replace the motion of face and surround by a similarity inside each painted part.

    Parameters
    ----------
    parts : sequence of RigidPart
        Parts of the painted mask, applied one after the other.
    rest, face : (478, 3) float32 arrays
        The portrait's points at rest and in this frame, in pixels.
    grid : SampleGrid
        Grid of the surround.
    surround : (rows, columns, 2) float32 array
        Backward field of everything outside the face: absolute source positions in pixels.

    Returns
    -------
    face : (478, 3) float32 array
        Points in this frame, in pixels; the array `face` itself if no part moves.
    surround : (rows, columns, 2) float32 array
        Source positions in pixels; the array `surround` itself if no part moves.
    """
    for part in parts:
        motion = _motion(part, rest, face, grid, surround)
        if motion is None:
            continue
        face = face.copy()
        face[:, :2] += part.shares[:, None] * (motion(rest[:, :2]) - face[:, :2])
        source = motion.inverse(grid.positions()).astype(np.float32)
        weight = remap(part.mask, source, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)[..., None]
        surround = np.asarray(surround + weight * (source - surround), np.float32)
    return face, surround


def _motion(part: RigidPart, rest: Points, face: Points, grid: SampleGrid, surround: Field) -> Similarity | None:
    """Similarity of a part from the portrait to the frame; None if it covers too few face points and samples."""
    if float(part.shares.sum()) >= LEAST_POINTS:
        return best_similarity(rest[:, :2], face[:, :2], part.shares)
    covered = remap(part.mask, surround, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT) > 0.5
    if np.count_nonzero(covered) < LEAST_POINTS:
        return None
    return best_similarity(surround[covered], grid.positions()[covered])
