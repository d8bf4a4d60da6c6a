"""One frame: a portrait, settings, and a moment of a performance or a mix of several.

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

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Doubles, Values
from .face_mesh import FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance
from .moment import Mix, Moment
from .pass_recorder import PassRecorder
from .performance import Performance
from .person import person_matte
from .portrait import Portrait
from .settings import Settings
from .step1_correspondence.correspondence import Correspondence, correspond
from .step2_warp.background import held_field, keep_still, look_up_held, record_held
from .step2_warp.blending import blend_faces, blend_fields
from .step2_warp.control_points import ControlPoints, control_points
from .step2_warp.eyes import paint_eyes
from .step2_warp.layers import CURVE, Picture, lay_over, look_up_whole
from .step2_warp.lids import paint_lids
from .step2_warp.mouth_corners import heal_corners
from .step2_warp.openings import beside_seam
from .step2_warp.rigid import stiffen
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
from .step3_mouth.mouth import paint_mouths, transfer_share
from .step4_shading.shading import Shading
from .working import finished, working

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
    """Compose one frame of one performance. A pure function: no frame needs another.

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
    return compose_mix(portrait, (Moment(performance, t),), settings, passes)


def compose_mix(portrait: Portrait, mix: Mix, settings: Settings, passes: Collection[str] = ()) -> Frame:
    """Compose one frame of several moments, of one clip or of many; pure as well.

    Points and warp fields are blended, ratio images multiplied by powers, and mouths shown with a share each.

    Parameters
    ----------
    portrait : Portrait
    mix : sequence of Moment
        Their weights sum to at most 1; what is missing is the portrait at rest.
    settings : Settings
    passes : collection of str, optional

    Returns
    -------
    Frame
    """
    mix = [moment for moment in mix if moment.weight > 0]
    weights = [moment.weight for moment in mix]
    shared = [correspond(portrait, moment.performance) for moment in mix]
    points = [
        control_points(portrait, moment.performance, pair, settings, moment.t)
        for moment, pair in zip(mix, shared, strict=True)
    ]
    fields = [
        surround_samples(portrait, pair, moved, settings.smoothing) for pair, moved in zip(shared, points, strict=True)
    ]
    face = blend_faces(portrait.points, [moved.face for moved in points], weights)
    source = working(portrait.picture)
    lattice = surround_lattice(portrait)
    face, surround = stiffen(portrait, face, lattice, blend_fields(lattice, fields, weights))
    if settings.hold > 0:
        camera = _camera_offset(mix, shared, settings)
        behind_at = held_field(lattice, surround, settings.hold, camera, portrait.size)
        composed = look_up_held(portrait, source, lattice, surround, behind_at)
    else:
        composed = look_up_whole(source, lattice, surround)
    record = PassRecorder(passes, composed, lattice.enlarge(surround, portrait.box)) if passes else None
    if record is not None and settings.hold > 0:
        record_held(portrait, source, lattice, surround, behind_at, composed, record)
    shares = [
        # Where there is no mouth to see, the portrait's own lips are not parted for it.
        transfer_share(face, portrait.points, moment.performance.neutral_points) * moment.performance.has_mouth
        for moment in mix
    ]
    share = settings.mouth_transfer * float(np.average(shares, weights=weights)) if mix else 0.0
    lips_parted = beside_seam(portrait.points, face, share)
    paint_skin(composed, source, lips_parted, face, _shadings(portrait, mix, settings), record)
    paint_eyes(composed, source, portrait.points, face, record)
    paint_lids(composed, source, portrait.points, face, portrait.lid_lights, record)
    if share > 0:
        heal_corners(composed, face, portrait.line_strengths, share, record)
        mouths = [
            (moment.weight * weight, patch, moment.performance.colours)
            for moment in mix
            for weight, patch in moment.performance.mouths_at(moment.t)
        ]
        paint_mouths(composed, face, mouths, portrait.palette, share, record)
    if "still" in portrait.masks:
        keep_still(composed, source, portrait.masks["still"], record)
    picture = finished(composed, portrait.picture)
    person = person_matte(portrait) if "person_matte" in passes else None
    return Frame(picture, record.passes(face, person)) if record else Frame(picture)


