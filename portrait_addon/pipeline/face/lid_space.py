"""The space of lid patches: a rectangle round an eye that moves with the corners of the eye."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, Float64Array, Points, length
from ..imaging.box import Box
from ..imaging.polygons import polygon_mask
from ..imaging.similarity import Similarity
from .canonical_face import CanonicalFace
from .mesh import Lids, outer_eye_distance

WIDTH, HEIGHT = 96, 72
"""Size of a patch in pixels."""

SCALE = 160.0
"""Pixels of a patch an outer-eye distance."""

REGION_MARGIN = 0.05
"""Skin round the ring of the lids that belongs to the patch, in outer-eye distances."""


def lid_space(points: Points, lids: Lids) -> Similarity:
    """Similarity from a frame to the patch of an eye.

    Parameters
    ----------
    points : (478, 2 or more) array
        In pixels of the frame.
    lids : Lids

    Returns
    -------
    Similarity
        From pixels of the frame to pixels of the patch.
    """
    first, last = (np.asarray(points[corner, :2], np.float64) for corner in lids.eye.corners)
    along = (last - first) / max(length(last - first), 1e-6)
    rotation = np.array([[along[0], along[1]], [-along[1], along[0]]])
    scale = SCALE / outer_eye_distance(points)
    middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    return Similarity(rotation, scale, middle - scale * rotation @ ((first + last) / 2))


def lid_outline(points: Points, lids: Lids, margin: float) -> Float64Array:
    """Outline of the lids, grown by a margin.

    Parameters
    ----------
    points : (478, 2 or more) array
    lids : Lids
    margin : float
        In units of the points.

    Returns
    -------
    (16, 2) float64 array
        As `Lids.ring`: above the eye, one corner, below it, the other corner.
    """
    ring = np.asarray(points[lids.ring, :2], np.float64)
    outward = ring - ring.mean(axis=0)
    length = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    return np.asarray(ring + margin * outward / length, np.float64)


def lid_region(face: CanonicalFace, lids: Lids, shape: tuple[int, ...]) -> Float32Array:
    """Find the lids of a canonical face, with the margin over which a lid that is painted anew fades.

    Parameters
    ----------
    face : CanonicalFace
    lids : Lids
    shape : tuple of two int
        Rows and columns of the clip's ratio images.

    Returns
    -------
    (h, w) float32 array
        0..1, with a soft edge.
    """
    height, width = shape
    mask = polygon_mask(Box(0, 0, width, height), lid_outline(face.points, lids, 2 * REGION_MARGIN * face.unit))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), REGION_MARGIN * face.unit / 2), np.float32) / 255
