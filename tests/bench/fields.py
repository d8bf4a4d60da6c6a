"""The visible backward field of a frame, its fold-overs and its roughness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import LEFT_EYE, MOUTH, RIGHT_EYE
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench import measures
from tests.bench.measures import Field
from tests.composing import compose

BESIDE = 4
"""Pixels beside the face's outline that count neither as face nor as surround."""


SURROUND, SKIN, EYES_LAYER, MOUTH_LAYER = 0, 1, 2, 255
"""Numbers of layers; the eyes have two."""


def visible_field(
    portrait: Portrait, performance: Performance, settings: Settings, t: float
) -> tuple[Field, NDArray[np.uint8]]:
    """Where every pixel of a frame is looked up, by its ST map.

    Returns
    -------
    field : (h, w, 2) float32 array
    layers : (h, w) uint8 array
        Number of the layer that is seen.
    """
    # A background that is held still is another layer: the field of the warp itself is what is looked at.
    passes = compose(portrait, performance, replace(settings, hold=0), t, ("st_map", "face_matte")).passes
    width, height = portrait.size
    place = passes["st_map"][..., :2].astype(np.float64) * (width, height) - 0.5
    place[..., 1] = height - 1 - place[..., 1]  # an ST map counts from below
    layers = np.where(passes["face_matte"].astype(np.float32) > 0.5, SKIN, SURROUND).astype(np.uint8)
    moved = control_points(portrait, performance, Pair.of(portrait, performance), settings, t).face
    for layer, opening in ((EYES_LAYER, RIGHT_EYE), (EYES_LAYER + 1, LEFT_EYE), (MOUTH_LAYER, MOUTH)):
        cv2.fillPoly(layers, [np.round(moved[opening.contour, :2]).astype(np.int32)], (layer,))
    return np.asarray(place, np.float32), layers


def field_figures(
    portrait: Portrait, performance: Performance, settings: Settings, rows: Iterable[int]
) -> dict[str, float]:
    """Fold-overs inside the face, fold-overs and roughness outside it with and without smoothing.

    Means over the frames `rows`, counted from 0, and the worst frame's; shares of the face's or of the surround's
    pixels. The inside of the mouth is no face: the driver's is seen there.
    """
    found: dict[str, list[float]] = {}
    for row in rows:
        field, layers = visible_field(portrait, performance, settings, row + 1)
        face = ((layers != SURROUND) & (layers != MOUTH_LAYER))[:-1, :-1]
        folds, edges = measures.folds(field), measures.occlusion_edges(field, layers)
        figures = {"folds_face": (folds & ~edges)[face].mean(), "edges_face": edges[face].mean()}
        near = cv2.dilate((layers != SURROUND).astype(np.uint8), np.ones((2 * BESIDE + 1,) * 2, np.uint8)) > 0
        for name, strength in (("", settings.smoothing), ("_unsmoothed", 0)):
            field, _ = visible_field(portrait, performance, replace(settings, smoothing=strength), row + 1)
            figures[f"folds_outside{name}"] = measures.folds(field)[~near[:-1, :-1]].mean()
            figures[f"roughness_outside{name}"] = measures.roughness(field)[~near].mean() * portrait.unit
        for name, value in figures.items():
            found.setdefault(name, []).append(float(value))
    worst = {f"{name}_worst": max(found[name]) for name in ("folds_face", "edges_face") if name in found}
    return {name: float(np.mean(values)) for name, values in found.items()} | worst
