"""Step 4: what merely moved, such as the edge of a shadow, is no wrinkle.

The test is made once a clip, on the raw ratio image of the frame that deforms the face most. The lecture gives the
frame, the significance and the idea of the best match; patch, window and unit are ours.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..face.mesh import SKIN_POINTS
from ..imaging.arrays import BoolArray, Float32Array, Points, UInt8Array
from ..imaging.neighbourhood import disc, slope
from ..imaging.similarity import best_similarity

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

HARD_EDGE = 0.7
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

OUTLIER_REACH = 0.03
"""Pixels this near to an outlier are dropped too, in outer-eye distances [lecture: 20 px of its video]."""


def reference_frame(points: Points, neutral: Points) -> int:
    """Find the frame of the largest deformation that is no similarity, ``argmax_i mean |S_i p* - p_i|^2`` [lecture].

    Parameters
    ----------
    points : (n, 478, 3) array
        Points of each frame, in pixels.
    neutral : (478, 3) array
        Points of the neutral frame, in pixels.

    Returns
    -------
    int
        Row of the frame, from 0.
    """
    rest = neutral[:SKIN_POINTS, :2]
    left = []
    for frame in points[:, :SKIN_POINTS, :2]:
        head = best_similarity(rest, frame)
        left.append(float(((head(rest) - frame) ** 2).sum(axis=1).mean()) / head.scale**2)
    return int(np.argmax(left))


def outliers(ratio: Float32Array, reference: UInt8Array, neutral: UInt8Array, unit: float) -> BoolArray:
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
    for component in strong:  # the search is dear, and most clips have nothing to search for
        best = best_differences(reference, neutral, max(1, round(WINDOW * unit)), component)
        same = best_differences(reference, neutral, 0, component)
        if best[component].mean() < min(SAME_FEATURE, EXPLAINED * float(same[component].mean())):
            moved[component & (best < EXPLAINED_PIXEL * same)] = 1
    return np.asarray(cv2.dilate(moved, disc(OUTLIER_REACH * unit)) > 0, bool)


def _strong_components(ratio: Float32Array, unit: float) -> list[BoolArray]:
    """Connected components of significant pixels that are large and strong enough for the edge of a shadow.

    What a shadow left and what it came to are two of them: they look for their match in opposite directions.
    """
    strong = []
    log = np.log(ratio)
    steep = unit * slope(log)
    for significant in (ratio > SIGNIFICANT, ratio < 1 / SIGNIFICANT):
        count, labels, facts, _ = cv2.connectedComponentsWithStats(significant.astype(np.uint8), connectivity=8)
        for label in np.flatnonzero(facts[:count, cv2.CC_STAT_AREA] >= LEAST_COMPONENT * unit**2):
            component = np.asarray(labels == label, bool)
            if label > 0 and np.abs(log[component]).mean() > HARD_EDGE and steep[_rim(component)].mean() > EDGE_SLOPE:
                strong.append(component)
    return strong


def _rim(component: BoolArray) -> BoolArray:
    """The outermost two pixels of a component."""
    inner = cv2.erode(component.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2)
    return np.asarray(component & (inner == 0), bool)


def best_differences(picture: UInt8Array, other: UInt8Array, window: int, where: BoolArray) -> Float32Array:
    """Compare each patch with its best match in another picture.

    The search goes by half pixels: at whole ones a sharp line that has moved by three and a half matches nowhere.

    Parameters
    ----------
    picture : (h, w) uint8 array
        Luminance of the picture that is cut into patches, one about each pixel.
    other : (h, w) uint8 array
        Luminance of the picture that is searched.
    window : int
        How far a match may lie from its patch, in pixels, at least 0.
    where : (h, w) bool array
        Pixels whose differences are needed.

    Returns
    -------
    (h, w) float32 array
        Mean absolute difference, 0..255; infinite outside of the box round `where`.
    """
    left, top, width, height = cv2.boundingRect(cv2.dilate(where.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)))
    here = picture[top : top + height, left : left + width]
    # Sums of whole numbers: exact, and much faster than means.
    best = np.full(here.shape, np.iinfo(np.uint16).max, np.uint16)
    # All shifts to the side at once, one below the other; where they meet is outside of `where`.
    side = slice(left, left + width + 2 * window)
    halves = ((0, 0), (1, 0), (0, 1), (1, 1)) if window else ((0, 0),)
    for right, down in halves:
        between = cv2.blur(other, (1 + right, 1 + down), anchor=(0, 0))
        there = cv2.copyMakeBorder(between, window, window, window, window, cv2.BORDER_REPLICATE)
        shifted = sliding_window_view(there[:, side], width, axis=1)[:, : 2 * window + 1 - right].transpose(1, 0, 2)
        again = np.tile(here, (len(shifted), 1))
        for y in range(top, top + 2 * window + 1 - down):
            apart = cv2.absdiff(again, shifted[:, y : y + height].reshape(again.shape))
            sums = cv2.boxFilter(apart, cv2.CV_16U, (PATCH, PATCH), normalize=False)
            np.minimum(best, np.minimum.reduce(sums.reshape(-1, *here.shape)), out=best)
    whole = np.full(picture.shape, np.inf, np.float32)
    whole[top : top + height, left : left + width] = best / np.float32(PATCH**2)
    return whole
