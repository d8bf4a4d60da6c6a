"""Driving clips that are animated WebP pictures, which FFmpeg does not decode."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .clip import DEFAULT_RATE, Clip, exact_rate
from .files import read_file, shown
from .headers import read_header

MAX_BYTES = 1 << 28
MAX_PIXELS = 1 << 26

ANIMATED = 2
"""Bit of the flags of the chunk ``VP8X`` [RFC 9649, section 2.7]."""

UNSAID_MS = 100
"""Length of a frame that lasts no time, as browsers show it."""


def is_animated_webp(start: bytes) -> bool:
    """Tell whether a file is an animated WebP picture.

    Parameters
    ----------
    start : bytes
        Its first 21 bytes or more.

    Returns
    -------
    bool
        False for a WebP picture that does not move, too.
    """
    return start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X" and len(start) > 20 and bool(start[20] & ANIMATED)


class AnimatedWebp(Clip):
    """An animated WebP picture, which Pillow reads, one frame after the other.

    Parameters
    ----------
    path : Path
        The file, of at most `MAX_BYTES`.

    Raises
    ------
    InputError
        If it is damaged or too large.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = [path]
        try:
            header = read_header(read_file(path, MAX_BYTES))
        except ValueError as error:
            raise self._damaged() from error
        if header.width * header.height > MAX_PIXELS:
            raise InputError(
                f"{shown(path)}: frames of {header.width} x {header.height} pixels are too large. Scale them down."
            )
        self.size = header.width, header.height
        with self._opened() as picture:
            self.frame_count_declared = picture.n_frames
            picture.load()
            milliseconds = picture.info.get("duration", 0)
            self.rate = exact_rate(1000 / milliseconds) if milliseconds else Fraction(1000, UNSAID_MS)
        if not 1 <= self.rate <= 1000:
            self.rate = DEFAULT_RATE

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield all frames.

        Yields
        ------
        seconds : float
            Time since the first frame.
        picture : (h, w, 3) uint8 array
            BGR; alpha is left out.

        Raises
        ------
        InputError
            If a frame is damaged.
        """
        seconds = 0.0
        with self._opened() as picture:
            for number in range(self.frame_count_declared):
                try:
                    picture.seek(number)
                    pixels = np.asarray(picture.convert("RGB"))
                except (OSError, ValueError, EOFError, RuntimeError) as error:
                    raise self._damaged() from error
                yield seconds, np.ascontiguousarray(pixels[..., ::-1])
                seconds += (picture.info.get("duration", 0) or UNSAID_MS) / 1000

    def _opened(self) -> Any:
        """The picture, opened by Pillow's reader of just this format."""
        try:
            from PIL.WebPImagePlugin import WebPImageFile
        except ImportError as error:
            raise InputError(f"{shown(self.path)}: Pillow, which reads it, does not load ({error}).") from error
        try:
            return WebPImageFile(io.BytesIO(read_file(self.path, MAX_BYTES)))
        except (OSError, ValueError, SyntaxError, RuntimeError) as error:
            raise self._damaged() from error

    def _damaged(self) -> InputError:
        return InputError(f"{shown(self.path)}: is a damaged WebP file. Save it again, or as MP4.")
