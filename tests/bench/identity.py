"""A clip drives a frame of its own, which is also the neutral frame: whatever differs from the clip is the method's.

Protocol: the first `FRAMES` frames of the clip; portraits are the frames of `portrait_rows`, also in mid-speech and
mid-smile. Points are those to which the warp moves the portrait, against the driver's in the same frame. The portrait
gets the driver's own points, smoothed in time; how far the tracker's single look at it is from these is told apart. The
inside of the mouth is compared in every `EVERY`-th frame, where it is open. Shading is compared in the same frames as
by `Judge`, for the product, and without what drops shading on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import MOUTH, outer_eye_distance
from portrait_addon.pipeline.face.openings import mouth_gap
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.imaging.arrays import BoolArray, Points
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench.face_measures import EYE_POINTS, Shading, shading_figures
from tests.bench.measures import LIPS, expressions
from tests.bench.rules import Rule
from tests.bench.subjects import PRODUCT, RAW, WHOLE, Clip, Studio
from tests.composing import compose

FRAMES = 160
EVERY = 6

SPEECH = 90
"""Percentile of the gap between the lips that is taken for mid-speech."""

INSET = 0.02
"""How far inside the inner lips the mouth is compared, in outer-eye distances."""

LEAST_INSIDE = 0.004
"""Area that is left inside of an open mouth, in squared outer-eye distances."""

UNDAMPED = Rule("damping", {"portrait.headroom.Headroom.limited": lambda _, gain, __: gain}, {"brightening": 1.0})
"""With it off, and with a raw performance, all shading counts that the region has."""

COLUMNS = {
    **dict.fromkeys(("lips_mean", "lips_worst", "lips_tracker", "lids_mean", "lids_worst", "lids_tracker"), 2),
    **{"mouth_mean": 1, "mouth_worst": 1},
    **dict.fromkeys(("shading_gain", "shading_r", "undamped_shading_gain", "undamped_shading_r"), 2),
}
"""Figures and their decimals: the worst is that of all frames and points."""

SourceImage = NDArray[np.uint8]
Figures = dict[str, float]


def identity(path: Path) -> dict[str, Figures]:
    """Figures of each frame that serves as the portrait.

    Parameters
    ----------
    path : Path
        The clip.

    Returns
    -------
    dict
        Name of the frame, with its number from 1, to figures: mean and worst miss of the points of lips and lids, and
        the tracker's own, in per cent of the outer-eye distance; mean and worst difference inside the mouth, of 255;
        gain and correlation of the shading, of the product and undamped.
    """
    cv2.setNumThreads(1)  # clips run side by side
    clip = Clip(path, FRAMES)
    with Studio() as studio:
        truth, tracked = clip.frames(), studio.record(clip)
        return {
            f"{name}, frame {row + 1}": _figures(clip, studio, truth, row)
            for name, row in portrait_rows(tracked.points, tracked.blendshapes, tracked.found).items()
        }


def portrait_rows(points: Points, blendshapes: Points, found: BoolArray) -> dict[str, int]:
    """Rows of the frames that serve as portraits: the first, the middle, one in mid-speech and one in mid-smile.

    Parameters
    ----------
    points : (n, 478, 3) array
    blendshapes : (n, 52) array
    found : (n,) bool array
        Frames without a face are no portraits.
    """
    rows = np.flatnonzero(found)
    gaps = [mouth_gap(points[row]) for row in rows]
    speech = int(np.argmin(np.abs(np.array(gaps) - np.percentile(gaps, SPEECH))))
    smile = int(np.argmax([expressions(blendshapes[row])["smile"] for row in rows]))
    chosen = {"first": 0, "middle": len(rows) // 2, "speech": speech, "smile": smile}
    return {name: int(rows[place]) for name, place in chosen.items()}


def _figures(clip: Clip, studio: Studio, truth: Sequence[SourceImage], row: int) -> Figures:
    portrait = studio.portrait(truth[row])
    whole, raw = (studio.record(clip, kind, neutral=row + 1) for kind in (WHOLE, RAW))
    compared = [k for k in range(1, len(truth), EVERY) if whole.found[k]]
    figures = _misses(portrait, whole) | _mouth(portrait, whole, truth, compared)
    figures |= _shading(portrait, whole, PRODUCT.settings, truth, compared)
    with UNDAMPED.switched_off():
        settings = replace(PRODUCT.settings, **UNDAMPED.settings)
        undamped = _shading(portrait, raw, settings, truth, compared)
    return figures | {f"undamped_{name}": value for name, value in undamped.items()}


def _misses(portrait: Portrait, performance: Performance) -> Figures:
    tracker = point_misses(portrait.points, performance.neutral_points)
    portrait = replace(portrait, points=performance.neutral_points)
    pair = Pair.of(portrait, performance)
    found = [
        point_misses(control_points(portrait, performance, pair, PRODUCT.settings, k + 1).face, performance.points[k])
        for k in np.flatnonzero(performance.found)
    ]
    parts = {name: np.array([misses[name] for misses in found]) for name in found[0]}
    figures = {f"{name}_{kind}": float(of(away)) for name, away in parts.items() for kind, of in _SUMMARIES.items()}
    return figures | {f"{name}_tracker": float(away.mean()) for name, away in tracker.items()}


_SUMMARIES: dict[str, Callable[[Any], Any]] = {"mean": np.mean, "worst": np.max}


def point_misses(moved: Points, driver: Points) -> Mapping[str, NDArray[np.float64]]:
    """Distance of each point of lips and lids from the driver's, in per cent of the driver's outer-eye distance.

    Parameters
    ----------
    moved, driver : (478, 2 or more) arrays
    """
    away = 100 * np.linalg.norm(moved[:, :2].astype(np.float64) - driver[:, :2], axis=1) / outer_eye_distance(driver)
    return {"lips": away[LIPS], "lids": away[np.concatenate(EYE_POINTS)]}


def _mouth(
    portrait: Portrait, performance: Performance, truth: Sequence[SourceImage], compared: Sequence[int]
) -> Figures:
    differences = []
    for k in compared:
        inside = inside_lips(performance.points[k], truth[k].shape)
        if inside.sum() > LEAST_INSIDE * outer_eye_distance(performance.points[k]) ** 2:
            picture = _composed(portrait, performance, PRODUCT.settings, k)
            differences.append(float(np.abs(picture.astype(np.int16) - truth[k])[inside].mean()))
    return {f"mouth_{kind}": float(of(differences)) for kind, of in _SUMMARIES.items() if differences}


def inside_lips(points: Points, shape: tuple[int, ...]) -> BoolArray:
    """(h, w) the inside of a mouth, further from the inner lips than `INSET`.

    Parameters
    ----------
    points : (478, 2 or more) array
    shape : tuple of int
        Of the picture.
    """
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[MOUTH.contour, :2]).astype(np.int32)], (1,))
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(depth > INSET * outer_eye_distance(points), bool)


def _shading(
    portrait: Portrait,
    performance: Performance,
    settings: Settings,
    truth: Sequence[SourceImage],
    compared: Sequence[int],
) -> Figures:
    plain = replace(settings, wrinkles=0)

    def composed(some: Settings, k: int) -> SourceImage:
        return _composed(portrait, performance, some, k)

    return shading_figures(
        [Shading.between(truth[k], composed(settings, k), composed(plain, k), performance.points[k]) for k in compared]
    )


def _composed(portrait: Portrait, performance: Performance, settings: Settings, row: int) -> SourceImage:
    return np.asarray(compose(portrait, performance, settings, row + 1).picture, np.uint8)