def _camera_offset(mix: Mix, shared: Sequence[Correspondence], settings: Settings) -> Doubles:
    """(2,) displacement by the cameras of all moments, in pixels of the portrait."""
    offset = np.zeros(2)
    for moment, pair in zip(mix, shared, strict=True):
        offset += moment.weight * pair.similarity.linear @ moment.performance.camera_offset_at(moment.t)
    return settings.head_motion * offset


def _shadings(portrait: Portrait, mix: Mix, settings: Settings) -> list[Shading]:
    """The ratio images of each moment, each in its own canonical space; together they are a product of powers."""
    strength = settings.expression * settings.wrinkles
    return [
        Shading(
            moment.performance.canonical_face,
            moment.performance.log_ratio_at(moment.t),
            moment.weight * strength,
            portrait.shade,
        )
        for moment in mix
    ]


def surround_lattice(portrait: Portrait) -> Lattice:
    """The lattice of everything outside the face: the picture, and a cell more on each side.

    Without that cell the field would be flat from the middle of the last one on.
    """
    width, height = portrait.size
    step = max(1, round(portrait.unit / SURROUND_CELLS))
    return Lattice(-step, -step, step, -(-width // step) + 2, -(-height // step) + 2)


def surround_samples(portrait: Portrait, shared: Correspondence, points: ControlPoints, smoothing: float) -> Field:
    """(rows, columns, 2) field of everything outside the face, on its lattice.

    It is smoothed by its confidence by a strength of 0..1.
    """
    unit, (width, height), seen = portrait.unit, portrait.size, surround_lattice(portrait)
    step = seen.step
    # What lies beyond the border takes part in the smoothing: a wider crop must not move differently.
    margin = step * (1 + int(np.ceil(2 * WIDEST_BLUR * unit / step)))
    lattice = Lattice.over(np.array([-margin, -margin]), np.array([width, height]) + margin, step)
    rest = shared.surround(portrait.points, shared.cranium, shared.peripheral)
    field_, _ = rasterise(lattice, shared.triangles, points.surround, rest)
    oval = list(FACE_OVAL)
    distance = distance_outside(lattice, portrait.points[oval, :2], points.face[oval, :2])
    field_ = hold_border(lattice, smooth_by_confidence(lattice, field_, distance, unit, smoothing), portrait.size)
    start = margin // step - 1
    return field_[start : start + seen.rows, start : start + seen.columns]


def paint_skin(
    composed: Picture,
    source: Picture,
    rest: Values,
    moved: Values,
    shadings: Sequence[Shading],
    record: PassRecorder | None = None,
) -> None:
    """Paint the face mesh into a composed picture, in place.

    Parameters
    ----------
    composed, source : (h, w, c) arrays
        The frame so far, and the portrait.
    rest, moved : (478, 3) arrays
        The portrait's points at rest and in this frame.
    shadings : sequence of Shading
        Of this frame; their factors multiply.
    record : PassRecorder, optional
    """
    triangles = face_triangles()
    triangles = triangles[np.argsort(-moved[triangles, 2].mean(axis=1), kind="stable")]  # far to near
    skin = moved[:SKIN_POINTS, :2]
    step = max(1, round(outer_eye_distance(rest) / SKIN_CELLS))
    lattice = Lattice.over(skin.min(axis=0) - 3, skin.max(axis=0) + 3, step)
    owner = owners(lattice, triangles, moved[:, :2])
    to_portrait = affine_maps(moved[triangles, :2], rest[triangles, :2])
    log_gains = []
    for shading in shadings:
        to_canonical = affine_maps(moved[triangles, :2], shading.face.points[triangles])
        log_gains.append(shading.log_gain(pull_back(lattice, owner, to_canonical), owner >= 0))
    seen = [log_gain for log_gain in log_gains if log_gain is not None]
    curve_gain = np.exp(reduce(np.add, seen) / np.float32(CURVE)) if seen else None
    silhouette = coverage(lattice, triangles, moved[:, :2])
    samples = pull_back(lattice, owner, to_portrait)
    lay_over(composed, source, lattice, samples, silhouette, curve_gain, record)
    if record is not None:
        part = lattice.box.within(composed)
        record.covered(part, part.of(silhouette, lattice.box).astype(np.float32) / 255)
