"""The driver's mouth in one frame."""

from __future__ import annotations

from dataclasses import dataclass

from ..imaging.arrays import IntArray, Points, UInt8Array


@dataclass(frozen=True, eq=False)
class MouthPatch:
    """The driver's mouth in one frame.

    Attributes
    ----------
    pixels : (h, w, 3) uint8 array
        BGR; empty if the mouth is closed.
    corner : (2,) int array
        Pixel x, y of the clip at the upper left corner of the patch.
    points : (478, 3) array
        The driver's points in that frame, in pixels of the clip.
    """

    pixels: UInt8Array
    corner: IntArray
    points: Points
