"""Step 3 without a driver's pixels: teeth, gums and tongue that are modelled, between the portrait's lips.

The upper teeth belong to the skull of the fitted head and the lower ones to its jaw, so lips cover and uncover them.
They are rasterized at the picture's size, lit as the face is, and have the portrait's own white and flesh.

After Z. Geng, C. Cao, S. Tulyakov, *Warp-guided GANs for single-photo facial animation*, SIGGRAPH Asia 2018, whose
network paints the inside of the mouth; this one is built. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..face.mesh import MOUTH
from ..face.openings import gaps
from ..head.dentition import (
    BEHIND_LIPS,
    LOWER_ROW,
    TONGUE_LENGTH,
    UPPER_ROW,
    Bite,
    Row,
    Sheet,
    along_arch,
    crown_sheet,
    tongue_sheet,
    tongue_tip,
)
from ..imaging.arrays import Float32Array, UInt8Array, length
from ..imaging.box import Box
from ..imaging.colour import linear_to_srgb_clipped, luminance, tint
from ..imaging.easing import smoothstep
from ..imaging.raster import affine_field, affine_maps, affine_places, rasterize_triangle_ids, remap
from ..imaging.sample_grid import SampleGrid
from ..portrait.mouth_model import JAW_POINTS
from ..portrait.tooth_picture import RealTeeth
from .crowns import ToothShape, crowns
from .state import FrameState

FINE = 140.0
"""Outer-eye distance in pixels below which the mouth is drawn at twice its size and shrunk."""

LIP_SHADOW, LIP_REACH = 0.55, 0.034
"""Share of the light that lips take from what is beside them, and the standard deviation of that shade in outer-eye
distances."""

FROM_ABOVE = 0.018
"""The shade of the lips lies lower by so much: light comes from above. In outer-eye distances."""

DEEPER = 20.0
"""Depth behind the front teeth at which light has fallen to 1/e, in millimetres."""

TONGUE_DEEPER = 1.3
"""The same of the tongue, against that: it faces up, and is lit further in."""

OPEN_AT, SHUT_LIGHT = 0.16, 0.72
"""Gap of the lips, in outer-eye distances, at which all light that can comes in, and light in a mouth that is hardly
open, against that."""

TONGUE_OPEN_AT, TONGUE_SHUT_LIGHT = 0.35, 0.2
"""The same for the tongue, which lies deeper."""

TEETH, GUM, TONGUE, BETWEEN, CAVITY = (np.float32(light) for light in (1.35, 0.9, 1.0, 0.22, 0.05))
"""Albedo of teeth against the portrait's white, and of gum, tongue, what is between teeth and what is behind them
against its lips."""

LOWER_LIGHT = np.float32(0.78)
"""Light on the lower row against the upper one."""

DARKEST = 0.35
"""Light in the depth of the mouth, as a share of the darkest part of the eyes."""

YELLOWED, WHITENED = 0.3, 0.25
"""Tinge and loss of light of teeth that are not white at all, and gain of light of the whitest."""

HIGHLIGHT, ON_TONGUE, SHARPNESS = np.float32(0.16), np.float32(0.3), 48
"""Strength of the highlights on wet teeth, that on the tongue against it, and their exponent."""

LEAST_LIGHT = np.float32(0.15)
"""Least light on a surface, against one that faces the viewer."""

COMING_OUT = 3.0
"""Millimetres before the lips meet over which a tongue that comes out begins to be seen before the lower lip."""

Where = tuple[NDArray[Any], NDArray[Any]]
"""Rows and columns of pixels."""


@dataclass(frozen=True, eq=False)
class ModelledInside:
    """The inside of a modelled mouth.

    Attributes
    ----------
    colours : (h, w, 3) float32 array
        BGR as encoded, 0..1.
    teeth : (h, w) float32 array
        Matte of the crowns, 0..1.
    beyond : (h, w) float32 array
        Opacity of a tongue that is put out over the lower lip, 0..1.
    """

    colours: Float32Array = field(repr=False)
    teeth: Float32Array = field(repr=False)
    beyond: Float32Array = field(repr=False)


def draw(box: Box, mask: UInt8Array, state: FrameState) -> ModelledInside:
    """Draw the inside of a modelled mouth.

    Parameters
    ----------
    box : Box
        Surroundings of the mouth, within the picture.
    mask : (h, w) uint8 array
        Of what is between the lips, 0..255.
    state : FrameState

    Returns
    -------
    ModelledInside
    """
    drawing = _Drawing(box, mask, state)
    over_teeth = drawing.tip > -BEHIND_LIPS
    first, second = drawing.tongue, drawing.lower_row
    for part in (second, first) if over_teeth else (first, second):
        part()
    drawing.row(UPPER_ROW)
    return drawing.finished()


class _Drawing:
    """The inside of a mouth while it is drawn, far to near, in linear light."""

    def __init__(self, box: Box, mask: UInt8Array, state: FrameState) -> None:
        pose, settings = state.pose, state.settings
        self.box, self.pose, self.settings, self.model = box, pose, settings, state.prepared.mouth_model
        self.look = self.model.look
        self.palette = state.prepared.portrait.palette
        self.flesh = np.maximum(self.palette.flesh, np.float32(self.palette.dark))
        self.zoom = 2 if pose.unit < FINE else 1
        self.pixel = 1 / (self.model.scale * pose.head.scale * self.zoom)
        self.bite = Bite(settings.tooth_size, settings.overbite, settings.teeth_out)
        self.shape = ToothShape(settings.tooth_size, settings.tooth_gap, settings.tooth_wear)
        chin = list(JAW_POINTS)
        self.jaw = self.model.jaw_after((pose.head.inverse(pose.moved[chin]) - pose.rest[chin])[:, :2])
        # The light stays where it is while the head turns; normals are those of the head.
        turn = pose.head.rotation @ self.model.fit.pose.rotation
        self.light = np.asarray(self.look.light.direction @ turn, np.float32)
        gap = float(gaps(pose.moved, MOUTH).max()) / pose.unit
        self.tongue_light = _light_through(gap, TONGUE_OPEN_AT, TONGUE_SHUT_LIGHT)
        self.softness = self.look.softness * pose.head.scale
        side = 2 * round(2 * self.softness) + 1  # what is behind the lips' rims is blurred into what is seen
        seen = cv2.dilate(mask, np.ones((side, side), np.uint8))
        shade = _lip_shade(mask, pose.unit) * _light_through(gap, OPEN_AT, SHUT_LIGHT)
        self.size = self.zoom * mask.shape[1], self.zoom * mask.shape[0]
        self.shade = np.asarray(cv2.resize(shade, self.size, interpolation=cv2.INTER_LINEAR), np.float32)
        self.wanted = cv2.resize(seen, self.size, interpolation=cv2.INTER_NEAREST) > 0
        self.picture = np.asarray(CAVITY * self.shade[..., None] * self.flesh, np.float32)
        self.teeth, self.beyond = np.zeros((2, *self.shade.shape), np.float32)
        self.tongue_out = state.inside.tongue_out
        self.tip = tongue_tip(self.bite, self.tongue_out)
        if self.tongue_out > 0:
            self.wanted[:] = True

    def lower_row(self) -> None:
        """Draw the lower teeth."""
        self.row(LOWER_ROW)

    def row(self, row: Row) -> None:
        """Draw a row of teeth with its gum."""
        places, where = self._seen(crown_sheet(row, self.bite, self.model.meeting), moves=row is LOWER_ROW)
        if not len(places):
            return
        u, v = places.T
        look = crowns(row, u, v, self.pixel, self.shape)
        outwards, depth = _outwards(row, u)
        normals = _turned(outwards, look.turn, look.tip)
        light = look.light * self._lit(normals) * np.exp(-depth / np.float32(DEEPER)) * self.shade[where]
        if row is LOWER_ROW:
            light *= LOWER_LIGHT
        real = None if self.model.teeth is None else self.model.teeth.on(row, u, v, self.bite.size)
        modelled = look.teeth if real is None else look.teeth * (1 - real.beside)
        crown = (modelled * (1 - look.gum))[:, None]
        flesh = light[:, None] * self.flesh * (BETWEEN + look.gum[:, None] * (GUM - BETWEEN))
        colours = flesh + crown * (light[:, None] * self._enamel(look.warm) - flesh)
        colours += (self._highlight(normals) * self.shade[where])[:, None] * crown * self.look.ivory
        # Beyond the edges of the crowns there is nothing; between them, it is dark.
        body = np.clip((v - 0.8) / 0.8, 0, 1)
        opacity = np.maximum(np.maximum(modelled, look.gum), body)
        self._lay(where, colours, opacity)
        self.teeth[where] += opacity * (crown[:, 0] - self.teeth[where])
        if real is not None:
            # Its own shade stands in the picture; the arch turns away from the light, and lies in the lips' shade.
            even = self._lit(outwards) * np.exp(-depth / np.float32(DEEPER)) * self.shade[where]
            self._lay_picture(where, real, even * (LOWER_LIGHT if row is LOWER_ROW else 1))

    def _lay_picture(self, where: Where, real: RealTeeth, light: Float32Array) -> None:
        """Lay real teeth over the drawing, in the portrait's colours."""
        lit, gum = (light * real.light)[:, None], real.flesh[:, None]
        enamel = self._enamel(np.zeros_like(real.flesh))
        self._lay(where, lit * (enamel + gum * (GUM * self.flesh - enamel)), real.opacity)
        self.teeth[where] += real.opacity * (1 - real.flesh - self.teeth[where])

    def tongue(self) -> None:
        """Draw the tongue."""
        places, where = self._seen(
            tongue_sheet(self.bite, self.model.meeting, 0.0, self.settings.tongue_up), moves=True
        )
        if not len(places):
            return
        across, along = places[:, 0], np.clip(places[:, 1], 0, 1)  # pixels at its rim lie a little beyond it
        steep = np.sign(across) * np.abs(across) ** 1.7
        ahead = np.maximum(along**4, np.float32(0.7 * self.tongue_out))  # what comes out faces the viewer
        normals = np.stack([0.9 * steep, 0.9 - 0.5 * along**6, 0.35 + 0.65 * ahead], axis=-1)
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        fall = np.exp(-TONGUE_LENGTH * (1 - along) / np.float32(TONGUE_DEEPER * DEEPER))
        shade = self.shade[where]
        if self.tongue_out > 0:  # its tip comes out into the light
            shade = shade + np.float32(self.tongue_out) * smoothstep((along - np.float32(0.5)) / np.float32(0.4)) * (
                1 - shade
            )
        light = self._lit(normals) * fall * shade * (1 - 0.35 * np.abs(across) ** 3)
        light *= 1 - 0.3 * np.exp(-((across / 0.1) ** 2)) * (1 - along)  # the groove in its middle
        light *= 1 + 0.05 * np.sin(across * 37 + 3 * np.sin(along * 31)) * np.sin(along * 43 + across * 5)
        through = self.tongue_light + np.float32(self.tongue_out) * (1 - self.tongue_light)
        colours = TONGUE * through * light[:, None] * self.flesh
        colours += ON_TONGUE * (self._highlight(normals) * shade * fall)[:, None] * self.palette.white
        edge = np.clip((1 - np.abs(across)) / 0.15, 0, 1) * np.clip(along / 0.3, 0, 1)
        self._lay(where, colours, edge)
        if self.tongue_out > 0:
            self.teeth[where] *= 1 - edge
            come_out = np.clip(1 + self.tip / COMING_OUT, 0, 1)
            self.beyond[where] = edge * np.clip((along - 0.4) / 0.1, 0, 1) * np.float32(come_out)

    def finished(self) -> ModelledInside:
        """Shrink the drawing to the picture, encode it, and give it the picture's blur and grain."""
        pose = self.pose
        size = self.box.right - self.box.left, self.box.bottom - self.box.top
        shrunk = [
            cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in (self.picture, self.teeth, self.beyond)
        ]
        linear, teeth, beyond = (
            np.asarray(cv2.GaussianBlur(layer, (0, 0), self.softness), np.float32) for layer in shrunk
        )
        dark = np.float32(DARKEST * self.palette.dark) * tint(self.flesh)
        colours = linear_to_srgb_clipped(dark + (1 - dark) * linear)
        # Grain stays with the skull, or it would crawl over the teeth.
        to_rest = pose.to_rest_at(float(pose.rest[MOUTH.contour, 2].mean()))
        places = affine_field(SampleGrid.of_pixels(self.box), to_rest)
        grain = remap(self.look.grain, places, cv2.INTER_LINEAR, cv2.BORDER_REFLECT)
        return ModelledInside(np.asarray(np.clip(colours * grain, 0, 1), np.float32), teeth, beyond)

    def _seen(self, sheet: Sheet, moves: bool) -> tuple[Float32Array, Where]:
        """Places (n, 2) of a sheet at the pixels that show it, and these pixels; those of the jaw move."""
        moved = self.pose.head(self.model.placed(self.jaw(sheet.points) if moves else sheet.points))
        seen = (moved[:, :2] - (self.box.left, self.box.top) + 0.5) * self.zoom - 0.5
        a, b, c = (moved[sheet.triangles[:, corner]] for corner in range(3))
        (ux, uy), (vx, vy) = (b - a)[:, :2].T, (c - a)[:, :2].T
        facing = ux * vy - uy * vx
        front = facing * np.median(facing) > 0
        triangles = sheet.triangles[front][np.argsort(-(a + b + c)[front, 2], kind="stable")]
        ids = rasterize_triangle_ids(SampleGrid(0, 0, 1, *self.size), triangles, seen)
        rows, columns = np.nonzero((ids >= 0) & self.wanted)
        maps = affine_maps(seen[triangles], sheet.places[triangles])
        return affine_places(rows, columns, ids[rows, columns].astype(np.intp), maps), (rows, columns)

    def _enamel(self, warm: Float32Array) -> Float32Array:
        """(n, 3) colour of crowns in full light, by how far it goes towards that of flesh (n,)."""
        ivory, whiteness = self.look.ivory, self.settings.tooth_whiteness
        yellow, white = max(1 - whiteness, 0.0), max(whiteness - 1, 0.0)
        warm = warm / np.float32(1 + white) + np.float32(YELLOWED * yellow)
        warmest = np.float32(luminance(ivory)) * tint(self.flesh)
        # No teeth are brighter than the face allows.
        albedo = min(TEETH, np.float32(self.palette.brightest / max(float(luminance(ivory)), 1e-3)))
        albedo *= np.float32(1 + WHITENED * white - YELLOWED * yellow)
        return np.asarray(albedo * (ivory + warm[:, None] * (warmest - ivory)), np.float32)

    def _lit(self, normals: Float32Array) -> Float32Array:
        """(n,) light on surfaces, of normals (n, 3) in the axes of the head."""
        return np.maximum(np.float32(self.look.light.ambient) + normals @ self.light, LEAST_LIGHT)

    def _highlight(self, normals: Float32Array) -> Float32Array:
        """(n,) highlights on surfaces, of normals (n, 3) in the axes of the head."""
        half = self.light / np.float32(max(length(self.light), 1e-6)) + np.array([0.0, 0.35, 1.0], np.float32)
        cosine = np.clip(normals @ (half / np.float32(length(half))), 0, 1)
        return np.asarray(HIGHLIGHT * cosine**SHARPNESS, np.float32)

    def _lay(self, where: Where, colours: Float32Array, opacity: Float32Array) -> None:
        """Lay colours (n, 3) over the drawing."""
        below = self.picture[where]
        self.picture[where] = below + opacity[:, None] * (colours - below)


