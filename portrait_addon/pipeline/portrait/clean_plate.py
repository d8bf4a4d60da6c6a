"""Step 2: fill the clean plate behind a person with colours of the background and a texture with its grain.

A pyramid fills in the colours from the visible background [1]_. These colours are smooth and would look like a flat
patch in a photograph, a print or a canvas. So the grain of a typical piece of the background is added: a texture with
the Fourier amplitudes of that piece and random phases [2]_.

References
----------
.. [1] S. J. Gortler et al., "The Lumigraph" (push-pull interpolation), SIGGRAPH 1996.
.. [2] B. Galerne, Y. Gousseau, J.-M. Morel, "Random phase textures: theory and synthesis", IEEE Transactions on Image
   Processing 20, 2011.
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
from ..imaging.push_pull import push_pull
from ..imaging.robust import clip_specks
from ..imaging.scaling import size_within, upsample_region

FILLED_SIDE = 512
"""Longer side of the copy on which the colours are filled in, in pixels. A small copy suffices for smooth colours."""

SEARCHED_SIDE = 256
"""Longer side of the copy on which a piece with grain alone is searched, in pixels. Grain averages out at this size, so
that only other structure counts."""

CLEARANCE = 0.1
"""Least distance from the person at which grain is measured, in outer-eye distances. Nearer pixels may belong to edges
that are out of focus."""

SAMPLE = 0.5
"""Side of the square piece of the background whose grain is used, in outer-eye distances."""

LARGEST_SAMPLE, SMALLEST_SAMPLE = 512, 24
"""Limits of that side in pixels. The largest limits the time; if the smallest piece does not fit, no grain is added."""

CALM = 0.2
"""Quantile of the pieces, sorted by their structure, that is used. Pieces with the least structure may belong to a
painted frame."""

COARSEST = 0.08
"""Standard deviation of the blur that separates grain from the background's content, in outer-eye distances."""

SPECK = 3.0
"""Grain is clipped at this many of its standard deviations. Larger values are edges, specks or scratches."""

STRONGEST = 2.5
"""Largest factor on the grain of the piece. The factor follows the roughness of the background near the filled pixel;
stronger roughness is not grain."""


@dataclass(frozen=True, eq=False)
class CleanPlateFill:
    """Synthetic background behind a person, computed part by part.

    Attributes
    ----------
    colours : (y, x, c) float32 array
        Smooth colours, premultiplied, in a small copy of the whole picture.
    grain : (s, s, 3) float32 array
        Texture that is added to the colours; it tiles without a seam. Zeros if no grain was found.
    strength : (y, x) float32 array
        Factor on the grain, 0 or more, in a small copy of the whole picture.
    brightest : float
        Largest value of a colour without an alpha channel: 255 for uint8, else infinite.
    """

    colours: Float32Array = field(repr=False)
    grain: Float32Array = field(repr=False)
    strength: Float32Array = field(repr=False)
    brightest: float

    @classmethod
    def behind(cls, picture: ImageArray, distance: Float32Array, unit: float, margin: float) -> CleanPlateFill:
        """Estimate the background behind a person.

        Parameters
        ----------
        picture : (h, w, c) uint8 or float32 array
            The portrait's picture, premultiplied BGR or BGRA.
        distance : (y, x) float32 array
            Distance from the person in outer-eye distances, 0 on the person; may be smaller than the picture.
        unit : float
            Outer-eye distance in pixels of the picture.
        margin : float
            Distance in outer-eye distances from which on pixels belong to the background.

        Returns
        -------
        CleanPlateFill
            Colours and grain for the whole picture.
        """
        away = _copy_within(distance, FILLED_SIDE)

        def filled_in(whole: ImageArray, known: Float32Array) -> Float32Array:
            small = cv2.resize(whole, known.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
            return push_pull(small.reshape(*known.shape, -1) * known[..., None], known)

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
        """Compute the fill for a part of the picture.

        Parameters
        ----------
        part : Box
            Pixels wanted, within the picture.
        whole : Box
            All pixels of the picture; its corner is at (0, 0).

        Returns
        -------
        (y, x, c) float32 array
            Colours of the size of `part`, premultiplied, in the picture's units.
        """
        layer, strength = upsample_region(self.colours, part, whole), upsample_region(self.strength, part, whole)
        side = len(self.grain)
        rows, columns = np.arange(part.top, part.bottom) % side, np.arange(part.left, part.right) % side
        layer[..., :3] += strength[..., None] * self.grain[rows[:, None], columns]
        # A premultiplied colour cannot exceed its alpha.
        return np.asarray(np.clip(layer, 0, layer[..., 3:] if layer.shape[2] == 4 else self.brightest), np.float32)


def _copy_within(values: Float32Array, side: int) -> Float32Array:
    """Copy of (h, w) values, reduced so that its longer side has at most `side` pixels."""
    size = size_within((values.shape[1], values.shape[0]), side)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _roughness(picture: ImageArray) -> Float32Array:
    """(h, w) absolute difference of each pixel's lightness from the mean of its 3 by 3 neighbourhood."""
    height, width = picture.shape[:2]
    rough = np.empty((height, width), np.float32)
    for part in strips(Box(0, 0, width, height)):
        light = lightness(part.cut(picture))
        part.cut(rough)[:] = np.abs(light - cv2.blur(light, (3, 3)))
    return rough


def _grain(sample: Float32Array, coarsest: float) -> Float32Array:
    """(s, s, 3) texture with the grain of a square (s, s, 3); a blur of `coarsest` pixels removes coarser structure."""
    grain = sample - cv2.GaussianBlur(sample, (0, 0), coarsest, borderType=cv2.BORDER_REFLECT)
    grain = clip_specks(grain, SPECK)
    # The window fades the grain towards its sides, so that the tiled texture has no seam.
    side = len(grain)
    fade = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    frequencies = np.fft.rfft2(grain * (fade / np.sqrt((fade**2).mean()))[..., None], axes=(0, 1))
    noise = np.fft.rfft2(np.random.default_rng(0).standard_normal((side, side)))
    noise[0, 0] = 0  # grain has a mean of 0
    randomized = frequencies * (noise / np.maximum(np.abs(noise), 1e-9))[..., None]
    return np.asarray(np.fft.irfft2(randomized, (side, side), axes=(0, 1)), np.float32)


def _sample(picture: ImageArray, distance: Float32Array, wanted: float) -> Box | None:
    """Square of the background with little structure, about `wanted` pixels wide; None if no square fits."""
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
    structure = cv2.blur(np.abs(small - cv2.blur(small, (5, 5))), (2 * half + 1, 2 * half + 1))
    rows, columns = np.nonzero(reach > half)
    chosen = np.argsort(structure[rows, columns], kind="stable")[int(CALM * len(rows))]
    left, top = int((columns[chosen] - half) * scale), int((rows[chosen] - half) * scale)
    return Box(left, top, left + side, top + side)
