"""Frames and sound in one MP4 file: H.264, 4:2:0, BT.709, with a comment that says that it is synthetic."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .files import shown, whole_path, write_error
from .libav import THREADS, decoded, import_av, opened
from .provenance import SYNTHETIC, sentence
from .stretching import SOUND_RATES, Passage, open_mix, sound_of
from .video import MAX_FRAME_PIXELS

if TYPE_CHECKING:
    from av import Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

Packets = Generator["Packet[Any]", None, None]
"""Of encoded sound, in the order of their time stamps."""

LONGEST_SIDE = 16_384
"""In pixels: as far as the encoder goes."""

QUALITY = {"crf": "17", "preset": "medium"}
"""Of H.264: no difference is seen."""

COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus"})
"""Kinds of sound that MP4 holds as they are."""

EVEN_QUALITY = {"qp": "17", "preset": "medium"}
"""The same for films that are cut together: equal pictures that are encoded anew become equal ones."""

BLACK = (0, 0, 0)

BT_709, LIMITED = 1, 1
"""Codes of matrix, transfer and primaries, and of the range, as FFmpeg counts them."""


@dataclass(frozen=True)
class SoundSpan:
    """A part of a clip's sound, at its own speed.

    Attributes
    ----------
    path : Path
        The clip.
    start, end : float
        In seconds, by the file's own time stamps.
    """

    path: Path
    start: float
    end: float


def check_film(path: Path, size: tuple[int, int], inputs: Collection[Path] = ()) -> None:
    """Check before long work whether a film can be written.

    Parameters
    ----------
    path : Path
        The file.
    size : tuple of int
        Width and height of the frames in pixels.
    inputs : collection of Path
        Files that must not be overwritten, even if they are films of ours.

    Raises
    ------
    InputError
        If it is no MP4 by its name, is a folder, or is a file that is no earlier film of ours; or if the frames are too
        large for H.264.
    """
    if path.suffix.lower() not in (".mp4", ".m4v"):
        raise InputError(f"{shown(path)}: a film is written as MP4. Give it a name that ends in .mp4.")
    if path.is_dir():
        raise InputError(f"{shown(path)}: is a folder. Name a file.")
    if max(size) > LONGEST_SIDE or min(size) < 2:
        raise InputError(f"{shown(path)}: a film of {size[0]} x {size[1]} pixels cannot be made. Scale the portrait.")
    if path.resolve() in {file.resolve() for file in inputs}:
        raise InputError(f"{shown(path)}: belongs to the input and would be overwritten. Choose another name.")
    if path.exists() and not _is_ours(path):
        raise InputError(f"{shown(path)}: is not from an earlier run and would be overwritten. Choose another name.")


def _is_ours(path: Path) -> bool:
    try:
        with opened(path, MAX_FRAME_PIXELS) as container:
            return SYNTHETIC in container.metadata.get("comment", "")
    except InputError:
        return False


@contextmanager
def film_writer(
    path: Path,
    size: tuple[int, int],
    rate: Fraction,
    sound: SoundSpan | Sequence[Passage] = (),
    anew: Collection[int] = (),
) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Write a film that gets its name only when it is complete.

    Parameters
    ----------
    path : Path
        The MP4 file. A film of the same name is replaced.
    size : tuple of int
        Width and height of the frames in pixels, as `check_film` allows; of an odd side the last pixel is left out.
    rate : Fraction
        Frames a second.
    sound : SoundSpan or sequence of Passage, optional
        What is heard from the first frame on: a part of one clip, which is copied where MP4 can hold it; or passages of
        clips at any speed, in the order of their beginnings.
    anew : collection of int
        Frames, from 0, that are encoded without those before, so that films can be cut together there.

    Yields
    ------
    callable
        Adds a frame, a (h, w, 3 or 4) array of uint8, uint16 or float32 as `SourceImage` has it; transparency becomes
        black.

    Raises
    ------
    InputError
        If the film cannot be written.
    """
    av = import_av()
    width, height = size[0] // 2 * 2, size[1] // 2 * 2
    with whole_path(path) as partial:
        try:
            with (
                ExitStack() as left,
                av.open(
                    f"file:{partial.absolute()}", "w", format="mp4", options={"movflags": "+faststart"}
                ) as container,
            ):
                container.metadata["comment"] = sentence()
                stream = _picture_stream(container, width, height, rate, EVEN_QUALITY if anew else QUALITY)
                frames = _Frames(container, stream, rate, _add_sound(container, sound, left), anew)
                yield frames.add
                frames.end()
        except av.FFmpegError as error:
            raise write_error(path, OSError(error.errno, error.strerror)) from error


def _picture_stream(
    container: OutputContainer, width: int, height: int, rate: Fraction, quality: dict[str, str]
) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options=quality)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.thread_count = THREADS
    context.time_base = 1 / rate
    context.color_range, context.colorspace = LIMITED, BT_709
    context.color_primaries = context.color_trc = BT_709
    return stream


