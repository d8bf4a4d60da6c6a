"""Figures of a face, where a viewer looks: by region of a square cut round it.

Protocol: the truth's face is cut out with a margin and scaled to `SIDE` pixels, and the compared picture at the same
place. LPIPS is a mean over the places of a region. Distances of points are in per cent of the outer-eye distance.
Shading is compared as a band of the logarithm of luminance, on the skin away from lids, brows and lips.

Points are those of a `FaceTracker`, (478, 2 or more), in pixels; pictures are BGR, ``uint8``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import EACH_BROW, EYES, FACE_OVAL, outer_eye_distance
from portrait_addon.pipeline.imaging.arrays import BoolArray, Float32Array, Points
from tests.bench.measures import LIPS, SourceImage, grey

SIDE = 256
"""Side of the cut-out face, in pixels."""

GROWTH = 1.3
"""Its side, in extents of the face: the longer of width and height."""

SHRINK_BLUR = 0.4
"""Standard deviation of the blur before a face is scaled down, in pixels of the result."""

MOUTH_GROWN, EYE_GROWN, BROW_GROWN = 0.08, 0.1, 0.06
"""Margins of these regions round their points, in outer-eye distances."""

RIM = 0.35
"""Width of the region outside the face's outline, in outer-eye distances."""

OPENING, CLOSING = 0.15, 0.4
"""Scores of an open jaw and of a blink from which on a frame shows an open mouth, or an eye that closes."""

SKIN_INSET = 0.2
"""Side of the square by which the skin is made smaller for its shading, in outer-eye distances."""

SKIN_BESIDE_EYES, SKIN_BESIDE_BROWS, SKIN_BESIDE_LIPS = 0.14, 0.1, 0.12
"""What is left out round these for shading, in outer-eye distances."""

FINE, COARSE = 0.02, 0.12
"""Standard deviations of the two Gaussians whose difference is the band of shading, in outer-eye distances."""

STRONGEST = 12
"""So many frames with the most shading count."""

EYE_POINTS = tuple(np.asarray(eye.contour) for eye, _ in EYES)
BROW_POINTS = tuple(np.array(brow) for brow in EACH_BROW)


class Cut(NamedTuple):
    """The square round a face: the affine map (2, 3) from the picture, whose scale is `scale`."""

    matrix: NDArray[np.float64]
    scale: float

    @classmethod
    def round(cls, points: Points) -> Cut:
        """The square round the points of a face."""
        low, high = points[:, :2].min(axis=0).astype(np.float64), points[:, :2].max(axis=0).astype(np.float64)
        scale = SIDE / (GROWTH * float((high - low).max()))
        shift = SIDE / 2 - scale * (low + high) / 2
        return cls(np.column_stack([scale * np.eye(2), shift]), scale)

    def picture(self, picture: SourceImage) -> SourceImage:
        """(SIDE, SIDE, 3) what a picture shows there."""
        if self.scale < 1:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), SHRINK_BLUR / self.scale), np.uint8)
        border = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
        return np.asarray(cv2.warpAffine(picture, self.matrix, (SIDE, SIDE), **border), np.uint8)  # type: ignore[call-overload]

    def points(self, points: Points) -> NDArray[np.float64]:
        """(n, 2) where points of the picture lie in it."""
        return np.asarray(self.scale * points[:, :2] + self.matrix[:, 2], np.float64)


