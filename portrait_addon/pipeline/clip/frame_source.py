"""The frames of a clip, checked, and kept in memory if they are few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from ..imaging.arrays import UInt8Array, as_frame


class FrameSource(Protocol):
    """A clip that can be read from its start as often as needed."""

    def __iter__(self) -> Iterator[tuple[float, UInt8Array]]:
        """Iterate over the frames.

        Yields
        ------
        seconds : float
            Time of the frame, increasing.
        frame : (h, w, 3) uint8 array
            BGR.
        """
        ...


KEPT_FRAMES = 250
KEPT_BYTES = 256 << 20
"""Largest number of frames, and bytes, of a clip that is kept in memory for its second reading; only memory and time
depend on them."""


def _checked(clip: FrameSource) -> Iterator[tuple[float, UInt8Array]]:
    """The frames of a clip, in BGR: of one size, one after the other in time."""
    before, shape = -np.inf, None
    for number, item in enumerate(clip, 1):
        if len(item) != 2:
            raise ValueError("a clip is a list of pairs, the seconds and the pixels of each frame; pair them first")
        seconds, frame = item[0], as_frame(item[1])
        if not before < seconds < np.inf:
            raise ValueError(f"the time of frame {number}, {seconds:g} s, does not come after the one before it")
        if frame.shape != (shape or frame.shape):
            raise ValueError(f"frame {number} has the shape {frame.shape}, not that of the first one, {shape}")
        before, shape = seconds, frame.shape
        yield seconds, frame


class Reread:
    """A clip that is read several times; a short one is decoded once and kept, a long one is decoded each time.

    Parameters
    ----------
    clip : FrameSource
    """

    def __init__(self, clip: FrameSource) -> None:
        self._clip = clip
        self._whole: list[tuple[float, UInt8Array]] = []

    def __iter__(self) -> Iterator[tuple[float, UInt8Array]]:
        if self._whole:
            yield from self._whole
            return
        kept, size = [], 0
        for count, (seconds, frame) in enumerate(_checked(self._clip), 1):
            size += frame.nbytes
            if count <= KEPT_FRAMES and size <= KEPT_BYTES:
                kept.append((seconds, frame))
            else:
                kept.clear()
            yield seconds, frame
        self._whole = kept
