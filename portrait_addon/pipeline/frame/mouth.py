"""Step 3: the inside of the mouth, taken from the driving frame or modelled.

A closed mouth has no inside to warp. The driver's is warped by the lip points onto the portrait's lips [lecture],
given the portrait's own colours, joined to the lips by a membrane (Poisson blending with the driver's gradients, which
here fades away from the lips so that it does not tint the teeth), and laid under a mask that keeps the lips the
portrait's. Two thresholds gate it: below the first the warped portrait stays, above the second the driver's mouth is
seen, between them they blend [lecture].

Sources: P. Perez, M. Gangnet, A. Blake, *Poisson image editing*, SIGGRAPH 2003; the membrane form is that of Z. Farbman
et al., *Coordinates for instant image cloning*, SIGGRAPH 2009. Thresholds on the area of the mouth are those of public
re-implementations; its unit, the floor and the treatment of colour are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import cv2
import numpy as np

from ..face.mesh import MOUTH, outer_eye_distance
from ..face.openings import CLOSED_AREA, mouth_area, mouth_box
from ..face.palette import Palette, likeness
from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import linear_of_bytes, linear_to_srgb_clipped, luminance, tint
from ..imaging.membrane import membrane
from ..imaging.polygons import polygon_mask
from ..imaging.raster import rasterize_box, remap
from ..imaging.scaling import scaled_points, scaled_size
from ..records.moment import Mix
from ..records.mouth_patch import MouthPatch
from .canvas import Canvas
from .modelled_mouth import ModelledInside, draw
from .mouth_opening import Inside
from .state import FrameState

LIP_SOFTNESS = 0.004
"""Standard deviation of the blurred mask at the lips' edge, in outer-eye distances; only its inner half is used."""

MEMBRANE_REACH = 0.012
"""Distance from the lips at which their colour has faded out of the mouth to 1/e, in outer-eye distances. With more,
teeth look like lips; with less, the rim of the driver's own lips shows as a light ring."""

LEAST_FLESH = 0.3
"""Least factor on the light of flesh between the lips."""

DARK_INSIDE, DARK_RIM = 0.16, 0.6
"""Light of the inside of a mouth that no clip shows, as a share of the lips', and how much of it the lips take away
beside them."""

TONGUE_REACH = 0.35
"""How far a tongue that is put out may reach beyond the lips, in outer-eye distances."""

