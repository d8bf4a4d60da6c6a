"""Driving clips that are videos, read frame by frame with their time stamps.

Whatever a video holds, its frames come out alike: upright, square pixels, one size, progressive, in ordinary colours.
Their numbers and colours are those that Blender shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .clip import DEFAULT_RATE, Clip
from .files import shown
from .hdr import HLG, NAMES, PQ, tone_mapped
from .libav import THREADS, decoded, import_av, opened

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_FRAME_PIXELS = 1 << 26
MAX_FRAMES = 1_000_000
MAX_RATE = 1000

SQUEEZED_MOST = 4
"""Largest ratio of a pixel's sides that is believed."""

FULL_RANGE, BT_709 = 2, 1
"""Codes of a colour range and of primaries, as FFmpeg counts them."""


class VideoClip(Clip):
    """A video file, which FFmpeg reads.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    start : float
        Time stamp of the first frame in the file, in seconds.

    Raises
    ------
    InputError
        If it is not a video, its frames are too large or too many, or the first one cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = [path]
        with self._opened() as (container, stream):
            rate = stream.guessed_rate or Fraction(0)
            self.rate = rate.limit_denominator(1001) if 0 < rate <= MAX_RATE else DEFAULT_RATE
            self._lists_frames = container.format.name.startswith("mov") and stream.frames > 0
            self.frame_count_declared = self._declared_count(container, stream)
            frame = next(decoded(container, stream), None)  # the only sure sign of a picture stream
            if frame is None:
                raise InputError(f"{shown(path)}: holds no frame that can be read. Export the clip again as MP4.")
            picture = _Converter(stream)(frame)
            self.size = picture.shape[1], picture.shape[0]
            self.conversions = _conversions(frame)
            self.start = frame.time or 0.0
            self.sound_delay = _sound_delay(container, self.start)

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield all frames.

        Yields
        ------
        seconds : float
            Time since the first frame. A time stamp that does not increase is replaced by that of the nominal rate.
        picture : (h, w, 3) uint8 array
            BGR, upright, of the first frame's size.

        Raises
        ------
        InputError
            If the file cannot be opened.
        """
        step = float(1 / self.rate)
        start, last = 0.0, -step
        with self._opened() as (container, stream):
            convert = _Converter(stream)
            for number, frame in enumerate(_progressive(decoded(container, stream)), 1):
                stamp = math.nan if frame.time is None else frame.time
                if number == 1:
                    start = stamp if math.isfinite(stamp) else 0.0
                seconds = stamp - start
                if not last < seconds < math.inf:
                    seconds = last + step
                yield seconds, convert(frame)
                last = seconds

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
        if read >= declared or not (breaks_off or self._lists_frames):
            return None
        gaps = np.flatnonzero(np.diff(times) > 1.5 * step) + 1
        places = ", ".join(str(number) for number in ([read] if breaks_off else gaps[:5]))
        where = f" after frame {places}" if places else ""
        return f"only {read} of its {declared} frames could be read; it may be damaged or trimmed{where}"

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        """Open the file and choose its first picture stream, as Blender does; refuse what is too large."""
        with opened(self.path, MAX_FRAME_PIXELS) as container:
            cover = import_av().stream.Disposition.attached_pic
            streams = [stream for stream in container.streams.video if not stream.disposition & cover]
            if not streams:
                raise InputError(f"{shown(self.path)}: holds no pictures, only sound or text. Choose a video.")
            stream = streams[0]
            if stream.codec_context is None:
                raise InputError(
                    f"{shown(self.path)}: its kind of video cannot be decoded here. Export it as H.264 in MP4."
                )
            width, height = stream.codec_context.width, stream.codec_context.height
            if width * height > MAX_FRAME_PIXELS:
                raise InputError(
                    f"{shown(self.path)}: frames of {width} x {height} pixels are too large. Scale them down."
                )
            if stream.frames > MAX_FRAMES:
                raise InputError(
                    f"{shown(self.path)}: {stream.frames} frames are too many. Cut the clip to what you need."
                )
            yield container, stream

    def _declared_count(self, container: InputContainer, stream: VideoStream) -> int:
        """Count the frames that the file says it shows; 0 if it does not say."""
        if self._lists_frames:  # without those that an edit list cuts off
            return sum(not entry.is_discard for entry in stream.index_entries) or stream.frames
        if stream.frames:
            return stream.frames
        seconds = _declared_seconds(container, stream)
        count = round(seconds * self.rate)
        return count if 0 < count <= MAX_FRAMES else 0


def _declared_seconds(container: InputContainer, stream: VideoStream) -> Fraction:
    """How long the pictures last, by the file; 0 where it does not say."""
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    start = (stream.start_time or 0) * (stream.time_base or 0)
    end = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d{1,9})?)", stream.metadata.get("DURATION", ""))  # of Matroska
    if end:
        return 3600 * int(end[1]) + 60 * int(end[2]) + Fraction(end[3]) - start
    return Fraction(container.duration or 0, 1_000_000) if len(container.streams) == 1 else Fraction(0)


