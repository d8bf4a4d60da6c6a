"""Driving clips: a video, or a numbered sequence of pictures."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from ..errors import InputError
from .animated_webp import AnimatedWebp, is_animated_webp
from .clip import DEFAULT_RATE, Clip
from .files import shown
from .headers import picture_format, still_format
from .sequences import PictureSequence, holds_sequence, is_pattern
from .video import VideoClip

__all__ = ["DEFAULT_RATE", "Clip", "fingerprint", "is_film", "open_clip"]


def open_clip(path: Path, rate: Fraction | None = None) -> Clip:
    """Open a driving clip.

    Parameters
    ----------
    path : Path
        A video file; a folder that holds a numbered sequence of pictures; the first picture of such a sequence; or
        its pattern, with ``####`` or ``%04d`` in place of the number.
    rate : Fraction, optional
        Frames a second of a sequence, 25 unless given. A video has its own rate.

    Returns
    -------
    Clip
        A `VideoClip`, an `AnimatedWebp` or a `PictureSequence`.

    Raises
    ------
    InputError
        If there is no file, it is not a clip, or it has no frames.
    """
    if path.is_dir() or is_pattern(path):
        return PictureSequence(path, rate or DEFAULT_RATE)
    start = _start(path)
    if is_animated_webp(start):
        return AnimatedWebp(path)
    moves = ANIMATED_PNG in start.partition(b"IDAT")[0]
    if picture_format(start[:12]) is not None and not moves:
        return PictureSequence(path, rate or DEFAULT_RATE)
    return VideoClip(path)


def is_film(path: Path) -> bool:
    """Tell whether a path that may name a picture names a film instead.

    Parameters
    ----------
    path : Path
        Of anything.

    Returns
    -------
    bool
        True for a video, and for a folder or pattern of numbered pictures. False for a single picture, also where it
        moves or belongs to a sequence, and for what is neither.
    """
    if path.is_dir():
        return holds_sequence(path)
    if is_pattern(path):
        return True
    if not path.is_file():
        return False
    start = _start(path)
    return still_format(start[:80]) is None and VIDEO.match(start) is not None


def fingerprint(path: Path) -> str:
    """Hash the content of a clip.

    Parameters
    ----------
    path : Path
        See `open_clip`.

    Returns
    -------
    str
        Hexadecimal SHA-256.

    Raises
    ------
    InputError
        If it cannot be opened or read.
    """
    return open_clip(path).fingerprint()


VIDEO = re.compile(
    rb".{4}(ftyp(?!hei|hev|mif|msf|crx)|moov|mdat|wide)|\x1a\x45\xdf\xa3|RIFF.{4}AVI |OggS|FLV\x01|\x30\x26\xb2\x75"
    rb"|\0\0\x01[\xb3\xba]|\x47.{187}\x47|\x06\x0e\x2b\x34|DKIF|YUV4MPEG2|\.RMF|nut/multimedia container",
    re.DOTALL,
)
"""How files begin that are films and no pictures."""

ANIMATED_PNG = b"acTL"
"""A chunk that stands before an animated PNG's first pixels."""


def _start(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"{shown(path)}: there is no such file. Check the path.")
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror}). Check its permissions.") from error