def hull(points: Points, shape: tuple[int, ...], margin: float = 0) -> BoolArray:
    """(h, w) the convex hull of some points, grown by a margin in pixels."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[:, :2]).astype(np.int32)), (1,))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(margin) + 1,) * 2)
    return np.asarray(cv2.dilate(mask, disc) > 0, bool)


def regions(points: Points, shape: tuple[int, ...]) -> dict[str, BoolArray]:
    """Mouth, eyes, brows, skin (the rest of the face) and rim (a strip round it), each (h, w)."""
    unit = outer_eye_distance(points)

    def grown(parts: Sequence[NDArray[np.int_]], margin: float) -> BoolArray:
        return np.asarray(np.any([hull(points[part], shape, margin * unit) for part in parts], axis=0), bool)

    mouth, eyes = grown([LIPS], MOUTH_GROWN), grown(EYE_POINTS, EYE_GROWN)
    brows = grown(BROW_POINTS, BROW_GROWN) & ~eyes
    face = hull(points[list(FACE_OVAL)], shape)
    rim = hull(points[list(FACE_OVAL)], shape, RIM * unit) & ~face
    return {"mouth": mouth, "eyes": eyes, "brows": brows, "skin": face & ~mouth & ~eyes & ~brows, "rim": rim}


def point_errors(found: Points | None, true: Points) -> dict[str, float]:
    """Mean distance of the points of lips, lids and brows, in per cent of the true outer-eye distance; NaN if None."""
    parts = {"AKD_lips": LIPS, "AKD_eyes": np.concatenate(EYE_POINTS), "AKD_brows": np.concatenate(BROW_POINTS)}
    if found is None:
        return dict.fromkeys(parts, float("nan"))
    away = np.linalg.norm(found[:, :2].astype(np.float64) - true[:, :2], axis=1) / outer_eye_distance(true)
    return {name: float(100 * away[part].mean()) for name, part in parts.items()}


def shaded_skin(points: Points, shape: tuple[int, ...]) -> BoolArray:
    """(h, w) the skin whose shading is compared."""
    unit = outer_eye_distance(points)
    side = round(SKIN_INSET * unit) | 1
    face = hull(points[list(FACE_OVAL)], shape).astype(np.uint8)
    skin = cv2.erode(face, np.ones((side, side), np.uint8)) > 0
    beside = [(part, SKIN_BESIDE_EYES) for part in EYE_POINTS] + [(part, SKIN_BESIDE_BROWS) for part in BROW_POINTS]
    for part, margin in [*beside, (LIPS, SKIN_BESIDE_LIPS)]:
        skin &= ~hull(points[part], shape, margin * unit)
    return np.asarray(skin, bool)


def shading_band(picture: SourceImage, unit: float) -> Float32Array:
    """(h, w) logarithm of luminance as encoded, less all that is finer or coarser than creases and folds."""
    light = np.log(grey(picture).astype(np.float32) / 255 * np.float32(0.98) + np.float32(0.02))
    fine, coarse = (cv2.GaussianBlur(light, (0, 0), sigma * unit) for sigma in (FINE, COARSE))
    return np.asarray(fine - coarse, np.float32)


class Shading(NamedTuple):
    """Shading of one frame: mean square of the true one, and sums over the pixels of the products with the other."""

    strength: float
    cross: float
    true: float
    seen: float

    @classmethod
    def of(cls, true: Float32Array, seen: Float32Array) -> Shading:
        """The sums of true shading and of what is seen of it, (n,) each, both without the unshaded picture's band."""
        t, s = true.astype(np.float64), seen.astype(np.float64)
        return cls(float((t * t).mean()), float(t @ s), float(t @ t), float(s @ s))

    @classmethod
    def between(cls, truth: SourceImage, picture: SourceImage, unshaded: SourceImage, points: Points) -> Shading:
        """Shading of a picture and of the truth, against the picture without step 4, by the points of the truth."""
        skin, unit = shaded_skin(points, picture.shape), outer_eye_distance(points)
        true, seen, without = (shading_band(some, unit)[skin] for some in (truth, picture, unshaded))
        return cls.of(true - without, seen - without)


def shading_figures(frames: Sequence[Shading]) -> dict[str, float]:
    """Gain (slope on the truth) and correlation of the transferred shading, over the frames that have most of it."""
    strongest = sorted(frames, reverse=True)[:STRONGEST]
    cross, true, seen = (sum(getattr(frame, name) for frame in strongest) for name in ("cross", "true", "seen"))
    return {
        "shading_gain": cross / true if true > 0 else float("nan"),
        "shading_r": cross / max((true * seen) ** 0.5, 1e-9),
    }
