"""Sound at the speed of its picture: faster, slower, backwards, in a loop, with its pitch kept.

Short grains of the clip's sound are laid over each other, each from where the clip is at that moment of the film, and
moved a little so that its waves continue those of the grain before: W. Verhelst and M. Roelands, *An overlap-add
technique based on waveform similarity (WSOLA)*, ICASSP 1993. A grain never leaves its place by more than `SEARCH`, so
that sound and picture stay in step whatever the speed does. FFmpeg's filter for this, atempo, knows one speed, and was
up to 70 ms off.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .libav import decoded, import_av, opened
from .video import MAX_FRAME_PIXELS

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Samples = NDArray[np.float32]
"""(n, channels), -1..1."""

HOP = 0.015
"""Seconds from one grain to the next; a grain is twice as long, so that it holds two or three waves of a low voice."""

SEARCH = 0.005
"""Seconds by which a grain is moved at most: half a wave of a low voice, 100 Hz."""

SPEEDS = (1 / 3, 3.0)
"""Slowest and fastest at which a sound is still one; beyond, and where a picture is held, nothing is heard."""

MAX_CHANNELS = 16

SOUND_RATES = (44_100, 48_000)
"""Samples a second that are kept; sound of another rate gets the last."""

GAP = 0.02
"""Seconds by which a part may lie beside the end of the part before and still continue it: time stamps are rounded."""


@dataclass(frozen=True, eq=False)
class Passage:
    """Where a clip is, frame by frame, while it is heard without a jump.

    Attributes
    ----------
    path : Path
        The clip.
    begin : float
        Seconds from the film's beginning to the first of these frames.
    step : float
        Seconds from frame to frame.
    heard : (k,) float64 array
        Where the clip is in each frame, in seconds by the file's own time stamps.
    gains : (k,) float64 array
        How loud it is in each, 0..1.
    """

    path: Path
    begin: float
    step: float
    heard: NDArray[np.float64]
    gains: NDArray[np.float64]

    @property
    def end(self) -> float:
        """Seconds from the film's beginning to the end of the last frame."""
        return self.begin + len(self.heard) * self.step

    @cached_property
    def speeds(self) -> NDArray[np.float64]:
        """(k,) array: clip seconds a second of the film in each frame, below 0 backwards; 1 of a single frame."""
        return np.gradient(self.heard, self.step) if len(self.heard) > 1 else np.ones(1)

    @cached_property
    def silent(self) -> NDArray[np.bool_]:
        """(k,) array: whether a frame is held, or is shown too slowly or fast to be heard."""
        speeds = np.abs(self.speeds)
        return (speeds < SPEEDS[0]) | (speeds > SPEEDS[1])

    def at(self, seconds: float) -> tuple[float, float, float]:
        """Find what is heard at a moment of the film.

        Parameters
        ----------
        seconds : float
            From the film's beginning.

        Returns
        -------
        place : float
            Where the clip is, in seconds by the file's own time stamps; 0 outside of the frames.
        speed : float
            Clip seconds a second of the film, below 0 backwards; 0 outside.
        gain : float
            How loud it is, 0..1; 0 outside.
        """
        place = (seconds - self.begin) / self.step
        if not 0 <= place <= len(self.heard):
            return 0.0, 0.0, 0.0
        row = min(int(place), len(self.heard) - 1)
        speed = float(self.speeds[row])
        between = np.interp(place, np.arange(len(self.heard)), self.heard)
        beyond = max(0.0, place - (len(self.heard) - 1)) * self.step * speed
        gain = 0.0 if self.silent[row] else np.interp(place, np.arange(len(self.gains)), self.gains)
        return float(between) + beyond, speed, float(gain)


