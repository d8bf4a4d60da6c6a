"""A picture of real teeth, to be laid on the modelled arches.

It shows both rows from the front: the upper one in its upper half, the lower one in its lower half, the middle between
the front teeth in its middle, and the whole width of the arch in its width. What is transparent shows nothing. Of its
colours, only how light and how red they are is taken, so that teeth and gums keep the portrait's own. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from ..head.dentition import UPPER_ROW, Row, along_arch
from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.colour import linear_of_bytes, luminance

WIDTH = 2 * UPPER_ROW.half_width
"""Millimetres that the picture is wide, for teeth of the size 1."""

WHITE = 0.75
"""Quantile of the light of opaque pixels that is a tooth's."""

REDDEST = 0.03
"""Share of opaque pixels that are the reddest: gums, where the picture shows them."""

GUMS = 0.25
"""Logarithm of red over green, more than in teeth, from which on these are gums."""

BRIGHTEST = np.float32(1.35)
"""Most light of a place against that of a tooth: brighter are highlights, which lie elsewhere in another mouth."""

RIM = 0.03
"""Width over which the picture fades out at its rim, as a share of its width."""


@dataclass(frozen=True, eq=False)
class RealTeeth:
    """What places on a row of teeth look like in a picture, each (n,) float32, 0..1 but for `light`.

    Attributes
    ----------
    light : (n,) array
        Against that of a tooth, 0..`BRIGHTEST`.
    flesh : (n,) array
        How far it is gum.
    opacity : (n,) array
    beside : (n,) array
        How far the picture shows this part of the row, if not this place: the modelled crowns give way there.
    """

    light: Float32Array
    flesh: Float32Array
    opacity: Float32Array
    beside: Float32Array


@dataclass(frozen=True, eq=False)
class ToothPicture:
    """A picture of teeth, ready to be sampled.

    Attributes
    ----------
    layers : (4, h, w) float32 array
        Those of `RealTeeth`; light and flesh are multiplied by the opacity.
    millimetre : float
        In pixels, for teeth of the size 1.
    """

    layers: Float32Array = field(repr=False)
    millimetre: float

    @classmethod
    def of(cls, picture: UInt8Array, scale: float) -> ToothPicture:
        """Measure a picture.

        Parameters
        ----------
        picture : (h, w, 4) uint8 array
            BGRA, straight alpha; some of it is opaque.
        scale : float
            Pixels a millimetre in the portrait: the picture is shrunk if it is larger.

        Returns
        -------
        ToothPicture
        """
        shrink = min(2 * scale * WIDTH / picture.shape[1], 1.0)
        linear, alpha = (
            linear_of_bytes(np.ascontiguousarray(picture[..., :3])),
            picture[..., 3].astype(np.float32) / 255,
        )
        seen = alpha > 0.5 * alpha.max()
        light = luminance(linear)
        white = max(float(np.quantile(light[seen], WHITE)), 1e-3)
        red = np.log((linear[..., 2] + 1e-3) / (linear[..., 1] + 1e-3))
        of_teeth = float(np.median(red[seen & (light >= white)]))
        of_gums = max(float(np.quantile(red[seen], 1 - REDDEST)) - of_teeth, GUMS)
        layers = [np.minimum(light / white, BRIGHTEST), np.clip((red - of_teeth) / of_gums, 0, 1), np.ones_like(light)]
        alpha = alpha * _inside(alpha.shape)
        halves = np.array_split(alpha, [(len(alpha) + 1) // 2])
        beside = np.concatenate([np.broadcast_to(half.max(axis=0, initial=0), half.shape) for half in halves])
        size = tuple(max(round(side * shrink), 2) for side in alpha.shape[::-1])
        small = [
            cv2.resize(layer, size, interpolation=cv2.INTER_AREA)
            for layer in (*(layer * alpha for layer in layers), np.asarray(beside, np.float32))
        ]
        return cls(np.asarray(small, np.float32), size[0] / WIDTH)

    def on(self, row: Row, u: Float32Array, v: Float32Array, size: float) -> RealTeeth:
        """Sample the picture at places on a row of teeth.

        Parameters
        ----------
        row : Row
        u, v : (n,) float32 arrays
            Places on its sheet, in millimetres, see `crown_sheet`.
        size : float
            Factor on all teeth.

        Returns
        -------
        RealTeeth
        """
        across = along_arch(row, u / size)[0][:, 0]
        rows, columns = self.layers.shape[1:]
        # The sitter's left is on the viewer's right.
        x = (columns - 1) / 2 + self.millimetre * across
        y = (rows - 1) / 2 - row.up * self.millimetre * np.maximum(v, 0) / size
        light, flesh, opacity, beside = (
            map_coordinates(layer, [y, x], np.float32, order=1, mode=mode, cval=0.0)
            for layer, mode in zip(self.layers, ("constant",) * 3 + ("nearest",), strict=True)
        )
        whole = np.maximum(opacity, np.float32(1e-3))
        return RealTeeth(light / whole, flesh / whole, opacity * (v >= 0), beside)


def _inside(shape: tuple[int, ...]) -> Float32Array:
    """(h, w) 1 within a picture, fading out at its rim."""
    rim = max(RIM * shape[1], 1.0)
    y, x = ((np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5) / rim for side in shape)
    return np.asarray(np.clip(np.minimum(y[:, None], x), 0, 1), np.float32)
