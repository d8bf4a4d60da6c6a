"""Step 4: wrinkles, creases and shading, as ratio images.

A ratio image says by how much an expression brightens or darkens each point of the skin: ``r_i = L(F_i) / L(F'*_i)``,
with ``F'*_i`` the neutral driving frame warped to frame i and L luminance [lecture]. Here both are seen in the
canonical face space, the driver's own neutral face at a fixed size: frame i is warped there instead, which is the same
ratio point by point, needs one set of triangles for the whole clip, and leaves all frames registered.

In this order: ratio, face region, outliers on the raw ratio, temporal filter; brightening is damped last, where the
ratio is applied (`gain`).

Sources: the lecture for ratio, region, significance, outliers, size of the temporal filter and damping; patch, window
and unit of the outlier test, and the standard deviations, are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .arrays import Bytes, Doubles, Mask, Pixels, Points, Values
from .face_mesh import EYES, FACE_OVAL, JAW, MOUTH, OUTER_LIPS, SKIN_POINTS, face_triangles, outer_eye_distance
from .palette import luminance, to_linear
from .similarity import best_similarity
from .warp_field import Field, Lattice, affine_maps, owners, pull_back, remap

CANONICAL_EYE_DISTANCE = 96.0
"""Pixels between the outer eye corners in canonical face space, at most; a smaller driver keeps the driver's size."""

CANONICAL_MARGIN = 0.08
"""Room round the face, in outer-eye distances."""

NOISE_BLUR = 0.012
"""Standard deviation, in outer-eye distances, of the blur that takes camera noise out of both pictures."""

DARK_FLOOR = 0.01
"""Added to both luminances, so that black beside black is no ratio."""

SIGNIFICANT = 1.1
"""Ratios above this or below its inverse are significant [lecture]."""

SAME_FEATURE = 10.0
"""Mean of the best differences, in 8-bit luminance, below which a feature also stands in the neutral frame [5 in the
lecture, whose patches and window are not given; tuned on shadows rendered with known shading]."""

EXPLAINED = 0.3
"""The best differences must also be below this share of those at the same place: on smooth skin a patch of about the
right brightness is always near, and says nothing."""

EXPLAINED_PIXEL = 0.5
"""Of a component that moved, the pixels are dropped whose best difference is below this share."""

HARD_EDGE = 0.35
"""Mean absolute log ratio from which on a component can be a shadow's: what is milder is shading."""

EDGE_SLOPE = 9.0
"""Mean slope of the log ratio at a component's rim, an outer-eye distance, from which on it can be a shadow's edge: a
cheek that turns from the lamp fades at about 6."""

PATCH = 7
"""Side of the compared patches in canonical pixels."""

WINDOW = 0.3
"""How far a feature may have moved, in outer-eye distances."""

LEAST_COMPONENT = 0.003
"""Components smaller than this area, in squared outer-eye distances, are noise."""

OUTLIER_REACH = 0.02
"""Pixels this near to an outlier are dropped too, in outer-eye distances [lecture: 20 px of its video]."""

FILTER_SIGMA = 3.5
"""Standard deviation of the temporal Gaussian filter, in frames of a 25 frames-a-second clip."""

FILTER_RADIUS = 10
"""So many frames either side, of the same clip, have a say: it spans 21 [lecture]."""

LARGEST_LOG = 1.5
"""Logarithms of ratios are kept within plus and minus this."""

BRIGHTENING = 0.01
"""Share that is kept of a brightening [lecture]."""

SURE_FACE = 0.9
"""The face's outline, smaller by this factor, is face for sure: GrabCut settles the rest. On foreheads in uneven light
it would else take skin for background."""

FEATURE_MARGIN = 0.04
"""Eyes and lips are left out with this margin, in outer-eye distances: a blink is no wrinkle."""

REGION_SOFTNESS = 0.04
"""Standard deviation of the face region's soft edge, in outer-eye distances."""


@dataclass(frozen=True, eq=False)
class CanonicalFace:
    """The driver's neutral face at a fixed size.

    Attributes
    ----------
    zoom : float
        Canonical pixels per pixel of the clip.
    corner : (2,) array
        Clip position of canonical pixel (0, 0).
    size : tuple of two int
        Width and height.
    points : (478, 2) array
        The neutral points in canonical pixels.
    """

    zoom: float
    corner: Doubles
    size: tuple[int, int]
    points: Doubles

    @classmethod
    def of(cls, neutral: Points) -> CanonicalFace:
        """The canonical space of a clip, from its neutral points (478, 3)."""
        unit = outer_eye_distance(neutral)
        zoom = min(1.0, CANONICAL_EYE_DISTANCE / unit)
        skin = neutral[:SKIN_POINTS, :2].astype(np.float64)
        corner = skin.min(axis=0) - CANONICAL_MARGIN * unit
        extent = np.ceil((skin.max(axis=0) + CANONICAL_MARGIN * unit - corner) * zoom).astype(int)
        return cls(zoom, corner, (int(extent[0]), int(extent[1])), (neutral[:, :2] - corner) * zoom)

    @property
    def unit(self) -> float:
        """Outer-eye distance in canonical pixels."""
        return outer_eye_distance(self.points)

    def contour(self, indices: Pixels | tuple[int, ...]) -> NDArray[np.int32]:
        """Rounded canonical pixels of some points, for drawing."""
        return np.asarray(np.round(self.points[list(indices)]), np.int32)