class ClipSound:
    """A clip's sound from a moment on, decoded as far as it is asked for, into a file that vanishes with it.

    Parameters
    ----------
    container : InputContainer
        Of `opened`, not yet read from.
    stream : AudioStream
        The sound.
    rate : int
        Samples a second that are wanted.
    layout : str
        Channels that are wanted: ``mono`` or ``stereo``.
    first : float
        Seconds by the file's own time stamps before which nothing is asked for.
    left : ExitStack
        Removes the file.
    """

    def __init__(
        self, container: InputContainer, stream: AudioStream, rate: int, layout: str, first: float, left: ExitStack
    ) -> None:
        av = import_av()
        self.rate, self.channels = rate, 1 if layout == "mono" else 2
        self._first, self._end = first, -math.inf  # the end of what is decoded, in samples
        self._file = left.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by the stack
        self._frames = left.enter_context(closing(decoded(container, stream)))
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        self._graph.link_nodes(
            self._graph.add_abuffer(template=stream),
            self._graph.add("aformat", f"sample_fmts=s16:sample_rates={rate}:channel_layouts={layout}"),
            self._graph.add("abuffersink"),
        ).configure()
        self._more = True

    def read(self, begin: int, count: int) -> Samples:
        """Read samples, decoding as far as they reach.

        Parameters
        ----------
        begin : int
            Number of the first sample, counted from `first`; may be below 0.
        count : int
            How many samples.

        Returns
        -------
        (count, channels) float32 array
            -1..1; silence where there is no sound.
        """
        while self._more and self._end < begin + count:
            self._decode()
        inside = max(begin, 0)
        size = 2 * self.channels
        self._file.seek(inside * size)
        found = np.frombuffer(self._file.read(max(0, begin + count - inside) * size), np.int16)
        samples = np.zeros((count, self.channels), np.float32)
        rows = found.reshape(-1, self.channels) / np.float32(32768)
        samples[inside - begin : inside - begin + len(rows)] = rows
        return samples

    def _decode(self) -> None:
        """Decode one more frame."""
        av = import_av()
        frame = next(self._frames, None)
        self._more = frame is not None
        if frame is not None and frame.time is None:
            return
        self._graph.push(frame)
        while True:
            try:
                part = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._keep(part)

    def _keep(self, part: Any) -> None:
        begin = round((part.time - self._first) * self.rate)
        if abs(begin - self._end) <= GAP * self.rate:
            begin = int(self._end)
        values = part.to_ndarray().reshape(-1, self.channels)[max(0, -begin) :]
        self._end = max(self._end, begin + part.samples)
        if len(values):
            self._file.seek(max(begin, 0) * 2 * self.channels)
            self._file.write(values.astype(np.int16).tobytes())


class _Grains:
    """The grains of one passage, one after the other."""

    def __init__(self, passage: Passage, sound: ClipSound, first: float) -> None:
        self._passage, self._sound, self._first = passage, sound, first
        self._hop, self._search = round(HOP * sound.rate), round(SEARCH * sound.rate)
        window = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * self._hop) / self._hop)
        self._window = window.astype(np.float32)[:, None]
        self._onwards: tuple[int, int] | None = None  # where the last grain goes on, and whether forwards

    def grain(self, number: int) -> Samples | None:
        """The grain whose middle lies `number` hops after the film's beginning; None if it is silent."""
        at, speed, gain = self._passage.at(number * self._hop / self._sound.rate)
        if not gain:
            self._onwards = None
            return None
        centre, way = round((at - self._first) * self._sound.rate), 1 if speed > 0 else -1
        if self._onwards is not None and self._onwards[1] == way:
            centre += way * self._shift(centre, way, self._onwards[0])
        self._onwards = centre + way * self._hop, way
        samples: Samples = np.float32(gain) * self._window * self._around(centre, self._hop, way)
        return samples

    def _around(self, centre: int, reach: int, way: int) -> Samples:
        """Samples around one, in the order in which they are heard."""
        samples = self._sound.read(centre - reach + (way < 0), 2 * reach)
        return samples[::way]

    def _shift(self, centre: int, way: int, onwards: int) -> int:
        """Find how far to move a grain, in the order in which it is heard, so that it goes on as the last one would."""
        wanted = self._around(onwards, self._hop, way).sum(1)
        near = self._around(centre, self._hop + self._search, way).sum(1)
        squares = np.cumsum(np.concatenate([[0.0], near.astype(np.float64) ** 2]))
        loudness = np.sqrt(np.maximum(squares[len(wanted) :] - squares[: -len(wanted)], 0) + 1e-6)
        shifts = np.arange(-self._search, self._search + 1)
        alike = np.correlate(near, wanted, "valid") / (loudness * (np.sqrt(np.sum(wanted**2)) + 1e-3))
        return int(shifts[np.argmax(alike - 1e-5 * np.abs(shifts))])