MOUTH_CELLS = 60
"""Grid cells an outer-eye distance."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the inside of an open mouth.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    if state.inside.share > 0:
        mouths, palette = drivers_mouths(state.mix), state.prepared.portrait.palette
        model, own = partial(draw, state=state), partial(own_teeth_matte, state)
        paint_mouths(canvas, state.pose.moved, mouths, palette, state.inside, model, own)


Mouths: TypeAlias = Sequence[tuple[float, MouthPatch, Palette]]
"""Weight and pixels of each mouth, and the colours of its face."""


def drivers_mouths(mix: Mix) -> Mouths:
    """Take the mouths of the drivers.

    Parameters
    ----------
    mix : sequence of Moment

    Returns
    -------
    sequence of (float, MouthPatch, Palette)
    """
    return [
        (moment.weight * weight, patch, moment.performance.colours)
        for moment in mix
        for weight, patch in moment.performance.mouths_at(moment.t)
    ]


DRIVERS = (1.0, 0.0, 0.0)
"""Share of the driver's mouth, of the portrait's own, and of a modelled one in what is painted."""


def paint_mouths(
    canvas: Canvas,
    moved: Float32Array,
    mouths: Mouths,
    portrait: Palette,
    inside: Inside,
    model: Callable[[Box, UInt8Array], ModelledInside] | None = None,
    own_teeth: Callable[[Box], Float32Array] | None = None,
    sources: tuple[float, float, float] = DRIVERS,
) -> None:
    """Paint the driver's mouth, or a blend of several, between the lips.

    A mouth counts by its weight and by how far it is open: one that is all but shut would be stretched over the others.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    moved : (478, 3) float32 array
        The portrait's points in this frame, in pixels.
    mouths : sequence of (float, MouthPatch, Palette)
        Weight, patch, and the driver's colours.
    portrait : Palette
        The portrait's colours.
    inside : Inside
    model : callable, optional
        Draws the modelled mouth into a box, given a mask of what is between the lips; needed if its share is above 0.
    own_teeth : callable, optional
        Gives a matte of the portrait's own teeth in a box; needed if they stay.
    sources : tuple of three float, optional
        Whose the `mouths` are, for a pass; see `DRIVERS`.
    """
    unit = outer_eye_distance(moved)
    modelled = inside.modelled if model is not None else 0.0
    reach = TONGUE_REACH * inside.tongue_out if modelled > 0 else 0.0
    box = mouth_box(moved, 2 * LIP_SOFTNESS + reach).within(canvas.picture)
    open_by = [
        weight * max(mouth_area(patch.points) - CLOSED_AREA / 2, 0) if patch.pixels.size else 0.0
        for weight, patch, _ in mouths
    ]
    if box.empty:
        return
    mask = polygon_mask(box, moved[MOUTH.contour, :2])
    alpha = np.float32(inside.share) * inner_half(mask, unit)
    if own_teeth is not None and inside.own_teeth > 0:
        alpha *= 1 - np.float32(inside.own_teeth) * own_teeth(box)
    alpha = alpha[..., None]
    if modelled < 1:
        below = box.cut(canvas.picture)[..., :3].astype(np.float32) / canvas.white
        colours = np.zeros_like(below)
        for amount, (_, patch, driver) in zip(open_by, mouths, strict=True):
            if amount > 0:
                colours += np.float32(amount / sum(open_by)) * _warped(patch, moved, box, unit, driver, portrait)
        if any(open_by):
            colours += membrane(below - colours, mask, MEMBRANE_REACH * unit)
        else:
            colours = _dark_inside(mask, unit, portrait)
        # The modelled mouth is laid over it; less of it is seen where lips are soft.
        beneath = alpha * np.float32(1 - modelled) / (1 - np.float32(modelled) * alpha)
        canvas.blend_mouth(box, np.clip(colours, 0, 1), beneath, sources)
    if model is not None and modelled > 0:
        drawn = model(box, mask)
        alpha = np.maximum(alpha, np.float32(inside.share) * drawn.beyond[..., None])
        canvas.blend_modelled_mouth(box, drawn.colours, np.float32(modelled) * alpha, drawn.teeth)


def own_teeth_matte(state: FrameState, box: Box) -> Float32Array:
    """Find the portrait's own teeth.

    Parameters
    ----------
    state : FrameState
    box : Box
        In the frame.

    Returns
    -------
    (h, w) float32 array
        Matte, 0..1.
    """
    plate = state.prepared.mouth
    return plate.teeth_in(box, state.pose.to_rest_at(plate.depth))


def _dark_inside(mask: UInt8Array, unit: float, portrait: Palette) -> Float32Array:
    """(h, w, 3) inside of a mouth of which nothing is known, 0..1: flesh of the portrait in the dark."""
    depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    light = DARK_INSIDE * (1 - DARK_RIM * np.exp(-depth / np.float32(MEMBRANE_REACH * unit)))
    return flesh_in_the_dark(np.asarray(light, np.float32), portrait)


def flesh_in_the_dark(light: Float32Array, portrait: Palette) -> Float32Array:
    """Colour the inside of a mouth of which nothing is known.

    Parameters
    ----------
    light : (...) float32 array
        As a share of the light on the lips.
    portrait : Palette

    Returns
    -------
    (..., 3) float32 array
        BGR as encoded, 0..1.
    """
    colour = light[..., None] * np.maximum(portrait.flesh, np.float32(portrait.dark))
    return linear_to_srgb_clipped(np.asarray(colour, np.float32))


def inner_half(mask: UInt8Array, unit: float) -> Float32Array:
    """Soften a mask of the inside of the mouth, without touching the lips.

    Parameters
    ----------
    mask : (h, w) uint8 array
        0..255.
    unit : float
        Outer-eye distance in pixels.

    Returns
    -------
    (h, w) float32 array
        0..1; the inner half of the blurred edge.
    """
    alpha = cv2.GaussianBlur(mask, (0, 0), max(LIP_SOFTNESS * unit, 0.5)).astype(np.float32) / 255
    return np.asarray(np.maximum(2 * alpha - 1, 0), np.float32)


def _warped(
    patch: MouthPatch, moved: Float32Array, box: Box, unit: float, driver: Palette, portrait: Palette
) -> Float32Array:
    """The driver's mouth between the portrait's lips, in the portrait's colours, 0..1."""
    pixels, points = patch.pixels, patch.points[:, :2] - patch.corner
    zoom = unit / outer_eye_distance(patch.points)
    if zoom < 1 / 1.5:  # a larger driver: its details must not alias
        before = pixels.shape[1], pixels.shape[0]
        after = scaled_size(before, zoom)
        pixels = np.asarray(cv2.resize(pixels, after, interpolation=cv2.INTER_AREA), np.uint8)
        points = scaled_points(points, before, after)
    step = max(1, round(unit / MOUTH_CELLS))
    field, _ = rasterize_box(box, step, MOUTH.strip, moved[:, :2], points)
    # Lanczos keeps the edges of teeth that a small driver shows in a few pixels.
    return remap(_in_portrait_colours(pixels, driver, portrait), field, cv2.INTER_LANCZOS4)