class RatioRecorder:
    """Measures the ratio images of a clip, frame by frame.

    Parameters
    ----------
    neutral_frame : (h, w, 3) uint8 array
        The neutral driving frame.
    neutral : (478, 3) array
        Its points.
    """

    def __init__(self, neutral_frame: Bytes, neutral: Points) -> None:
        self.face = CanonicalFace.of(neutral)
        width, height = self.face.size
        self._lattice = Lattice(0, 0, 1, width, height)
        self._owner = owners(self._lattice, face_triangles(), self.face.points)
        self.neutral_picture = self.seen(neutral_frame, neutral)
        self.region = face_region(self.face, self.neutral_picture)
        self._neutral_light = self._light(self.neutral_picture)

    @property
    def neutral_grey(self) -> Bytes:
        """(h, w) luminance of the neutral frame, as thresholds take it."""
        return self.grey(self.neutral_picture)

    def log_ratio(self, canonical: Bytes) -> NDArray[np.float16]:
        """(h, w) natural logarithm of the raw ratio image of a frame in canonical space; 0 outside the face region.

        The median over the face is taken out: a camera that adapts its exposure is no expression.
        """
        log = np.clip(np.log(self._light(canonical) / self._neutral_light), -LARGEST_LOG, LARGEST_LOG)
        inside = self.region > 0.5
        exposure = np.median(log[inside]) if inside.any() else 0.0
        return np.asarray((log - exposure) * (self.region > 0), np.float16)

    def without_outliers(self, log_ratio: NDArray[np.float16], reference: Bytes) -> Values:
        """(h, w) 0..1: 0 where something merely moved, by the reference frame's raw log ratio and luminance."""
        moved = outliers(np.exp(log_ratio.astype(np.float32)), reference, self.neutral_grey, self.face.unit)
        soft = cv2.GaussianBlur((~moved).astype(np.float32), (0, 0), OUTLIER_REACH * self.face.unit / 3)
        return np.where(moved, 0, np.clip(2 * soft - 1, 0, 1)).astype(np.float32)

    @staticmethod
    def grey(canonical: Bytes) -> Bytes:
        """(h, w) luminance of a picture in canonical space, encoded in 8 bits."""
        return np.asarray(cv2.cvtColor(canonical, cv2.COLOR_BGR2GRAY), np.uint8)

    def seen(self, frame: Bytes, points: Points) -> Bytes:
        """(h, w, 3) the frame's face in canonical space, by its points (478, 3)."""
        triangles = face_triangles()
        zoom = self.face.zoom * outer_eye_distance(self.face.points / self.face.zoom) / outer_eye_distance(points)
        source, scale = frame, 1.0
        if zoom < 0.75:  # shrunk first, so that the lookup does not alias
            scale = zoom
            source = np.asarray(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        moved = (points[:, :2] + 0.5) * scale - 0.5
        field = pull_back(self._lattice, self._owner, affine_maps(self.face.points[triangles], moved[triangles]))
        return remap(source, field, cv2.INTER_LINEAR)

    def _light(self, picture: Bytes) -> Values:
        light = luminance(_LINEAR[picture])
        return np.asarray(cv2.GaussianBlur(light, (0, 0), NOISE_BLUR * self.face.unit) + DARK_FLOOR, np.float32)


_LINEAR = to_linear(np.arange(256) / 255.0)
"""Linear light of every 8-bit value."""


def face_region(face: CanonicalFace, picture: Bytes) -> Values:
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


def reference_frame(points: Points, neutral: Points) -> int:
    """Row of the frame of the largest deformation that is no similarity, ``argmax_i mean |S_i p* - p_i|^2`` [lecture].

    Parameters
    ----------
    points : (n, 478, 3) array
    neutral : (478, 3) array
    """
    rest = neutral[:SKIN_POINTS, :2]
    left = []
    for frame in points[:, :SKIN_POINTS, :2]:
        head = best_similarity(rest, frame)
        left.append(float(((head(rest) - frame) ** 2).sum(axis=1).mean()) / head.scale**2)
    return int(np.argmax(left))


def outliers(ratio: Values, reference: Bytes, neutral: Bytes, unit: float) -> Mask:
    """Where a significant ratio is a feature that merely moved, such as the edge of a shadow.

    Parameters
    ----------
    ratio : (h, w) array
        Raw ratio image of the reference frame, 1 outside the face region.
    reference, neutral : (h, w) uint8 arrays
        Luminance of the reference frame and of the neutral frame, both in canonical space.
    unit : float
        Outer-eye distance in canonical pixels.

    Returns
    -------
    (h, w) bool array
        Grown by `OUTLIER_REACH`.
    """
    moved = np.zeros(ratio.shape, np.uint8)
    strong = _strong_components(ratio, unit)
    if strong:  # the search is dear, and most clips have nothing to search for
        best = best_differences(reference, neutral, max(1, round(WINDOW * unit)))
        same = best_differences(reference, neutral, 0)
        for component in strong:
            if best[component].mean() < min(SAME_FEATURE, EXPLAINED * float(same[component].mean())):
                moved[component & (best < EXPLAINED_PIXEL * same)] = 1
    reach = max(1, round(OUTLIER_REACH * unit))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(moved, disc) > 0, bool)