def _lip_shade(mask: UInt8Array, unit: float) -> Float32Array:
    """(h, w) light that lips leave, 0..1."""
    lips = cv2.GaussianBlur(255 - mask, (0, 0), LIP_REACH * unit, borderType=cv2.BORDER_REPLICATE)
    shift = np.array([[1, 0, 0], [0, 1, FROM_ABOVE * unit]])
    lips = cv2.warpAffine(lips, shift, (mask.shape[1], mask.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(1 - LIP_SHADOW * lips.astype(np.float32) / 255, np.float32)


def _light_through(gap: float, open_at: float, shut: float) -> np.float32:
    """Light that comes in between lips, by their gap in outer-eye distances."""
    return np.float32(shut + (1 - shut) * smoothstep(gap / open_at))


def _outwards(row: Row, u: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Normals (n, 3) of an arch, and how deep it lies behind its front (n,), in millimetres."""
    first, step, look_up, differences = _arch_table(row)
    position = np.clip((u - first) / step, 0, len(look_up) - 1.001)
    before = position.astype(np.intp)
    found = look_up[before] + (position - before)[:, None] * differences[before]
    return found[:, :3], found[:, 3]


@cache
def _arch_table(row: Row) -> tuple[np.float32, np.float32, Float32Array, Float32Array]:
    """First place along an arch, the step between places, what `_outwards` finds there, and how that changes."""
    table = np.linspace(-1.6 * row.length, 1.6 * row.length, 256)
    places, normals = along_arch(row, table)
    columns = normals[:, 0], np.zeros(len(table)), normals[:, 1], -places[:, 1]
    look_up = np.column_stack(columns).astype(np.float32)
    return np.float32(table[0]), np.float32(table[1] - table[0]), look_up, np.diff(look_up, axis=0)


def _turned(normals: Float32Array, turn: Float32Array, tip: Float32Array) -> Float32Array:
    """Turn normals (n, 3) to the sitter's left and up, by radians (n,)."""
    sine, cosine = np.sin(turn), np.cos(turn)
    x, z = cosine * normals[:, 0] + sine * normals[:, 2], cosine * normals[:, 2] - sine * normals[:, 0]
    return np.stack([np.cos(tip) * x, np.sin(tip), np.cos(tip) * z], axis=-1)
