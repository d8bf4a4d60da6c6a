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

from dataclasses import dataclass, field

import cv2
import numpy as np

from .arrays import Values
from .face_mesh import FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance
from .performance import Performance
from .portrait import Portrait
from .settings import Settings
from .step1_correspondence.correspondence import Correspondence, correspond
from .step2_warp.control_points import ControlPoints, control_points
from .step2_warp.eyes import paint_eyes
from .step2_warp.layers import Box, Picture, lay_over, look_up
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
    """A composed picture: size, type and channels are the portrait's."""

    picture: Picture = field(repr=False)


def compose(portrait: Portrait, performance: Performance, settings: Settings, t: float) -> Frame:
    """Compose one frame. A pure function: no frame needs another.

    Parameters
    ----------
    portrait : Portrait
    performance : Performance
    settings : Settings
    t : float
        Clip time in frames, the first is 1; real numbers lie between frames, times outside hold the ends.

    Returns
    -------
    Frame
    """
    shared = correspond(portrait, performance)
    points = control_points(portrait, performance, shared, settings, t)
    source = _working(portrait.picture)
    composed = look_up(source, surround_field(portrait, shared, points, settings.smoothing), cv2.INTER_LINEAR)
    log_ratio = performance.log_ratio_at(t)
    strength = settings.expression * settings.wrinkles
    shading = Shading(performance.canonical_face, log_ratio, strength, portrait.shade)
    share = settings.mouth_transfer * transfer_share(points.face, portrait.points, performance.neutral_points)
    paint_skin(composed, source, beside_seam(portrait.points, points.face, share), points.face, shading)
    paint_eyes(composed, source, portrait.points, points.face)
    paint_lids(composed, source, portrait.points, points.face)
    if share > 0:
        for weight, patch in performance.mouths_at(t):
            paint_mouth(composed, points.face, patch, performance.colours, portrait.palette, share * weight)
    return Frame(_finished(composed, portrait.picture))


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


def paint_skin(composed: Picture, source: Picture, rest: Values, moved: Values, shading: Shading) -> None:
    """Paint the face mesh into a composed picture, in place.

    Parameters
    ----------
    composed, source : (h, w, c) arrays
        The frame so far, and the portrait.
    rest, moved : (478, 3) arrays
        The portrait's points at rest and in this frame.
    shading : Shading
        Of this frame.
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
    lay_over(
        composed,
        source,
        lattice.enlarge(pull_back(lattice, owner, to_portrait)),
        coverage(lattice, triangles, moved[:, :2]),
        Box(lattice.left, lattice.top, lattice.left + lattice.width, lattice.top + lattice.height),
        gain if gain is None else lattice.enlarge(gain),
    )


def _working(picture: Picture) -> Picture:
    """The picture as it is looked up: as it is if opaque and 8 bit, else in floats with colours premultiplied."""
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return picture
    values = picture.astype(np.float32) / _white(picture)
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
    white = _white(picture)
    return np.asarray(np.clip(np.rint(values * white), 0, white).astype(picture.dtype))


def _white(picture: Picture) -> np.float32:
    """The value of full white."""
    return np.float32({np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1))