def _strong_components(ratio: Values, unit: float) -> list[Mask]:
    """Connected components of significant pixels that are large and strong enough for the edge of a shadow.

    What a shadow left and what it came to are two of them: they look for their match in opposite directions.
    """
    strong = []
    log = np.log(ratio)
    across, down = (cv2.Sobel(log, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    slope = unit * np.hypot(across, down)
    for significant in (ratio > SIGNIFICANT, ratio < 1 / SIGNIFICANT):
        count, labels, facts, _ = cv2.connectedComponentsWithStats(significant.astype(np.uint8), connectivity=8)
        for label in np.flatnonzero(facts[:count, cv2.CC_STAT_AREA] >= LEAST_COMPONENT * unit**2):
            component = np.asarray(labels == label, bool)
            if label > 0 and np.abs(log[component]).mean() > HARD_EDGE and slope[_rim(component)].mean() > EDGE_SLOPE:
                strong.append(component)
    return strong


def _rim(component: Mask) -> Mask:
    """The outermost two pixels of a component."""
    inner = cv2.erode(component.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2)
    return np.asarray(component & (inner == 0), bool)


def best_differences(picture: Bytes, other: Bytes, window: int) -> Values:
    """(h, w) mean absolute difference of each patch from its best match in `other`, `window` pixels around.

    The search goes by half pixels: at whole ones a sharp line that has moved by three and a half matches nowhere.
    """
    height, width = picture.shape
    here = picture.astype(np.float32)
    best = np.full(picture.shape, np.inf, np.float32)
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        between = cv2.blur(other.astype(np.float32), (1 + right, 1 + down), anchor=(0, 0))
        there = cv2.copyMakeBorder(between, window, window, window, window, cv2.BORDER_REPLICATE)
        for y in range(2 * window + 1 - down):
            for x in range(2 * window + 1 - right):
                difference = np.abs(here - there[y : y + height, x : x + width])
                np.minimum(best, cv2.blur(difference, (PATCH, PATCH)), out=best)
    return best


def clean_log_ratios(
    raw: NDArray[np.float16], keep: Values, frame_seconds: float | None, out: NDArray[np.float16] | None = None
) -> NDArray[np.float16]:
    """Ratio images of a clip, only where they count and calm in time.

    Parameters
    ----------
    raw : (n, h, w) array
        Logarithms of the raw ratio images.
    keep : (h, w) array
        0..1, how far each pixel counts.
    frame_seconds : float, optional
        Duration of a frame; the filter keeps its duration at other frame rates than 25. Without it nothing is filtered.
    out : (n, h, w) array, optional
        Where the result goes, `raw` itself if it is not needed any more.
    """
    clean = np.empty_like(raw) if out is None else out
    frames = 0.04 / frame_seconds if frame_seconds else 0.0  # for one of a 25 frames-a-second clip
    for line in range(raw.shape[1]):  # a line of all frames at a time: a long clip is never held twice
        weighted = raw[:, line].astype(np.float32) * keep[line]
        if frames:
            weighted = gaussian_filter1d(
                weighted, frames * FILTER_SIGMA, axis=0, mode="nearest", radius=round(frames * FILTER_RADIUS)
            )
        clean[:, line] = weighted
    return clean


@dataclass(frozen=True, eq=False)
class Shading:
    """The shading of one frame, ready to be applied.

    Attributes
    ----------
    face : CanonicalFace
        Its space.
    log_ratio : (h, w) float32 array
        Natural logarithm of the filtered ratio image.
    strength : float
        0 leaves the picture as it is, 1 is the lecture.
    """

    face: CanonicalFace
    log_ratio: Values
    strength: float

    def gain(self, field: Field, covered: Mask) -> Values | None:
        """Factors in linear light at samples whose canonical positions are given; None if all are 1.

        Brightening is damped, then all is raised to the strength.
        """
        if self.strength == 0 or not self.log_ratio.any():
            return None
        ratio = np.exp(remap(self.log_ratio, field, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT))
        damped = np.where(ratio > 1, 1 + BRIGHTENING * (ratio - 1), ratio) ** self.strength
        return np.where(covered, damped, 1).astype(np.float32)
