"""PyAV, which is FFmpeg: imported when the first clip is opened, and never trusting what it opens.

A clip is opened from a file object of ours and by a demuxer of a list. So nothing that a file says opens another file,
an address or a device, and a playlist or a script is refused under any name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from .files import shown

if TYPE_CHECKING:
    from av.container import InputContainer

OLDEST = (18, 1)
"""First version of PyAV that has all that is used here."""

DEMUXERS = (
    "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mxf", "asf", "flv", "ogg", "gif", "apng", "dv", "ivf", "obu",
    "nut", "h264", "hevc", "m4v", "mpegvideo", "mjpeg", "rm", "wtv", "y4m", "yuv4mpegpipe",
)  # fmt: skip
"""Names of the formats that hold pictures themselves. None of them leads to another file."""

LISTS = (b"ffconcat", b"#EXTM3U", b"v=0", b"[playlist]", b"<?xml", b"<MPD", b"<smil", b"<asx", b"[Reference]")
"""How files begin that name others and hold no pictures: concat, HLS, SDP, PLS, DASH, SMIL, ASX, QuickTime."""

INDEXED = re.compile(rb".{4}ftyp(?!hei|hev|mif|msf|avi)", re.DOTALL)
"""How MP4 and MOV begin, and no picture does [ISO/IEC 14496-12, 4.3]."""

THREADS = 2
"""Most threads of a decoder."""

BUFFER_BYTES = 1 << 18
"""Read at once: each reading waits for Python's lock."""


def import_av() -> ModuleType:
    """Import PyAV, silenced.

    Returns
    -------
    module
        PyAV.

    Raises
    ------
    InputError
        If it is missing, does not fit, or cannot be loaded here.
    """
    try:
        import av
        import av.error
        import av.filter
        import av.logging
    except (ImportError, OSError) as error:
        reason = shown(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise InputError(
            f"PyAV cannot be loaded ({reason}). Install Living Portraits again; on a Mac it needs macOS 14."
        ) from error
    version = tuple(int(part) for part in av.__version__.split(".")[:2] if part.isdecimal())
    if version < OLDEST:
        raise InputError(
            f"{shown(str(av.__file__))}: is PyAV {shown(av.__version__)}, which another extension brings; "
            f"{'.'.join(map(str, OLDEST))} or later is needed. Disable that extension."
        )
    # Another extension may have asked for FFmpeg's words: they would take Python's lock in FFmpeg's threads.
    av.logging.set_level(None)
    return av


class _Source(io.RawIOBase):
    """A file without its name, as FFmpeg wants to read it; where a disk fails, it ends."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size) or b""
        except OSError:
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence & 3)  # FFmpeg adds flags

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()


def _open_nothing(*_: Any) -> NoReturn:
    """In place of FFmpeg's own opening of whatever a file names."""
    raise PermissionError("a clip may not open other files")


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[InputContainer]:
    """Open a clip for reading.

    Parameters
    ----------
    path : Path
        A file from anywhere.
    max_pixels : int
        Decoders refuse larger frames.

    Yields
    ------
    InputContainer
        PyAV's; its streams are known, and no frame is decoded to an array.

    Raises
    ------
    InputError
        If it cannot be read, or is not a clip.
    """
    av = import_av()
    try:
        source = _Source(path)
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror}). Check its permissions.") from error
    with source:
        try:
            container = av.open(
                source,
                "r",
                options={
                    "format_whitelist": ",".join(DEMUXERS),
                    "protocol_whitelist": "none",
                    "max_pixels": str(max_pixels),
                },
                metadata_errors="replace",
                buffer_size=BUFFER_BYTES,
                io_open=_open_nothing,
            )
        except (av.FFmpegError, PermissionError) as error:
            raise _refusal(path) from error
        except OSError as error:
            raise InputError(f"{shown(path)}: cannot be read ({error.strerror}). Check its permissions.") from error
        with container:
            yield container


def _refusal(path: Path) -> InputError:
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(LISTS):
        return InputError(f"{shown(path)}: only names other files, and is no clip. Choose the video that it names.")
    if INDEXED.match(start):
        return InputError(
            f"{shown(path)}: is an MP4 or MOV without an index that can be read, as after a recording or a "
            "copy that was interrupted. Copy it again, or mend it with a repair tool for such files."
        )
    return InputError(
        f"{shown(path)}: is not a clip that can be read. "
        "Use a video such as MP4, MOV or WebM, or a folder of numbered pictures."
    )


def decoded(container: InputContainer, stream: Any) -> Generator[Any, None, None]:
    """Decode a stream, leaving out what is damaged.

    Parameters
    ----------
    container : InputContainer
        Of `opened`, not yet read from.
    stream : VideoStream or AudioStream
        The only stream to read.

    Yields
    ------
    VideoFrame or AudioFrame
        In the order in which they are shown.
    """
    av = import_av()
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = THREADS
    stream.codec_context.options = {"max_pixels": container.options["max_pixels"]}
    for other in container.streams:
        if other is not stream:
            other.discard = av.stream.Discard.all
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return  # cut short, or damaged so that nothing more is found
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames
