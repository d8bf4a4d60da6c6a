"""A clip animates portraits of other people: there is no truth, but what carried over and what broke can be told.

Protocol: the neutral frame is the product's own choice; every `EVERY`-th of the clip's first `FRAMES` frames, from the
first on, is composed and tracked. What carried over is told twice: by points (see `geometry`), and by the tracker's
expression scores, which count where their standard deviation in the driver exceeds `MOVES`. The points are those found
in the output and, apart, those to which the warp moved the portrait: what differs is lost in the picture or by the
tracker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.expression_curves import curves_of, performance_of
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.imaging.arrays import Float32Array, Points
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from tests.bench import measures
from tests.bench.geometry import PARTS, carried_over, shape
from tests.bench.sheets import Sheet, face_box
from tests.bench.subjects import PRODUCT, Clip, RememberingTracker, Studio, as_grey, read_portrait
from tests.composing import compose

FRAMES = 480
EVERY = 6
MOVES = 0.05
GREY_EVERY = 4
"""Of the composed frames, every so many is composed in grey too."""

BACKGROUND = 0.02
"""Least share of the picture that must be far from the face for its change to be told."""

FRONTAL = 15.0
"""Largest yaw of a frontal pair, in degrees."""

SMILES = 0.3
"""Score of a smile from which on a portrait smiles by itself."""

SHOWN = 8

Figures = dict[str, float]


def cross_reenactment(path: Path, portraits: Sequence[Path], output: Path) -> dict[str, Figures]:
    """Figures of every pair with this clip; leaves a contact sheet.

    Parameters
    ----------
    path : Path
        The clip.
    portraits : sequence of Path
    output : Path
        Folder of the sheet.

    Returns
    -------
    dict
        Portrait's name to figures.
    """
    cv2.setNumThreads(1)  # clips run side by side
    pairs: dict[str, Figures] = {}
    with Studio() as studio:
        clip = Clip(path, FRAMES)
        driver = clip.frames()
        performance = studio.record(clip)
        rows = [row for row in range(0, len(driver), EVERY) if performance.found[row]]
        shown = rows[:: max(1, len(rows) // SHOWN)][:SHOWN]
        sheet = Sheet(driver[0], performance.points[0], shown)
        sheet.add("driver", driver)
        for portrait_path in portraits:
            portrait = studio.portrait(read_portrait(portrait_path))
            frames = {row: _composed(portrait, performance, row) for row in rows}
            pairs[portrait_path.stem] = {
                **_figures(portrait, performance, frames, studio.tracker),
                **_carried_over(portrait, performance, frames, driver, studio.tracker),
            }
            left, top, right, bottom = face_box(portrait.picture.shape, portrait.points)
            sheet.add_tiles(portrait_path.stem, [frames[row][top:bottom, left:right] for row in shown])
        sheet.write(output / f"cross_{path.stem}.png")
    return pairs


def _figures(
    portrait: Portrait,
    performance: Performance,
    frames: dict[int, NDArray[np.uint8]],
    tracker: RememberingTracker,
) -> Figures:
    faces = {row: tracker.detect(frame) for row, frame in frames.items()}
    seen = [row for row in frames if faces[row]]
    figures: Figures = {"frames": len(frames), "missed": len(frames) - len(seen)}
    ours = [measures.expressions(faces[row][0].blendshapes) for row in seen]
    drivers = [measures.expressions(performance.blendshapes[row]) for row in seen]
    for name in drivers[0] if drivers else ():
        x, y = np.array([o[name] for o in ours]), np.array([d[name] for d in drivers])
        if np.std(y) > MOVES:
            figures[f"r_{name}"], figures[f"gain_{name}"] = measures.correlation(x, y), measures.gain(x, y)
    picture = np.asarray(portrait.picture, np.uint8)
    own = measures.sharpness(picture, portrait.points)
    sharp = [measures.sharpness(frame, portrait.points) / own for frame in frames.values()]
    figures["sharpness"] = float(np.median(sharp))
    far = measures.far_from_face(portrait.points, picture.shape)
    if far.mean() > BACKGROUND:
        changes = [np.abs(frame.astype(np.int16) - picture)[far].mean() for frame in frames.values()]
        figures["background"] = float(np.mean(changes))
    figures["chroma_leak"] = max(_leaks(portrait, performance, list(frames)[::GREY_EVERY], tracker))
    turned = [_yaw(matrix) for matrix in performance.head_matrices[list(frames)]]
    own_turn = _yaw(tracker.detect(picture)[0].head_matrix)
    figures["yaw"] = max(float(np.percentile(np.abs(turned), 95)), abs(own_turn))
    return figures


def _composed(portrait: Portrait, performance: Performance, row: int) -> NDArray[np.uint8]:
    return np.asarray(compose(portrait, performance, PRODUCT.settings, row + 1).picture, np.uint8)


def _carried_over(
    portrait: Portrait,
    performance: Performance,
    frames: dict[int, NDArray[np.uint8]],
    driver: Sequence[NDArray[np.uint8]],
    tracker: RememberingTracker,
) -> Figures:
    """What carried over by geometry, and whether the portrait smiles by itself."""
    row = performance.neutral - 1
    moved, ours = _moved(portrait, performance), performance.points
    drivers = [shape(ours[k], ours[row]) for k in frames]
    by_numbers = _moved(portrait, performance_of(curves_of(performance)))
    warps = {
        prefix: [shape(points_of(k), points_of(row)) for k in frames]
        for prefix, points_of in (("warp", moved), ("numbers", by_numbers))
    }
    rest = tracker.points(_composed(portrait, performance, row)), tracker.points(driver[row])
    found = [(tracker.points(frame), tracker.points(driver[row])) for row, frame in frames.items()]
    shapes: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
    for both in found:
        if all(points is not None for points in (*both, *rest)):
            for of_face, points, own in zip(shapes, both, rest, strict=True):
                of_face.append(shape(points, own))  # type: ignore[arg-type]  # `all` says that none is None
    smile = measures.expressions(portrait.blendshapes)["smile"]
    by_warp = {
        f"{prefix}_{name}": value
        for prefix, warp in warps.items()
        for name, value in carried_over(warp, drivers).items()
    }
    return carried_over(*shapes) | by_warp | {"smiles": float(smile > SMILES)}


def _moved(portrait: Portrait, performance: Performance) -> Callable[[int], Points]:
    """The points to which the warp moves a portrait, by row of the clip."""
    pair = Pair.of(portrait, performance)
    return lambda row: control_points(portrait, performance, pair, PRODUCT.settings, row + 1).face


def geometry_medians(pairs: Sequence[Mapping[str, float]], prefix: str = "") -> Figures:
    """Medians over some pairs of what carried over by geometry; a pair in which a part does not move has no say.

    Parameters
    ----------
    pairs : sequence of mapping
    prefix : str
        ``warp_`` for the points to which the warp moves the portrait, in place of those found in the output;
        ``numbers_`` for the same where the clip's numbers drive, in place of its points.
    """
    names = [f"{prefix}{part}_{kind}" for part in PARTS for kind in ("gain", "r")]
    values = {name: [pair[name] for pair in pairs if not np.isnan(pair.get(name, np.nan))] for name in names}
    return {name: float(np.median(some)) for name, some in values.items() if some}


def _leaks(portrait: Portrait, performance: Performance, rows: Sequence[int], tracker: RememberingTracker) -> list[int]:
    """Chroma of frames of the same portrait without colour."""
    grey = analyse_portrait(as_grey(np.asarray(portrait.picture, np.uint8)), tracker)
    grey = replace(grey, points=portrait.points)
    return [measures.chroma_leak(compose(grey, performance, PRODUCT.settings, row + 1).picture) for row in rows]


def _yaw(head_matrix: Float32Array) -> float:
    """Degrees by which a head is turned to a side."""
    forward = head_matrix[:3, 2]
    return float(np.degrees(np.arctan2(forward[0], forward[2])))


def frontal_medians(pairs: dict[str, dict[str, Figures]]) -> Figures:
    """Medians of correlation and gain over the pairs whose heads stay frontal; pairs by clip and portrait."""
    values: dict[str, list[float]] = {}
    for of_clip in pairs.values():
        for figures in of_clip.values():
            if figures["yaw"] <= FRONTAL:
                for name, value in figures.items():
                    values.setdefault(name, []).append(value)
    names = [name for name in values if name.startswith(("r_", "gain_")) or name in ("sharpness", "background")]
    return {name: float(np.nanmedian(values[name])) for name in names}