@dataclass(frozen=True, eq=False)
class Mix:
    """What is heard in a film, as sound of one rate.

    Attributes
    ----------
    rate : int
        Samples a second.
    layout : str
        ``mono`` or ``stereo``.
    blocks : generator of (n, channels) float32 array
        One after the other, from the film's beginning.
    """

    rate: int
    layout: str
    blocks: Generator[Samples, None, None]


def sound_of(container: InputContainer) -> AudioStream | None:
    """Find the sound of a clip that can be decoded.

    Parameters
    ----------
    container : InputContainer

    Returns
    -------
    AudioStream or None
    """
    streams = container.streams.audio
    return next((s for s in streams if s.codec_context and 0 < s.channels <= MAX_CHANNELS), None)


def has_sound(path: Path) -> bool:
    """Tell whether a video has sound that can be decoded.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    with opened(path, MAX_FRAME_PIXELS) as container:
        return sound_of(container) is not None


def open_mix(passages: Sequence[Passage], left: ExitStack) -> Mix | None:
    """Open what is heard in a film.

    Parameters
    ----------
    passages : sequence of Passage
        In the order of their beginnings; they may overlap.
    left : ExitStack
        Closes the clips.

    Returns
    -------
    Mix or None
        None if none of the clips has sound.

    Raises
    ------
    InputError
        If a clip cannot be opened.
    """
    found = {}
    for path in dict.fromkeys(passage.path for passage in passages):
        container = left.enter_context(opened(path, MAX_FRAME_PIXELS))
        if (stream := sound_of(container)) is not None:
            found[path] = container, stream
    if not found:
        return None
    streams = [stream for _, stream in found.values()]
    rate = streams[0].rate if streams[0].rate in SOUND_RATES else SOUND_RATES[-1]
    layout = "mono" if all(stream.channels == 1 for stream in streams) else "stereo"
    grains = []
    for path, (container, stream) in found.items():
        own = [passage for passage in passages if passage.path == path]
        first = min(float(passage.heard.min()) for passage in own) - 4 * HOP
        sound = ClipSound(container, stream, rate, layout, first, left)
        grains += [(passage, _Grains(passage, sound, first)) for passage in own]
    grains.sort(key=lambda of: of[0].begin)
    return Mix(rate, layout, _mixed(grains, rate, 1 if layout == "mono" else 2))


def _mixed(grains: Sequence[tuple[Passage, _Grains]], rate: int, channels: int) -> Generator[Samples, None, None]:
    hop = round(HOP * rate)
    end = max(passage.end for passage, _ in grains)
    waiting, playing = list(reversed(grains)), []
    last = np.zeros((hop, channels), np.float32)
    for number in range(int(np.ceil(end * rate / hop)) + 1):
        seconds = number * hop / rate
        while waiting and waiting[-1][0].begin <= seconds:
            playing.append(waiting.pop())
        playing = [of for of in playing if of[0].end >= seconds]
        total = np.zeros((2 * hop, channels), np.float32)
        for _, of in playing:
            if (grain := of.grain(number)) is not None:
                total += grain
        if number:
            yield np.clip(last + total[:hop], -1, 1)
        last = total[hop:]
