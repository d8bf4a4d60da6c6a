"""The driver's mouth, cut out of each frame of a clip."""

from __future__ import annotations

import numpy as np

from ..face.mesh import MOUTH
from ..face.openings import CLOSED_AREA, mouth_area, mouth_box
from ..imaging.arrays import Float32Array, Points, UInt8Array
from ..imaging.polygons import polygon_interior

PATCH_MARGIN = 0.06
"""Kept of the driver round the inside of the mouth, in outer-eye distances."""


def cut_mouth(frame: UInt8Array, points: Points) -> tuple[UInt8Array, tuple[int, int]]:
    """The driver's pixels round the inside of the mouth, and their corner x, y; empty if the mouth is closed."""
    if mouth_area(points) < CLOSED_AREA / 2:
        return np.empty((0, 0, 3), np.uint8), (0, 0)
    box = mouth_box(points, PATCH_MARGIN).within(frame)
    return frame[box.top : box.bottom, box.left : box.right].copy(), (box.left, box.top)


def pixels_between_lips(patch: UInt8Array, corner: tuple[int, int], points: Points) -> Float32Array:
    """(n, 3) the pixels of a patch that lie between the lips, 0..1."""
    if not patch.size:
        return np.empty((0, 3), np.float32)
    inside = polygon_interior(patch.shape, points[MOUTH.contour, :2] - corner)
    return patch[inside].astype(np.float32) / np.float32(255)