class _Frames:
    """Encodes the frames one after the other, each with what is heard until then."""

    def __init__(
        self,
        container: OutputContainer,
        stream: VideoStream,
        rate: Fraction,
        packets: Packets,
        anew: Collection[int],
    ) -> None:
        self._container, self._stream, self._rate, self._packets = container, stream, rate, packets
        self._anew = anew
        self._waiting = next(packets, None)
        self._count = 0

    def add(self, pixels: NDArray[Any]) -> None:
        av = import_av()
        bgr = over_colour(pixels[: self._stream.height, : self._stream.width])
        frame = av.VideoFrame.from_ndarray(bgr, "bgr24").reformat(
            format="yuv420p", dst_colorspace=BT_709, dst_color_range=LIMITED, threads=1
        )
        frame.pts, frame.time_base = self._count, 1 / self._rate
        if self._count in self._anew:
            frame.pict_type = av.video.frame.PictureType.I
        self._container.mux(self._stream.encode(frame))
        self._count += 1
        self._hear(self._count / self._rate)

    def end(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._hear(None)
        self._packets.close()

    def _hear(self, until: Fraction | None) -> None:
        """Write what is heard before a time, or all that is left."""
        while (packet := self._waiting) is not None:
            if until is not None and (packet.pts or 0) * packet.time_base >= until:
                return
            self._container.mux(packet)
            self._waiting = next(self._packets, None)


def over_colour(pixels: NDArray[Any], colour: tuple[int, int, int] = BLACK) -> NDArray[np.uint8]:
    """Make a picture of 8 bits that is opaque.

    Parameters
    ----------
    pixels : (h, w, 3 or 4) uint8, uint16 or float32 array
        BGR or, with straight alpha, BGRA.
    colour : tuple of int
        What is seen through it: BGR, 0..255.

    Returns
    -------
    (h, w, 3) uint8 array
    """
    if pixels.shape[2] == 3 and pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    white = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    values: NDArray[np.float32] = np.asarray(np.clip(pixels.astype(np.float32) / np.float32(white), 0, 1))
    if values.shape[2] == 4:
        alpha, behind = values[..., 3:], np.array(colour, np.float32) / np.float32(255)
        values = np.asarray(values[..., :3] * alpha + behind * (1 - alpha), np.float32)
    return np.ascontiguousarray(np.rint(255 * values), np.uint8)


def _add_sound(film: OutputContainer, sound: SoundSpan | Sequence[Passage], left: ExitStack) -> Packets:
    """Add a sound stream to a film, if its clips have sound; gives its packets, those of the first frame at 0."""
    if isinstance(sound, SoundSpan):
        source = left.enter_context(opened(sound.path, MAX_FRAME_PIXELS))
        stream = sound_of(source)
        if stream is not None and stream.codec_context.name in COPIED:
            return _copied(source, stream, film.add_stream_from_template(stream), sound)
        if stream is not None:
            rate = stream.rate if stream.rate in SOUND_RATES else SOUND_RATES[-1]
            layout = "mono" if stream.channels == 1 else "stereo"
            return _encoded(source, stream, film.add_stream("aac", rate=rate, layout=layout), sound)
    elif (mix := open_mix(sound, left)) is not None:
        return _encoded_blocks(mix.blocks, film.add_stream("aac", rate=mix.rate, layout=mix.layout))
    return _nothing()


def _nothing() -> Packets:
    yield from ()


def _copied(source: InputContainer, stream: AudioStream, target: AudioStream, span: SoundSpan) -> Packets:
    """The packets that are heard in the span. MP4 leaves out what the first has of the time before."""
    unit = stream.time_base or Fraction(1, 1000)
    for packet in source.demux(stream):
        if packet.pts is None or packet.dts is None:
            continue
        begin, length = float(packet.pts * unit), float((packet.duration or 0) * unit)
        if begin + length / 2 >= span.end:
            return
        if begin + length > span.start:
            shift = round(span.start / unit)
            packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, target
            yield packet


def _encoded(source: InputContainer, stream: AudioStream, target: AudioStream, span: SoundSpan) -> Packets:
    av = import_av()
    graph = av.filter.Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add_abuffer(template=stream),
        graph.add("atrim", f"start={span.start:.6f}:end={span.end:.6f}"),
        graph.add("asetpts", f"PTS-{span.start:.6f}/TB"),
        graph.add("aformat", f"sample_fmts=fltp:sample_rates={target.rate}:channel_layouts={target.layout.name}"),
        graph.add("abuffersink"),
    ).configure()
    for frame in itertools.chain(decoded(source, stream), [None]):
        if frame is not None and (frame.time is None or frame.time > span.end):
            continue
        graph.push(frame)
        while True:
            try:
                trimmed = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            yield from target.encode(trimmed)
    yield from target.encode(None)


def _encoded_blocks(blocks: Iterator[NDArray[np.float32]], target: AudioStream) -> Packets:
    av = import_av()
    heard = 0
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), "fltp", target.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = target.rate, heard, Fraction(1, target.rate)
        heard += len(block)
        yield from target.encode(frame)
    yield from target.encode(None)
