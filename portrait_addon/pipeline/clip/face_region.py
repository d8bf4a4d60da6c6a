"""Step 4: the region of the face in which ratio images apply."""

from __future__ import annotations

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..face.mesh import EYES, FACE_OVAL, JAW, MOUTH, OUTER_LIPS
from ..imaging.arrays import Float32Array, UInt8Array

SURE_FACE = 0.9
"""Scale of the face's outline, about its centre, inside which GrabCut must not change anything: on foreheads in uneven
light it takes skin for background."""

FEATURE_MARGIN = 0.04
"""Margin round eyes and lips that is left out, in outer-eye distances: a blink is not a wrinkle."""

REGION_SOFTNESS = 0.04
"""Standard deviation of the face region's soft edge, in outer-eye distances."""


def face_region(face: CanonicalFace, picture: UInt8Array) -> Float32Array:
    """Compute the region of skin, without eyes and lips, in which ratio images apply.

    The lecture's 68 landmarks leave out the forehead: an ellipse fitted to the points of the jaw closes the face, and
    GrabCut refines it [lecture].

    Parameters
    ----------
    face : CanonicalFace
        Points of the neutral face in canonical space.
    picture : (h, w, 3) uint8 array
        The neutral face in canonical space, BGR.

    Returns
    -------
    (h, w) float32 array
        Weight of the ratio images, 0..1, with a soft edge.

    References
    ----------
    .. [1] C. Rother, V. Kolmogorov, A. Blake, *GrabCut: interactive foreground extraction using iterated graph cuts*,
       SIGGRAPH 2004.
    """
    width, height = face.size
    probable = np.zeros((height, width), np.uint8)
    cv2.ellipse(probable, cv2.fitEllipse(face.contour(JAW).astype(np.float32)), (1,), -1)
    cv2.fillPoly(probable, [face.contour(FACE_OVAL)], (1,))
    certain = np.zeros_like(probable)
    oval = face.points[list(FACE_OVAL)]
    inner = oval.mean(axis=0) + SURE_FACE * (oval - oval.mean(axis=0))
    cv2.fillPoly(certain, [np.round(inner).astype(np.int32)], (1,))
    mask = np.where(probable > 0, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    mask[certain > 0] = cv2.GC_FGD
    if (mask == cv2.GC_BGD).any():
        cv2.setRNGSeed(0)  # the same clip gives the same region
        cv2.grabCut(picture, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    region = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    inside = np.zeros_like(region)
    cv2.fillPoly(inside, [face.contour(FACE_OVAL)], (1,))
    region &= inside  # pixels outside the mesh cannot be compared
    margin = max(1, round(FEATURE_MARGIN * face.unit))
    for contour in (*(eye.contour for eye, _ in EYES), OUTER_LIPS.contour, MOUTH.contour):
        cv2.fillPoly(region, [face.contour(contour)], (0,))
        cv2.polylines(region, [face.contour(contour)], True, (0,), 2 * margin)
    inset = cv2.erode(region, np.ones((3, 3), np.uint8), iterations=max(1, round(REGION_SOFTNESS * face.unit)))
    return np.asarray(cv2.GaussianBlur(inset.astype(np.float32), (0, 0), REGION_SOFTNESS * face.unit / 2), np.float32)