def _in_portrait_colours(encoded: UInt8Array, driver: Palette, portrait: Palette) -> Float32Array:
    """Structure of the driver's mouth in the portrait's white, flesh and dark, encoded 0..1.

    A pixel's colour is taken apart into a place between the driver's teeth and lips and a rest; the place is kept
    between the portrait's, the rest goes with the portrait's saturation. It is a factor a channel, not a difference:
    taken from the little blue that a yellowed painting has, a difference would turn teeth green. The more alike the
    colours of both faces are, the more the mouth stays as it is: a driver who is the portrait gets the same colours.
    """
    pixels = linear_of_bytes(encoded)
    linear, light = np.asarray(cv2.split(pixels), np.float32), luminance(pixels)  # channels first: faster in NumPy
    colour = linear / np.maximum(light, 1e-4)
    share = _share_of_flesh(colour, driver)
    tints = [cv2.GaussianBlur(one, (0, 0), 1.0) for one in _portrait_tints(colour, light, share, driver, portrait)]
    span = float(luminance(portrait.white)) - portrait.dark
    gain = min(
        span / max(float(luminance(driver.white)) - driver.dark, 1e-3),
        (portrait.brightest - portrait.dark) / max(driver.brightest - driver.dark, 1e-3),
    )
    # Red is black in old photographs. A face whose lips are lighter than the driver's says little about its tongue.
    flesh = min(max(_flesh_of_white(portrait) / _flesh_of_white(driver), LEAST_FLESH), 1.0)
    gains = gain * (1 + cv2.GaussianBlur(share, (0, 0), 1.0) * np.float32(flesh - 1))
    light = np.clip(portrait.dark + gains * (light - driver.dark), 0, None)
    alike = np.float32(likeness(driver, portrait))
    mixed = alike * linear + (1 - alike) * light * np.stack(tints)
    return np.asarray(cv2.merge([*linear_to_srgb_clipped(mixed)]), np.float32)


def _flesh_of_white(face: Palette) -> float:
    """Luminance of a face's lips against that of its white."""
    return max(float(luminance(face.flesh)), 1e-3) / max(float(luminance(face.white)), 1e-3)


def _share_of_flesh(colour: Float32Array, driver: Palette) -> Float32Array:
    """(h, w) place of each pixel's colour (3, h, w) between the driver's teeth, 0, and lips, 1."""
    white, flesh = tint(driver.teeth), tint(driver.flesh)
    axis = flesh - white
    along = ((colour - _each(white)) * _each(axis)).sum(axis=0) / max(float(axis @ axis), 1e-4)
    return np.asarray(np.clip(along, 0, 1), np.float32)


def _portrait_tints(
    colour: Float32Array, light: Float32Array, share: Float32Array, driver: Palette, portrait: Palette
) -> Float32Array:
    """(3, h, w) tint of each pixel of the driver's mouth, of a `colour` (3, h, w), in the portrait's colours."""
    white, flesh = tint(driver.teeth), tint(driver.flesh)
    new_white, new_flesh = tint(portrait.teeth), tint(portrait.flesh)
    rest = np.log(np.maximum(colour, 1e-2)) - np.log(np.maximum(_each(white) + share * _each(flesh - white), 1e-2))
    # Camera noise makes the colour of dark pixels a matter of chance.
    rest *= np.clip(light / max(0.25 * float(luminance(driver.white)), 1e-4), 0, 1)
    rest *= np.minimum(2 * share, 1)  # teeth have the portrait's white and no tinge of their own
    saturation = min(float(np.linalg.norm(new_flesh - 1)) / max(float(np.linalg.norm(flesh - 1)), 1e-4), 1.0)
    tints = _each(new_white) + share * _each(new_flesh - new_white)
    return np.asarray(tints * np.exp(np.float32(saturation) * rest), np.float32)


def _each(colour: Float32Array) -> Float32Array:
    """(3, 1, 1) a colour (3,), to be counted with pictures whose channels come first."""
    return colour[:, None, None]
