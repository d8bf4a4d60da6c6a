"""The layer of closing lids.

A portrait with open eyes does not show its lids. The mesh alone would stretch the strip above the lashes into a comb
over the whole eye. So a closing lid is painted anew: bare skin, stretched over the eye from the skin around, with the
texture of the skin below, times the shade of the driver's lid against the driver's own bare skin. Lashes and crease
come with it. [ours]

It fades in while the eye closes; where the clip says nothing about lids, the warped portrait stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ..face.bare_skin import bare_skin, skin_beyond
from ..face.lid_space import REGION_MARGIN, lid_outline
from ..face.mesh import LIDS, Lids
from ..face.openings import across
from ..face.pose import Pose
from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import CURVE, brighten, lightness
from ..imaging.compositing import on_channels
from ..imaging.polygons import SUBPIXEL_BITS, fixed_point, polygon_mask
from ..imaging.raster import rasterize_box, remap
from ..imaging.soft_mask import soft_mask
from ..records.lid_patch import LidPatch
from .canvas import Canvas
from .closing import Closing
from .skin_texture import mirrored_texture
from .state import FrameState

OPENING_SOFTNESS = 0.02
"""Standard deviation of the soft edge of the eye between the lids, in outer-eye distances."""

SOFTNESS = 0.03
"""Standard deviation of its soft edge, in outer-eye distances."""

LASHES = 0.02
"""Height of the line of the portrait's own lashes, in outer-eye distances."""

CELLS = 50
"""Grid cells an outer-eye distance."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the lids of eyes that close.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    patches = [(moment.weight * weight, pair) for moment in state.mix for weight, pair in moment.lids()]
    total = sum(weight for weight, _ in patches)
    for side, (lids, closing) in enumerate(zip(LIDS, state.closing, strict=True)):
        if total > 0 and closing.fade > 0:
            weighted = [(weight / total, pair[side]) for weight, pair in patches]
            paint_lid(canvas, state.pose, lids, weighted, closing, state.prepared.portrait.shade, state.skin.alpha_in)


def paint_lid(
    canvas: Canvas,
    pose: Pose,
    lids: Lids,
    patches: Sequence[tuple[float, LidPatch]],
    closing: Closing,
    shade: Float32Array,
    face_in: Callable[[Box], Float32Array] | None = None,
) -> None:
    """Paint one lid.

    The lids of an eye at the far rim of a face that is turned away reach beyond it, where there is no skin.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    pose : Pose
    lids : Lids
    patches : sequence of (float, LidPatch)
        The driver's, with weights of sum 1.
    closing : Closing
        Of this eye.
    shade : (3,) float32 array
        Exponents by which blue, green and red of the portrait's skin follow a ratio.
    face_in : callable, optional
        Gives the alpha of the face in a box; by default the face is all around.
    """
    unit = pose.unit
    outline = lid_outline(pose.moved, lids, REGION_MARGIN * unit)
    box = Box.around(outline, 3 * SOFTNESS * unit).within(canvas.picture)
    if box.empty:
        return
    mask = polygon_mask(box, outline)
    alpha, face = _alpha(mask, box, lids, pose, closing), None if face_in is None else face_in(box)
    if face is not None:
        alpha *= face
    part = box.where(alpha)  # the margin is there for the blurs alone
    if part.empty:
        return
    around = box.cut(canvas.picture).astype(np.float32)
    below = part.of(around, box)
    if face is not None:
        around = skin_beyond(around, face, unit)
    skin = part.of(bare_skin(around, lightness(around), outline - (box.left, box.top), mask, unit), box).copy()
    down = across(pose.moved.astype(np.float64), lids.eye)
    skin[..., :3] *= mirrored_texture(canvas, box, down, outline, unit, part, face_in)
    log_gain = np.zeros(below.shape[:2], np.float32)
    for weight, patch in patches:
        log_gain += np.float32(weight) * _warped(patch, lids, pose.moved, box, unit, part)
    gain = cv2.merge([np.exp(log_gain * exponent) for exponent in shade / np.float32(CURVE)])
    colours = np.asarray(brighten(skin, np.asarray(gain, np.float32), float(canvas.white)), np.float32)
    lashes = part.of(_lash_line(box, lids, pose), box)
    colours -= on_channels(lashes, colours.shape[2]) * np.maximum(colours - below, 0)
    canvas.alpha_blend(part, colours, part.of(alpha, box))


def _alpha(mask: UInt8Array, box: Box, lids: Lids, pose: Pose, closing: Closing) -> Float32Array:
    """(h, w) how far the lids cover what lies below: softly at the edge, and not where they leave the eye free."""
    region = soft_mask(mask, max(SOFTNESS * pose.unit, 0.7))
    opening = polygon_mask(box, pose.moved[lids.eye.contour, :2])
    free = soft_mask(opening, max(OPENING_SOFTNESS * pose.unit, 0.5))
    covered = 1 - (1 - closing.shut) * free
    return np.asarray(closing.fade * np.maximum(2 * region - 1, 0) * covered, np.float32)


def _lash_line(box: Box, lids: Lids, pose: Pose) -> Float32Array:
    """(h, w) 0..1 along the rim of the upper lid, where the portrait's own lashes stay as far as they are darker."""
    line = np.zeros((box.bottom - box.top, box.right - box.left), np.uint8)
    first, last = lids.eye.corners
    rim = fixed_point(pose.moved[[first, *lids.eye.upper, last], :2], (box.left, box.top))
    thickness = max(1, round(LASHES * pose.unit))
    cv2.polylines(line, [rim], False, (255,), thickness, cv2.LINE_AA, SUBPIXEL_BITS)
    return soft_mask(line, max(LASHES * pose.unit / 3, 0.5))


def _warped(patch: LidPatch, lids: Lids, moved: Float32Array, box: Box, unit: float, part: Box) -> Float32Array:
    """(h, w) the driver's shade, warped onto the portrait's lids, in a part of their box."""
    step = max(1, round(unit / CELLS))
    field, covered = rasterize_box(box, step, lids.triangles, moved[:, :2], patch.points)
    shade = remap(patch.log_ratio, part.of(field, box), cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
    return shade * part.of(covered, box)
