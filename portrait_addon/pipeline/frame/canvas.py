"""The picture that a frame is painted on, and the passes that are recorded meanwhile.

Layers are painted back to front. "Over" is written here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import cv2
import numpy as np

from ..imaging.arrays import Field, Float32Array, ImageArray, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import CURVE, brighten, white_level
from ..imaging.compositing import composite_over, on_channels, strips
from ..imaging.sample_grid import SampleGrid
from ..portrait.texture import PortraitTexture
from .aov_writer import AovWriter


class Canvas:
    """A frame while it is painted.

    Parameters
    ----------
    picture : (h, w, c) array
        Premultiplied, uint8 or float32; painted on in place.
    passes : collection of str
        Names of `passes.PASSES` that are wanted.

    Attributes
    ----------
    picture : (h, w, c) array
    aovs : AovWriter, optional
        Records the passes; None if none is wanted.
    """

    def __init__(self, picture: ImageArray, passes: Collection[str] = ()) -> None:
        self.picture = picture
        self.aovs = AovWriter(passes, picture) if passes else None

    @property
    def white(self) -> np.float32:
        """Value of full white in `picture`."""
        return white_level(self.picture)

    def composite_over(self, box: Box, layer: ImageArray, alpha: UInt8Array) -> None:
        """Lay pixels over a box.

        Parameters
        ----------
        box : Box
            Within the picture.
        layer : (y, x, c) array
            Premultiplied, of the picture's type.
        alpha : (y, x) uint8 array
            0..255.
        """
        composite_over(self.picture, box, layer, alpha)

    def warp_and_composite(
        self,
        texture: PortraitTexture,
        grid: SampleGrid,
        samples: Field,
        alpha: UInt8Array,
        curve_gain: Float32Array | None = None,
    ) -> None:
        """Sample the portrait through a backward field and lay it over the picture.

        Parameters
        ----------
        texture : PortraitTexture
        grid : SampleGrid
            May reach beyond the picture.
        samples : (rows, columns, 2) float32 array
            Positions in the portrait at the grid's samples.
        alpha : (y, x) uint8 array
            0..255, of all pixels that the grid covers.
        curve_gain : (rows, columns, 3) float32 array, optional
            Gain on blue, green and red, see `brighten`.
        """
        positions = texture.sharp_positions(samples)
        for strip in strips(grid.box.within(self.picture)):
            opaque = np.flatnonzero(cv2.reduce(strip.of(alpha, grid.box), 0, cv2.REDUCE_MAX))
            if not len(opaque):
                continue
            part = replace(strip, left=strip.left + int(opaque[0]), right=strip.left + int(opaque[-1]) + 1)
            layer = texture.sample_sharp(grid.upsample(positions, part))
            over = part.of(alpha, grid.box)
            gain = None if curve_gain is None else grid.upsample(curve_gain, part)
            shaded = layer if gain is None else brighten(layer, gain)
            if self.aovs is not None:
                field, share = grid.upsample(samples, part), over.astype(np.float32) / 255
                light = None if gain is None else np.asarray(cv2.pow(gain, CURVE), np.float32)
                self.aovs.warped(part, field, share, layer, shaded, light, part.cut(self.picture))
            self.composite_over(part, shaded, over)

    def alpha_blend(self, box: Box, colours: Float32Array, alpha: Float32Array) -> None:
        """Blend colours that are not sampled from the portrait into a box.

        Parameters
        ----------
        box : Box
            Within the picture.
        colours : (y, x, c) float32 array
            In the picture's units.
        alpha : (y, x) float32 array
            0..1.
        """
        if self.aovs is not None:
            self.aovs.patched(box, colours, alpha)
        region = box.cut(self.picture)
        below = region.astype(np.float32)
        blended = below + on_channels(alpha, region.shape[2]) * (colours - below)
        region[:] = np.rint(blended) if region.dtype == np.uint8 else blended

    def blend_mouth(
        self, box: Box, inside: Float32Array, alpha: Float32Array, sources: tuple[float, float, float]
    ) -> None:
        """Blend the inside of the mouth into the colours of a box; an alpha channel stays.

        Parameters
        ----------
        box : Box
            Within the picture.
        inside : (y, x, 3) float32 array
            BGR as encoded, 0..1.
        alpha : (y, x, 1) float32 array
            0..1.
        sources : tuple of three float
            Share of the driver's mouth, of the picture's own, and of a modelled one in it.
        """
        if self.aovs is not None:
            self.aovs.mouthed(box, inside, alpha, sources)
        region = box.cut(self.picture)[..., :3]
        below = region.astype(np.float32) / self.white
        blended = self.white * (below + alpha * (inside - below))
        region[:] = np.rint(blended) if self.picture.dtype == np.uint8 else blended

    def blend_modelled_mouth(self, box: Box, inside: Float32Array, alpha: Float32Array, teeth: Float32Array) -> None:
        """Blend the inside of a modelled mouth into the colours of a box; an alpha channel stays.

        Parameters
        ----------
        box : Box
            Within the picture.
        inside : (y, x, 3) float32 array
            BGR as encoded, 0..1.
        alpha : (y, x, 1) float32 array
            0..1.
        teeth : (y, x) float32 array
            Matte of the teeth in it, 0..1.
        """
        self.blend_mouth(box, inside, alpha, (0.0, 0.0, 1.0))
        if self.aovs is not None:
            self.aovs.modelled(box, inside, alpha, teeth)
