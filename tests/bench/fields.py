"""The visible backward field of a frame, its fold-overs and its roughness."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline import compose as composing
from portrait_addon.pipeline.box import Box
from portrait_addon.pipeline.face_mesh import MOUTH
from portrait_addon.pipeline.performance import Performance
from portrait_addon.pipeline.portrait import Portrait
from portrait_addon.pipeline.settings import Settings
from portrait_addon.pipeline.step1_correspondence.correspondence import correspond
from portrait_addon.pipeline.step2_warp import eyes
from portrait_addon.pipeline.step2_warp.control_points import control_points

from . import measures
from .measures import Field

BESIDE = 4
"""Pixels beside the face's outline that count neither as face nor as surround."""


SURROUND, SKIN, MOUTH_LAYER = 0, 1, 255
"""Numbers of layers; the eyes are 2 and 3."""


def visible_field(
    portrait: Portrait, performance: Performance, settings: Settings, t: float
) -> tuple[Field, NDArray[np.uint8]]:
    """Where every pixel of a frame is looked up.

    The product itself composes it: its lookups are replaced by the fields they look up through, its layers cover each
    other without a soft edge.

    Returns
    -------
    field : (h, w, 2) float32 array
    layers : (h, w) uint8 array
        Number of the layer that is seen.
    """
    layers = np.full(portrait.size[::-1], SURROUND, np.uint8)
    numbers = itertools.count(SKIN)

    def identity(picture: measures.Picture, field: Field, *_: object) -> Field:
        return field.copy()

    def cover(
        composed: Field, source: Field, field: Field, alpha: measures.Picture, box: Box, *_: object, **__: object
    ) -> None:
        part = box.within(composed)
        seen = np.asarray(part.of(alpha, box), np.uint8) > 127
        composed[part.top : part.bottom, part.left : part.right][seen] = part.of(field, box)[seen]
        layers[part.top : part.bottom, part.left : part.right][seen] = next(numbers)

    blank = replace(portrait, picture=np.zeros((*portrait.size[::-1], 3), np.float32))
    warp = replace(settings, wrinkles=0)
    with (
        patch.object(composing, "look_up", identity),
        patch.object(composing, "lay_over", cover),
        patch.object(eyes, "lay_over", cover),
        patch.object(composing, "paint_lids", lambda *_: None),
        patch.object(composing, "paint_mouths", lambda *_: None),
    ):
        field = composing.compose(blank, performance, warp, t).picture
    moved = control_points(portrait, performance, correspond(portrait, performance), settings, t).face
    cv2.fillPoly(layers, [np.round(moved[MOUTH.contour, :2]).astype(np.int32)], (MOUTH_LAYER,))
    return np.asarray(field, np.float32), layers


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
