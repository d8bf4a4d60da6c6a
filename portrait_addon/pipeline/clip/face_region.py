"""Step 4: the part of the face in which ratios count."""

from __future__ import annotations

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..face.mesh import EYES, FACE_OVAL, JAW, MOUTH, OUTER_LIPS
from ..imaging.arrays import Float32Array, UInt8Array

SURE_FACE = 0.9
"""The face's outline, smaller by this factor, is face for sure: GrabCut settles the rest. On foreheads in uneven light
it would else take skin for background."""

FEATURE_MARGIN = 0.04
"""Eyes and lips are left out with this margin, in outer-eye distances: a blink is no wrinkle."""

REGION_SOFTNESS = 0.04
"""Standard deviation of the face region's soft edge, in outer-eye distances."""


def face_region(face: CanonicalFace, picture: UInt8Array) -> Float32Array:
    """Where ratios count: skin, with a soft edge, without eyes and lips.

    The forehead has no landmarks in the lecture's 68: an ellipse fitted to the chin's points closes the face, GrabCut
    refines it [lecture].

    Parameters
    ----------
    face : CanonicalFace
    picture : (h, w, 3) uint8 array
        The neutral face in canonical space.

    Returns
    -------
    (h, w) float32 array
        0..1.
    """
    width, height = face.size
    likely = np.zeros((height, width), np.uint8)
    cv2.ellipse(likely, cv2.fitEllipse(face.contour(JAW).astype(np.float32)), (1,), -1)
    cv2.fillPoly(likely, [face.contour(FACE_OVAL)], (1,))
    sure = np.zeros_like(likely)
    oval = face.points[list(FACE_OVAL)]
    cv2.fillPoly(sure, [np.round(oval.mean(axis=0) + SURE_FACE * (oval - oval.mean(axis=0))).astype(np.int32)], (1,))
    mask = np.where(likely > 0, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    mask[sure > 0] = cv2.GC_FGD
    if (mask == cv2.GC_BGD).any():
        cv2.setRNGSeed(0)  # the same clip gives the same region
        cv2.grabCut(picture, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    region = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    inside = np.zeros_like(region)
    cv2.fillPoly(inside, [face.contour(FACE_OVAL)], (1,))
    region &= inside  # beyond the mesh there is nothing to compare
    margin = max(1, round(FEATURE_MARGIN * face.unit))
    for contour in (*(eye.contour for eye, _ in EYES), OUTER_LIPS.contour, MOUTH.contour):
        cv2.fillPoly(region, [face.contour(contour)], (0,))
        cv2.polylines(region, [face.contour(contour)], True, (0,), 2 * margin)
    inset = cv2.erode(region, np.ones((3, 3), np.uint8), iterations=max(1, round(REGION_SOFTNESS * face.unit)))
    return np.asarray(cv2.GaussianBlur(inset.astype(np.float32), (0, 0), REGION_SOFTNESS * face.unit / 2), np.float32)
