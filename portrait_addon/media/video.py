"""Driving clips that are videos, read frame by frame with their time stamps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .clip import DEFAULT_RATE, Clip, file_digest
from .files import shown

MAX_FRAME_PIXELS = 1 << 26
MAX_RATE = 1000
OPEN_TIMEOUT_MS = READ_TIMEOUT_MS = 10_000

COUNTED_CONTAINERS = (b"ftyp", b"moov", b"mdat", b"wide", b"free")
"""First box of an MP4 or QuickTime file. These list every frame; other containers' counts are estimates."""


class VideoClip(Clip):
    """A video file, which OpenCV's FFmpeg reads.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        If it is not a video, its frames are too large, or the first one cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = [path]
        capture = self._open()
        try:
            width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
            if width * height > MAX_FRAME_PIXELS:
                raise InputError(f"{shown(path)}: frames of {width} x {height} pixels are too large. Scale them down.")
            rate = capture.get(cv2.CAP_PROP_FPS)
            self.rate = Fraction(rate).limit_denominator(1001) if 0 < rate <= MAX_RATE else DEFAULT_RATE
            count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
            self.frame_count_declared = int(count) if 0 < count < 1e9 else 0
            read, picture = capture.read()  # the only sure sign of a picture stream, and its size when upright
        finally:
            capture.release()
        if not read:
            raise InputError(f"{shown(path)}: holds no frame that can be read. Export the clip again as MP4.")
        self.size = picture.shape[1], picture.shape[0]

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield all frames.

        Yields
        ------
        seconds : float
            Time since the first frame. A time stamp that does not increase is replaced by that of the nominal rate.
        picture : (h, w, 3) uint8 array
            BGR, upright.

        Raises
        ------
        InputError
            If the file cannot be opened, or a frame has another size than the first.
        """
        capture = self._open()
        try:
            step = float(1 / self.rate)
            number, start, last = 1, 0.0, -step
            while True:
                read, frame = capture.read()
                if not read:
                    return
                picture = np.asarray(frame, np.uint8)
                self._check_frame(picture, number)
                stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                if number == 1:
                    start = stamp if math.isfinite(stamp) else 0.0
                seconds = stamp - start
                if not last < seconds < math.inf:
                    seconds = last + step
                yield seconds, picture
                number, last = number + 1, seconds
        finally:
            capture.release()

    def fingerprint(self) -> str:
        """Hash the file.

        Returns
        -------
        str
            Hexadecimal SHA-256.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        return file_digest(self.path)

    def shortfall(self, times: NDArray[np.float64]) -> str | None:
        """Tell whether fewer frames were read than the file promises; see `Clip.shortfall`.

        Parameters
        ----------
        times : (N,) float64 array
            Times of the frames that were read, in seconds.

        Returns
        -------
        str or None
            A sentence for the user; None if nothing is missing.
        """
        step = float(1 / self.rate)
        declared, read = self.frame_count_declared, len(times)
        breaks_off = declared * step - (float(times[-1]) + step) > max(2 * step, 0.1)
        if read >= declared or not (breaks_off or self._counts_its_frames()):
            return None
        gaps = np.flatnonzero(np.diff(times) > 1.5 * step) + 1
        places = ", ".join(str(number) for number in ([read] if breaks_off else gaps[:5]))
        where = f" after frame {places}" if places else ""
        return f"only {read} of its {declared} frames could be read; it may be damaged or trimmed{where}"

    def _counts_its_frames(self) -> bool:
        with self.path.open("rb") as file:
            return file.read(8)[4:] in COUNTED_CONTAINERS

    def _open(self) -> cv2.VideoCapture:
        timeouts = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS,
        ]  # fmt: skip
        # An absolute path cannot be taken for an address or a protocol.
        capture = cv2.VideoCapture(str(self.path.absolute()), cv2.CAP_FFMPEG, timeouts)
        if not capture.isOpened():
            raise InputError(
                f"{shown(self.path)}: is not a clip that can be read. "
                "Use a video such as MP4, MOV or WebM, or a folder of numbered pictures."
            )
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # off unless asked for, whatever OpenCV's manual says
        return capture
