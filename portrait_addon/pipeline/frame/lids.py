"""Step 2: lids that the portrait does not show.

A lid that closes is stretched from the strip between its crease and its rim. Where that strip lies in deep shadow the
closed eye would be a black patch, which nobody takes for a lid. There the lid is rebuilt from the skin under the eye,
mirrored up and as bright as the strip of lid that is seen at rest. It comes out of the shade of its crease and its
corners, as a ball does: evenly bright between two dark lines it would look like the white of an eye. The crease above
and the lashes below stay.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.mesh import LEFT_LIDS, RIGHT_LIDS, Lids
from ..face.pose import Pose
from ..imaging.arrays import Float32Array, Float64Array, ImageArray
from ..imaging.box import Box
from ..imaging.colour import lightness
from ..imaging.easing import ramp, smoothstep
from ..imaging.polygons import polygon_mask
from ..imaging.raster import rasterize_backward_map, remap
from ..imaging.sample_grid import SampleGrid
from ..portrait.lid_lights import skin_below
from .canvas import Canvas
from .state import FrameState

CLOSING = (0.3, 0.8)
"""Closed shares between which a rebuilt lid fades in."""


CREASE_SHADE = 0.8
"""Share of a lid's height over which it comes out of the shade of its crease."""

CORNER_SHADE = 0.3
"""Share of its width over which it comes out of the shade at its corners."""

SHADOW = (0.85, 0.5)
"""A pixel of a lid is in shadow where it has less than the first share of a rebuilt one's light, wholly below the
second; a lid of which half is in shadow is rebuilt."""

LASHES = 0.025
"""Height of the lashes and the shade above them, in outer-eye distances, that stay."""

RIM = 0.01
"""Half the height of the rim that is drawn once more where lids meet, in outer-eye distances."""

CELLS = 60
"""Lattice cells an outer-eye distance, of a rebuilt lid."""

SOFTNESS = 0.03
"""Standard deviation of a rebuilt lid's soft edge, in outer-eye distances."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Rebuild closing lids where they are nothing but shadow.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    paint_lids(canvas, state.prepared.texture.picture, state.pose, state.prepared.portrait.lid_lights)


def paint_lids(canvas: Canvas, picture: ImageArray, pose: Pose, lights: tuple[float, float]) -> None:
    """Rebuild closing lids where they are nothing but shadow.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    picture : (h, w, c) array
        The portrait, premultiplied.
    pose : Pose
    lights : pair of float
        From `lid_lights`, of the sitter's right and left lid.
    """
    for lids, light in zip((RIGHT_LIDS, LEFT_LIDS), lights, strict=True):
        share = ramp(pose.closed_share(lids.eye), *CLOSING)
        if share > 0:
            _rebuild(canvas, picture, lids, pose, light, share)
            _draw_lashes(canvas, picture, lids, pose, share)


def _rebuild(canvas: Canvas, picture: ImageArray, lids: Lids, pose: Pose, light: float, share: float) -> None:
    """Blend mirrored skin over a lid that is dark."""
    softness = SOFTNESS * pose.rest_unit
    lid = _lid(lids, pose, LASHES * pose.unit)
    box = Box.around(lid, 3 * softness).within(canvas.picture)
    if box.empty:
        return
    step = max(1, round(pose.unit / CELLS))
    skin = _sampled(picture, box, step, lids, lid, skin_below(lids, pose.rest))
    skin[..., :3] *= light
    here, there = (_soft_light(values, softness) for values in (box.cut(canvas.picture).astype(np.float32), skin))
    dark = np.clip((SHADOW[0] - here / np.maximum(there, 1e-6)) / (SHADOW[0] - SHADOW[1]), 0, 1)
    inner = np.maximum(2 * cv2.GaussianBlur(_mask(box, lid[lids.outline]), (0, 0), softness) - 1, 0)
    # A part alone is not rebuilt: a bright strip of the old lid beside the new one would look like the white of an eye.
    need = float((inner * dark).sum() / max(inner.sum(), 1e-6))
    canvas.alpha_blend(box, skin, share * inner * min(2 * need, 1) * _bulge(box, step, lids, lid))


def _bulge(box: Box, step: int, lids: Lids, lid: Float64Array) -> Float32Array:
    """(h, w) 0..1: a lid comes out of the shade of its crease and its corners towards its middle and its rim."""
    count = len(lids.crease)
    along = np.tile(np.linspace(0, 1, count), 2)
    down = np.repeat([0.0, 1.0], count)
    grid = SampleGrid.of_pixels(box, step)
    place, covered = rasterize_backward_map(grid, lids.strip, lid, np.column_stack([along, down]))
    u, v = place[..., 0], place[..., 1]
    out = np.minimum(np.minimum(u, 1 - u) / CORNER_SHADE, v / CREASE_SHADE)
    out = np.clip(np.where(covered, out, 1), 0, 1)
    return grid.upsample(np.asarray(smoothstep(out), np.float32), box)


def _draw_lashes(canvas: Canvas, picture: ImageArray, lids: Lids, pose: Pose, share: float) -> None:
    """Draw the upper rim once more, at full size: where lids meet, the skin's grid would show its steps."""
    half = RIM * pose.unit
    down, down_rest = pose.across(lids.eye), pose.rest_across(lids.eye)
    rim, origin = pose.moved[lids.rim, :2].astype(np.float64), pose.rest[lids.rim, :2].astype(np.float64)
    strip = np.vstack([rim - half * down, rim + half * down])
    above = np.vstack([origin - 2 * RIM * pose.rest_unit * down_rest, origin])
    box = Box.around(strip, 2 * half).within(canvas.picture)
    if box.empty:
        return
    lashes = _sampled(picture, box, 1, lids, strip, above)
    alpha = cv2.GaussianBlur(_mask(box, strip[lids.outline]), (0, 0), max(half / 2, 0.7))
    canvas.alpha_blend(box, lashes, share * alpha)


def _sampled(
    picture: ImageArray, box: Box, step: int, lids: Lids, moved: Float64Array, rest: Float64Array
) -> Float32Array:
    """The pixels of a box, looked up through two rows of points (2m, 2) and where they lie in the portrait."""
    grid = SampleGrid.of_pixels(box, step)
    field, _ = rasterize_backward_map(grid, lids.strip, moved, rest)
    return remap(picture, grid.upsample(field, box), cv2.INTER_LINEAR).astype(np.float32)


def _soft_light(picture: Float32Array, sigma: float) -> Float32Array:
    """(h, w) lightness of a picture, blurred."""
    return np.asarray(cv2.GaussianBlur(lightness(picture), (0, 0), sigma), np.float32)


def _mask(box: Box, outline: Float64Array) -> Float32Array:
    """(h, w) 1 within a closed outline (n, 2), 0 outside."""
    return polygon_mask(box, outline).astype(np.float32) / 255


def _lid(lids: Lids, pose: Pose, lashes: float) -> Float64Array:
    """(2m, 2) the lid in the output: its crease, then its rim less the lashes."""
    points, down = pose.moved, pose.across(lids.eye)
    crease, rim = points[lids.crease, :2].astype(np.float64), points[lids.rim, :2].astype(np.float64)
    height = ((rim - crease) @ down)[:, None]
    return np.vstack([crease, rim - np.clip(lashes, 0, np.maximum(height, 0)) * down])
