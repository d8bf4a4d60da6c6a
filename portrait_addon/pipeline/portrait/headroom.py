"""Step 4: how much lighter each place of a portrait's face may become.

A smile or raised brows put light on a driver's skin. The same factor on a portrait whose skin is all but white already
would glare. So light approaches the brightest skin that the portrait shows, and does not exceed it. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..imaging.arrays import Field, Float32Array
from ..imaging.box import Box
from ..imaging.colour import linear_of_bytes, luminance, to_8bit
from ..imaging.compositing import on_channels
from ..imaging.raster import remap
from ..records.portrait import Portrait
from .shade_colour import GRAIN

CELLS = 100
"""Pixels an outer-eye distance of the copy on which it is measured; skin is smooth."""

LEAST = 0.02
"""Least headroom, as a logarithm: skin that is the brightest keeps a trace of a lit crease."""

_BLACK = 1e-3
"""Least luminance, so that the headroom of black is finite."""


@dataclass(frozen=True, eq=False)
class Headroom:
    """Logarithm of the largest factor on the light of each place of a face.

    Attributes
    ----------
    box : Box
        The part of the portrait that is covered, in pixels; may be empty.
    logs : (y, x) float32 array
        Natural logarithms, above 0, on a small copy of that part.
    """

    box: Box
    logs: Float32Array = field(repr=False)

    @classmethod
    def of(cls, portrait: Portrait) -> Headroom:
        """Measure the headroom of a portrait.

        Parameters
        ----------
        portrait : Portrait

        Returns
        -------
        Headroom
        """
        box = Box.around(portrait.points[:, :2], 0).within(portrait.picture)
        if box.empty:
            return cls(box, np.full((1, 1), LEAST, np.float32))
        part = to_8bit(box.cut(portrait.picture))[..., :3]
        zoom = min(CELLS / portrait.unit, 1.0)
        size = [max(round(zoom * side), 1) for side in part.shape[1::-1]]
        light = luminance(linear_of_bytes(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)))
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), max(GRAIN * zoom * portrait.unit, 0.5)), np.float32)
        logs = np.log(max(portrait.palette.brightest, _BLACK) / np.maximum(light, np.float32(_BLACK)))
        return cls(box, np.maximum(logs, np.float32(LEAST)).astype(np.float32))

    def limited(self, log_gain: Float32Array, samples: Field) -> Float32Array:
        """Let gains on light approach the headroom; shade stays as it is.

        Parameters
        ----------
        log_gain : (rows, columns, 3) float32 array
            Natural logarithms of factors on linear light.
        samples : (rows, columns, 2) float32 array
            Their positions in the portrait, in pixels.

        Returns
        -------
        (rows, columns, 3) float32 array
        """
        corner = np.array([self.box.left, self.box.top], np.float32)
        size = np.array([self.box.right - self.box.left, self.box.bottom - self.box.top], np.float32)
        scale = np.array(self.logs.shape[::-1], np.float32) / np.maximum(size, 1)
        positions = np.asarray((samples - corner + 0.5) * scale - 0.5, np.float32)
        room = remap(self.logs, positions, cv2.INTER_LINEAR)
        limited = log_gain.copy()
        lit = log_gain > 0
        room = on_channels(room, log_gain.shape[2])[lit]
        limited[lit] = room * np.tanh(log_gain[lit] / room)
        return limited
