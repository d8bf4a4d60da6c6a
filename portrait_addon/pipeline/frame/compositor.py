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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float64Array, ImageArray
from ..imaging.compositing import remap_cells
from ..imaging.premultiplied import from_premultiplied_float
from ..pair.correspondence import Correspondence, correspond
from ..portrait.cut_off import edge_pinning
from ..portrait.layers import layered_portrait
from ..portrait.matte import person_matte
from ..portrait.surround_grid import surround_grid
from ..portrait.texture import portrait_texture
from ..records.moment import Mix, Moment
from ..records.performance import Performance
from ..records.portrait import Portrait
from ..records.settings import Settings
from .aov_writer import AovWriter
from .background import background_map, composite_still, paint_held, record_held
from .blending import blend_faces, blend_fields
from .control_points import control_points
from .eyes import paint_eyes
from .lids import paint_lids
from .lip_line import inset_lip_line
from .mouth import paint_mouths, transfer_share
from .mouth_corners import inpaint_mouth_corners
from .rigid_parts import apply_rigid_parts
from .shading import Shading
from .skin import paint_skin, skin_of
from .surround import surround_samples


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

    picture: ImageArray = field(repr=False)
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
    sides = edge_pinning(portrait, settings.hold)
    fields = [
        surround_samples(portrait, pair, moved, settings.smoothing, sides)
        for pair, moved in zip(shared, points, strict=True)
    ]
    face = blend_faces(portrait.points, [moved.face for moved in points], weights)
    grid, source = surround_grid(portrait), portrait_texture(portrait)
    face, surround = apply_rigid_parts(portrait, face, grid, blend_fields(grid, fields, weights))
    shares = [
        # Where there is no mouth to see, the portrait's own lips are not parted for it.
        transfer_share(face, portrait.points, moment.performance.neutral_points) * moment.performance.has_mouth
        for moment in mix
    ]
    share = settings.mouth_transfer * float(np.average(shares, weights=weights)) if mix else 0.0
    skin = skin_of(inset_lip_line(portrait.points, face, share), face, _shadings(portrait, mix, settings))
    uncovered = ~skin.hides(grid)
    composed = np.empty_like(source.picture)
    if settings.hold > 0:
        camera = _camera_offset(mix, shared, settings)
        behind_at = background_map(grid, surround, settings.hold, camera, portrait.size)
        paint_held(composed, portrait, source, grid, surround, behind_at, uncovered)
    else:
        remap_cells(composed, source.picture, grid, surround, uncovered)
    record = AovWriter(passes, composed, grid.upsample(surround, portrait.box)) if passes else None
    if record is not None and settings.hold > 0:
        record_held(portrait, source, grid, surround, behind_at, composed, record)
    paint_skin(composed, source, skin, record)
    paint_eyes(composed, source, portrait.points, face, record)
    paint_lids(composed, source.picture, portrait.points, face, portrait.lid_lights, record)
    if share > 0:
        inpaint_mouth_corners(composed, face, portrait.mouth_line_contrast, share, record)
        mouths = [
            (moment.weight * weight, patch, moment.performance.colours)
            for moment in mix
            for weight, patch in moment.performance.mouths_at(moment.t)
        ]
        paint_mouths(composed, face, mouths, portrait.palette, share, record)
    if "still" in portrait.masks:
        composite_still(composed, source.picture, portrait.masks["still"], record)
    picture = from_premultiplied_float(composed, portrait.picture)
    person = person_matte(portrait) if "person_matte" in passes else None
    return Frame(picture, record.passes(face, person)) if record else Frame(picture)


def prepare(portrait: Portrait, hold: bool) -> None:
    """Make what all frames of a portrait share, whose background is held or not, before threads each make it."""
    portrait_texture(portrait)
    if hold:
        layered_portrait(portrait)


def _camera_offset(mix: Mix, shared: Sequence[Correspondence], settings: Settings) -> Float64Array:
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