class _Converter:
    """Makes upright BGR pictures of one size, that of the first, of decoded frames."""

    def __init__(self, stream: VideoStream) -> None:
        from av.video.reformatter import Interpolation, VideoReformatter

        self._context = stream.codec_context
        self._ratio = stream.sample_aspect_ratio
        self._reformatter = VideoReformatter()
        # Colours half as dense as the picture are repeated, not blended: as Blender does it, and the fastest way.
        self._plain, self._scaling = Interpolation.POINT, Interpolation.BICUBIC
        self._coded = self._size = (0, 0)

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        coded = frame.width, frame.height
        if not any(self._coded):
            self._coded, self._size = coded, _squared(*coded, self._ratio)
        if coded == self._coded:
            return _upright(self._converted(frame, *self._size), frame)
        width, height = _squared(*coded, self._context.sample_aspect_ratio)
        scale = min(self._size[0] / width, self._size[1] / height)
        picture = self._converted(frame, max(1, round(scale * width)), max(1, round(scale * height)))
        return _upright(_bordered(picture, self._size), frame)

    def _converted(self, frame: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        how = {
            "width": width,
            "height": height,
            "interpolation": self._plain if (width, height) == (frame.width, frame.height) else self._scaling,
            "dst_color_range": FULL_RANGE,
            "threads": 1,
        }
        if frame.color_trc in (PQ, HLG):
            codes = self._reformatter.reformat(frame, format="rgb48le", **how).to_ndarray()
            return tone_mapped(np.asarray(codes, np.uint16), frame.color_trc)
        return np.asarray(self._reformatter.reformat(frame, format="bgr24", **how).to_ndarray())


def _squared(width: int, height: int, ratio: Fraction | None) -> tuple[int, int]:
    """Size of a frame with square pixels; no side becomes shorter."""
    if not ratio or not 1 / SQUEEZED_MOST <= ratio <= SQUEEZED_MOST:
        return width, height
    wide = (round(width * ratio), height) if ratio > 1 else (width, round(height / ratio))
    return wide if wide[0] * wide[1] <= MAX_FRAME_PIXELS else (width, height)


def _bordered(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Put a picture into the middle of a black one."""
    height, width = picture.shape[:2]
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    right, bottom = size[0] - width - left, size[1] - height - top
    return np.asarray(cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT), np.uint8)


def _upright(picture: NDArray[np.uint8], frame: VideoFrame) -> NDArray[np.uint8]:
    """Turn and mirror a picture as its display matrix says: x' = a x + c y, y' = b x + d y."""
    data: Any = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return picture
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32, 5).tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        picture, across, down = picture.transpose(1, 0, 2), c, b
    else:
        across, down = a, d
    return np.ascontiguousarray(picture[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1])


def _progressive(frames: Iterator[VideoFrame]) -> Generator[VideoFrame, None, None]:
    """Make frames whole that weave two moments into one picture: each keeps that of its first field."""
    graph: _Deinterlacer | None = None
    for frame in frames:
        if graph is not None and not graph.fits(frame):
            yield from graph.rest()
            graph = None
        if graph is None and frame.interlaced_frame:
            graph = _Deinterlacer(frame)
        if graph is None:
            yield frame
        else:
            yield from graph.given(frame)
    if graph is not None:
        yield from graph.rest()


class _Deinterlacer:
    """FFmpeg's bwdif filter for frames of one kind: one frame out for each that goes in."""

    def __init__(self, frame: VideoFrame) -> None:
        av = import_av()
        self._av = av
        self._kind = self._kind_of(frame)
        self._graph = av.filter.Graph()
        self._graph.threads = THREADS
        source = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        bwdif = self._graph.add("bwdif", "mode=send_frame:deint=interlaced")
        self._graph.link_nodes(source, bwdif, self._graph.add("buffersink")).configure()

    def fits(self, frame: VideoFrame) -> bool:
        return self._kind_of(frame) == self._kind

    def given(self, frame: VideoFrame) -> Generator[VideoFrame, None, None]:
        self._graph.vpush(frame)
        yield from self._ready()

    def rest(self) -> Generator[VideoFrame, None, None]:
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Generator[VideoFrame, None, None]:
        while True:
            try:
                yield self._graph.vpull()
            except (self._av.error.BlockingIOError, self._av.error.EOFError):
                return

    @staticmethod
    def _kind_of(frame: VideoFrame) -> tuple[Any, ...]:
        return frame.width, frame.height, frame.format.name, frame.time_base


def _conversions(frame: VideoFrame) -> list[str]:
    """Say what of a clip is not read as it is."""
    said = []
    if frame.color_trc in (PQ, HLG):
        said.append(f"is high dynamic range ({NAMES[frame.color_trc]}); it was measured as an ordinary picture")
    if frame.interlaced_frame:
        said.append("is interlaced; each frame was made whole")
    return said


def _sound_delay(container: InputContainer, start: float) -> float:
    """Seconds from the first frame to the first sound; 0 where there is none, or no time stamps."""
    sound = next(iter(container.streams.audio), None)
    if sound is None or sound.start_time is None or sound.time_base is None:
        return 0.0
    return float(sound.start_time * sound.time_base) - start
