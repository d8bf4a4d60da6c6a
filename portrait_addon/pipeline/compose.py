"""One frame: a portrait, a performance, settings and a time.

Four layers, from back to front. The first three have each a backward field into the portrait; the last is the driver's.

surround
    Everything outside the face: a smooth field over the whole picture.
skin
    The face mesh, drawn far to near and shaded by the ratio images; its outline against the surround is anti-aliased.
eyes
    What is seen through the lids. It moves with the head and the gaze, not with the lids: lids that close cover an
    eye, they do not squash it.
mouth
    What is seen between the lips, once they open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .arrays import Values
from .face_mesh import FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance
from .passes import PassRecorder
from .performance import Performance
from .portrait import Portrait
from .settings import Settings
from .step1_correspondence.correspondence import Correspondence, correspond
from .step2_warp.control_points import ControlPoints, control_points
from .step2_warp.eyes import paint_eyes
from .step2_warp.layers import Box, Picture, lay_over, look_up, white_of
from .step2_warp.lids import paint_lids
from .step2_warp.openings import beside_seam
from .step2_warp.warp_field import (
    WIDEST_BLUR,
    Field,
    Lattice,
    affine_maps,
    coverage,
    distance_outside,
    hold_border,
    owners,
    pull_back,
    rasterise,
    smooth_by_confidence,
)
from .step3_mouth.mouth import paint_mouth, transfer_share
from .step4_shading.shading import Shading

SURROUND_CELLS = 24
"""Lattice cells an outer-eye distance, outside the face."""

SKIN_CELLS = 100
"""Lattice cells an outer-eye distance, on the face."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A composed picture, and what was asked for beside it.

    Attributes
    ----------
    picture : (h, w, c) array
        Size, type and channels are the portrait's.
    passes : dict
        By their names in `passes.PASSES`: mattes (h, w), all else (h, w, 3) RGB or (h, w, 4) RGBA, premultiplied and in
        linear light; float16, but the ST map float32.
    """

    picture: Picture = field(repr=False)
    passes: dict[str, NDArray[Any]] = field(repr=False, default_factory=dict)


def compose(
    portrait: Portrait, performance: Performance, settings: Settings, t: float, passes: Collection[str] = ()
) -> Frame:
    """Compose one frame. A pure function: no frame needs another.

    Parameters
    ----------
    portrait : Portrait
    performance : Performance
    settings : Settings
    t : float
        Clip time in frames, the first is 1; real numbers lie between frames, times outside hold the ends.
    passes : collection of str, optional
        Names of the passes that are to be made too.

    Returns
    -------
    Frame
    """
    shared = correspond(portrait, performance)
    points = control_points(portrait, performance, shared, settings, t)
    source = _working(portrait.picture)
    surround = surround_field(portrait, shared, points, settings.smoothing)
    composed = look_up(source, surround, cv2.INTER_LINEAR)
    record = PassRecorder(passes, composed, surround) if passes else None
    log_ratio = performance.log_ratio_at(t)
    strength = settings.expression * settings.wrinkles
    shading = Shading(performance.canonical_face, log_ratio, strength, portrait.shade)
    share = settings.mouth_transfer * transfer_share(points.face, portrait.points, performance.neutral_points)
    paint_skin(composed, source, beside_seam(portrait.points, points.face, share), points.face, shading, record)
    paint_eyes(composed, source, portrait.points, points.face, record)
    paint_lids(composed, source, portrait.points, points.face, record)
    if share > 0:
        for weight, patch in performance.mouths_at(t):
            paint_mouth(composed, points.face, patch, performance.colours, portrait.palette, share * weight, record)
    finished = _finished(composed, portrait.picture)
    return Frame(finished, record.passes(points.face, None)) if record else Frame(finished)


def surround_field(portrait: Portrait, shared: Correspondence, points: ControlPoints, smoothing: float) -> Field:
    """(h, w, 2) field of everything outside the face, smoothed by its confidence by a strength of 0..1."""
    unit, (width, height) = portrait.unit, portrait.size
    step = max(1, round(unit / SURROUND_CELLS))
    # What lies beyond the border takes part in the smoothing: a wider crop must not move differently.
    margin = step * (1 + int(np.ceil(2 * WIDEST_BLUR * unit / step)))
    lattice = Lattice.over(np.array([-margin, -margin]), np.array([width, height]) + margin, step)
    rest = shared.surround(portrait.points, shared.cranium, shared.peripheral)
    field_, _ = rasterise(lattice, shared.triangles, points.surround, rest)
    oval = list(FACE_OVAL)
    distance = distance_outside(lattice, portrait.points[oval, :2], points.face[oval, :2])
    field_ = hold_border(lattice, smooth_by_confidence(lattice, field_, distance, unit, smoothing), portrait.size)
    # One cell round the picture stays on, since enlarging is flat beyond the middle of the last cell.
    start, columns, rows = margin // step - 1, -(-width // step) + 2, -(-height // step) + 2
    enlarged = Lattice(-step, -step, step, columns, rows).enlarge(field_[start : start + rows, start : start + columns])
    return np.ascontiguousarray(enlarged[step : step + height, step : step + width])


def paint_skin(
    composed: Picture,
    source: Picture,
    rest: Values,
    moved: Values,
    shading: Shading,
    record: PassRecorder | None = None,
) -> None:
    """Paint the face mesh into a composed picture, in place.

    Parameters
    ----------
    composed, source : (h, w, c) arrays
        The frame so far, and the portrait.
    rest, moved : (478, 3) arrays
        The portrait's points at rest and in this frame.
    shading : Shading
        Of this frame.
    record : PassRecorder, optional
    """
    triangles = face_triangles()
    triangles = triangles[np.argsort(-moved[triangles, 2].mean(axis=1), kind="stable")]  # far to near
    skin = moved[:SKIN_POINTS, :2]
    step = max(1, round(outer_eye_distance(rest) / SKIN_CELLS))
    lattice = Lattice.over(skin.min(axis=0) - 3, skin.max(axis=0) + 3, step)
    owner = owners(lattice, triangles, moved[:, :2])
    to_portrait = affine_maps(moved[triangles, :2], rest[triangles, :2])
    to_canonical = affine_maps(moved[triangles, :2], shading.face.points[triangles])
    gain = shading.gain(pull_back(lattice, owner, to_canonical), owner >= 0)
    box = Box(lattice.left, lattice.top, lattice.left + lattice.width, lattice.top + lattice.height)
    silhouette = coverage(lattice, triangles, moved[:, :2])
    lay_over(
        composed,
        source,
        lattice.enlarge(pull_back(lattice, owner, to_portrait)),
        silhouette,
        box,
        gain if gain is None else lattice.enlarge(gain),
        record,
    )
    if record is not None:
        part = box.within(composed)
        record.covered(part, part.of(silhouette, box).astype(np.float32) / 255)


def _working(picture: Picture) -> Picture:
    """The picture as it is looked up: as it is if opaque and 8 bit, else in floats with colours premultiplied."""
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return picture
    values = picture.astype(np.float32) / white_of(picture)
    if picture.shape[2] == 4:
        values[..., :3] *= values[..., 3:]
    return values


def _finished(composed: Picture, picture: Picture) -> Picture:
    """The inverse of `_working`: straight alpha, in the type of the portrait."""
    if composed.dtype == picture.dtype and picture.shape[2] == 3:
        return composed
    values = composed.astype(np.float32)
    if picture.shape[2] == 4:
        values[..., 3] = np.clip(values[..., 3], 0, 1)
        values[..., :3] /= np.maximum(values[..., 3:], 1e-6)
    if picture.dtype == np.float32:
        return values
    white = white_of(picture)
    return np.asarray(np.clip(np.rint(values * white), 0, white).astype(picture.dtype))
