"""Step 2: what lies behind a person, guessed: colours that flow in from around, with the grain of the background.

Colours are filled in by a pyramid [push-pull]. They are smooth, and would show as a flat patch in a photograph, a print
or a canvas. So they get the grain of a typical piece of the background: a texture whose frequencies are as strong as
there, and whose phases are left to chance [random phase].

Sources: [push-pull] S. J. Gortler et al., *The Lumigraph*, SIGGRAPH 1996; [random phase] B. Galerne, Y. Gousseau,
J.-M. Morel, *Random phase textures: theory and synthesis*, IEEE Transactions on Image Processing 20, 2011.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.box import Box
from ..imaging.colour import lightness
from ..imaging.compositing import strips
from ..imaging.scaling import size_within, upsample_region

FILLED_SIDE = 512
"""Longer side of the copy on which colours are filled in, in pixels: they are smooth."""

SEARCHED_SIDE = 256
"""Longer side of the copy on which a piece with nothing but grain is looked for: it shows no grain."""

CLEARANCE = 0.1
"""Distance from the person at which grain is looked for, in outer-eye distances: nearer, edges are out of focus."""

SAMPLE = 0.5
"""Side of the piece of the background whose grain is taken, in outer-eye distances."""

LARGEST_SAMPLE, SMALLEST_SAMPLE = 512, 24
"""Of that side, in pixels; where there is no room for the smallest, there is no grain."""

CALM = 0.2
"""Share of all pieces that are calmer than the one that is taken; the very calmest may be a painted frame."""

COARSEST = 0.08
"""Standard deviation of the blur that tells grain from what the background shows, in outer-eye distances."""

SPECK = 3.0
"""Standard deviations beyond which a value is an edge, a speck or a scratch, and no grain."""

NORMAL = 0.6745
"""Median of the absolute values of a normal distribution whose standard deviation is 1."""

STRONGEST = 2.5
"""Grain is as strong as around the place, but no more than so many times as strong as in its piece: that would not be
grain."""


@dataclass(frozen=True, eq=False)
class CleanPlateFill:
    """What lies behind a person.

    Attributes
    ----------
    colours : (y, x, c) array
        Smooth; a small copy of the whole picture.
    grain : (s, s, 3) array
        Is added to them; repeats itself without a seam.
    strength : (y, x) array
        By which grain is multiplied, in a small copy as well.
    brightest : float
        Value that no colour exceeds.
    """

    colours: Float32Array = field(repr=False)
    grain: Float32Array = field(repr=False)
    strength: Float32Array = field(repr=False)
    brightest: float

    @classmethod
    def behind(cls, picture: ImageArray, distance: Float32Array, unit: float, margin: float) -> CleanPlateFill:
        """Guess what lies behind a person.

        Parameters
        ----------
        picture : (h, w, c) array
            As worked on.
        distance : (y, x) array
            From the person, in outer-eye distances; may be smaller than the picture.
        unit : float
            Outer-eye distance in pixels of the picture.
        margin : float
            Distance from which on pixels are the background's.
        """
        away = _copy_within(distance, FILLED_SIDE)

        def filled_in(whole: ImageArray, known: Float32Array) -> Float32Array:
            small = cv2.resize(whole, known.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
            return _push_pull(small.reshape(*known.shape, -1) * known[..., None], known)

        colours = filled_in(picture, (away >= margin).astype(np.float32))
        strength = filled_in(_roughness(picture), (away >= CLEARANCE).astype(np.float32))[..., 0]
        sample = _sample(picture, distance, SAMPLE * unit)
        if sample is None:
            grain = np.zeros((1, 1, 3), np.float32)
        else:
            piece = sample.cut(picture)
            grain = _grain(piece[..., :3].astype(np.float32), max(COARSEST * unit, 1.0))
            strength = np.minimum(strength / max(float(_roughness(piece).mean()), 1e-6), STRONGEST)
        return cls(colours, grain, strength, 255 if picture.dtype == np.uint8 else np.inf)

    def part(self, part: Box, whole: Box) -> Float32Array:
        """(y, x, c) of a part of the picture."""
        layer, strength = upsample_region(self.colours, part, whole), upsample_region(self.strength, part, whole)
        side = len(self.grain)
        rows, columns = np.arange(part.top, part.bottom) % side, np.arange(part.left, part.right) % side
        layer[..., :3] += strength[..., None] * self.grain[rows[:, None], columns]
        # Premultiplied colours are no brighter than their alpha.
        return np.asarray(np.clip(layer, 0, layer[..., 3:] if layer.shape[2] == 4 else self.brightest), np.float32)


def _copy_within(values: Float32Array, side: int) -> Float32Array:
    """A copy of (h, w) values whose longer side is no longer than that."""
    size = size_within((values.shape[1], values.shape[0]), side)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _roughness(picture: ImageArray) -> Float32Array:
    """(h, w) by how much pixels differ from their neighbours."""
    height, width = picture.shape[:2]
    rough = np.empty((height, width), np.float32)
    for part in strips(Box(0, 0, width, height)):
        light = lightness(part.cut(picture))
        part.cut(rough)[:] = np.abs(light - cv2.blur(light, (3, 3)))
    return rough


def _push_pull(values: Float32Array, weight: Float32Array) -> Float32Array:
    """(h, w, c) colours of sums (h, w, c) with weights (h, w), 0..1; where that is small, those of a coarser copy."""
    own = values / np.maximum(weight, 1e-6)[..., None]
    if max(weight.shape) <= 2:
        return np.asarray(np.average(own.reshape(-1, own.shape[2]), axis=0, weights=weight.ravel() + 1e-9) + 0 * own)
    size = (weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2
    lighter = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    fewer = cv2.resize(values, size, interpolation=cv2.INTER_AREA).reshape(*lighter.shape, -1)
    # A coarser cell counts in full as soon as a quarter of it is known.
    gain = np.minimum(4, 1 / np.maximum(lighter, 1e-6)).astype(np.float32)
    coarse: Float32Array = _push_pull(fewer * gain[..., None], np.asarray(lighter * gain, np.float32))
    coarse = np.asarray(cv2.resize(coarse, weight.shape[::-1]), np.float32).reshape(own.shape)
    return np.asarray(coarse + weight[..., None] * (own - coarse), np.float32)


def _grain(sample: Float32Array, coarsest: float) -> Float32Array:
    """(s, s, 3) texture with the grain of a square (s, s, 3), without what is coarser than so many pixels."""
    grain = sample - cv2.GaussianBlur(sample, (0, 0), coarsest, borderType=cv2.BORDER_REFLECT)
    beyond = SPECK * float(np.median(np.abs(grain))) / NORMAL
    np.clip(grain, -beyond, beyond, out=grain)
    # Faded towards its sides, it has no edge where it repeats itself.
    side = len(grain)
    fade = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    frequencies = np.fft.rfft2(grain * (fade / np.sqrt((fade**2).mean()))[..., None], axes=(0, 1))
    chance = np.fft.rfft2(np.random.default_rng(0).standard_normal((side, side)))
    chance[0, 0] = 0  # grain makes nothing brighter
    turned = frequencies * (chance / np.maximum(np.abs(chance), 1e-9))[..., None]
    return np.asarray(np.fft.irfft2(turned, (side, side), axes=(0, 1)), np.float32)


def _sample(picture: ImageArray, distance: Float32Array, wanted: float) -> Box | None:
    """A square of the background, one of the calmest, of about so many pixels; None if there is no room for one."""
    away = _copy_within(distance, SEARCHED_SIDE)
    free = cv2.copyMakeBorder((away >= CLEARANCE).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    reach = cv2.distanceTransform(free, cv2.DIST_C, 3)[1:-1, 1:-1]
    scale = picture.shape[1] / away.shape[1]
    wanted = min(max(wanted, SMALLEST_SAMPLE + scale), LARGEST_SAMPLE)
    half = int(min(reach.max() - 1, np.ceil(wanted / 2 / scale)))
    side = int(2 * half * scale)
    if side < SMALLEST_SAMPLE:
        return None
    small = lightness(cast(ImageArray, cv2.resize(picture, away.shape[::-1], interpolation=cv2.INTER_AREA)))
    unrest = cv2.blur(np.abs(small - cv2.blur(small, (5, 5))), (2 * half + 1, 2 * half + 1))
    rows, columns = np.nonzero(reach > half)
    chosen = np.argsort(unrest[rows, columns], kind="stable")[int(CALM * len(rows))]
    left, top = int((columns[chosen] - half) * scale), int((rows[chosen] - half) * scale)
    return Box(left, top, left + side, top + side)
