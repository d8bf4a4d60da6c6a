"""Step 4: the region of the face in which ratio images apply."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..face.canonical_face import CanonicalFace
from ..face.mesh import EACH_BROW, EYES, FACE_OVAL, JAW, LEFT_EYE, MOUTH, OUTER_EYE_CORNERS, RIGHT_EYE, Opening
from ..imaging.arrays import Float32Array, Float64Array, UInt8Array
from ..imaging.neighbourhood import disc, slope

SURE_FACE = 0.9
"""Scale of the face's outline, about its centre, inside which GrabCut must not change anything: on foreheads in uneven
light it takes skin for background."""

BROW_MARGIN = 0.03
"""Brows are left out with this margin, in outer-eye distances: hair that moves would print on another face."""

FEATURE_MARGIN = 0.04
"""Margin round eyes and lips that is left out, in outer-eye distances: a blink is not a wrinkle."""

GLASSES_SLOPE = 7.0
"""Slope of the logarithm of light, an outer-eye distance, at the rim of glasses; skin there has 2 to 6."""

FRAME_SLOPE = 9.0
"""Slope from which on an edge near glasses is taken for their frame."""

MOSTLY = 0.6
"""Share of the places looked at that must have such an edge."""

BRIDGE, BELOW = (-0.12, 0.15), (0.08, 0.45)
"""Spans in which the edge is looked for: round the height of the eyes' inner corners, and below the lower lids."""

GLASSES_REACH = 0.03
"""Distance from the frame at which its slides may print, in outer-eye distances."""

GLASSES_BAND = (-0.3, 0.5)
"""Height of the band in which glasses lie, from above to below the corners of the eyes."""

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
    region[brows_region(face, BROW_MARGIN) > 0] = 0
    region = without_openings(region, face, [eye for eye, _ in EYES], FEATURE_MARGIN)
    cv2.fillPoly(region, [face.contour(MOUTH.contour)], (0,))
    inset = cv2.erode(region, np.ones((3, 3), np.uint8), iterations=max(1, round(REGION_SOFTNESS * face.unit)))
    return np.asarray(cv2.GaussianBlur(inset.astype(np.float32), (0, 0), REGION_SOFTNESS * face.unit / 2), np.float32)


def brows_region(face: CanonicalFace, margin: float) -> UInt8Array:
    """Draw the brows.

    Parameters
    ----------
    face : CanonicalFace
    margin : float
        By which they are grown, in outer-eye distances.

    Returns
    -------
    (h, w) uint8 array
        1 at the brows, 0 elsewhere.
    """
    region = np.zeros(face.size[::-1], np.uint8)
    for brow in EACH_BROW:
        cv2.fillConvexPoly(region, cv2.convexHull(face.contour(brow)), (1,))
    return np.asarray(cv2.dilate(region, disc(margin * face.unit)), np.uint8)


def without_openings(region: UInt8Array, face: CanonicalFace, openings: Sequence[Opening], margin: float) -> UInt8Array:
    """Leave eyes or lips out of a region.

    Parameters
    ----------
    region : (h, w) uint8 array
        0 or 1.
    face : CanonicalFace
    openings : sequence of Opening
    margin : float
        Round them that is left out too, in outer-eye distances.

    Returns
    -------
    (h, w) uint8 array
    """
    without = region.copy()
    for opening in openings:
        contour = face.contour(opening.contour)
        cv2.fillPoly(without, [contour], (0,))
        cv2.polylines(without, [contour], True, (0,), 2 * max(1, round(margin * face.unit)))
    return without


def wears_glasses(face: CanonicalFace, log_light: Float32Array) -> bool:
    """Tell whether a driver wears glasses.

    Parameters
    ----------
    face : CanonicalFace
    log_light : (h, w) float32 array
        Natural logarithm of the luminance of the neutral face in canonical space.

    Returns
    -------
    bool
        True if a hard edge runs across the bridge of the nose and below both eyes.
    """
    down = np.abs(cv2.Sobel(log_light, cv2.CV_32F, 0, 1, scale=1 / 8)) * face.unit
    bridge = face.points[[RIGHT_EYE.corners[1], LEFT_EYE.corners[0]]].mean(axis=0)
    places = [bridge + np.array([across * face.unit, 0]) for across in np.linspace(-0.07, 0.07, 9)]
    found = [_has_edge(down, place, BRIDGE, face.unit) for place in places]
    below = []
    for eye, _ in EYES:
        first, last = face.points[list(eye.corners)]
        low = float(face.points[eye.lower, 1].max())
        columns = np.linspace(first[0], last[0], 15)[1:-1]
        below.append(np.mean([_has_edge(down, np.array([x, low]), BELOW, face.unit) for x in columns]))
    return min(float(np.mean(found)), float(min(below))) > MOSTLY


def _has_edge(down: Float32Array, place: Float64Array, span: tuple[float, float], unit: float) -> bool:
    """Whether a column of slopes (h, w) has a hard edge in a span above and below a place, in outer-eye distances."""
    top, bottom = (int(np.clip(place[1] + reach * unit, 0, len(down) - 1)) for reach in span)
    column = int(np.clip(np.round(place[0]), 0, down.shape[1] - 1))
    return bool(down[top : bottom + 1, column].max() > GLASSES_SLOPE)


def glasses_region(face: CanonicalFace, log_light: Float32Array) -> Float32Array:
    """Find the frame of glasses, and the skin round it over which it slides.

    Parameters
    ----------
    face : CanonicalFace
    log_light : (h, w) float32 array
        Natural logarithm of the luminance of the neutral face in canonical space.

    Returns
    -------
    (h, w) float32 array
        1 near hard edges in the band from the brows to the cheeks, 0 elsewhere, with a soft edge.
    """
    hard = (slope(log_light) * face.unit > FRAME_SLOPE).astype(np.uint8)
    eyes = float(face.points[list(OUTER_EYE_CORNERS), 1].mean())
    top, bottom = (int(np.clip(eyes + reach * face.unit, 0, len(hard))) for reach in GLASSES_BAND)
    hard[:top], hard[bottom:] = 0, 0
    near = cv2.dilate(hard, disc(GLASSES_REACH * face.unit)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(near, (0, 0), REGION_SOFTNESS * face.unit / 2), np.float32)
