"""What a picture file says before it is decoded: its size, its orientation, its colour profile.

Decoders allocate the memory that a header asks for, so it is read first. Pillow reads what it can read without taking
memory for pixels. The others are read here:

- PNG: W3C Portable Network Graphics (Third Edition), chunks ``IHDR``, ``iCCP`` and ``eXIf``. Pillow refuses files whose
  texts are long, and does not look behind the pixels, where some programs write ``eXIf``.
- WebP: RFC 9649, chunks ``VP8``, ``VP8L``, ``VP8X``, ``ICCP`` and ``EXIF``. Pillow takes the memory of two pictures.
- TIFF 6.0 and BigTIFF, first image file directory; EXIF (CIPA DC-008) is a TIFF of its own inside the other formats.
  Pillow copies every tag, and many may claim the whole file.
- EXR: *OpenEXR File Layout*, attributes ``dataWindow`` and ``displayWindow`` of the first part. Its library reads
  from a disk only.
"""

from __future__ import annotations

import importlib
import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import tiff
from .foreign import ForeignFormatError, foreign_format

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "TIFF": tiff.SIGNATURES,
    "EXR": (b"v/1\x01",),
    "PSD": (b"8BPS\0\1",),
    "BMP": (b"BM",),
}

PILLOW = {
    "JPEG": "JpegImageFile",
    "GIF": "GifImageFile",
    "AVIF": "AvifImageFile",
    "PSD": "PsdImageFile",
    "BMP": "BmpImageFile",
}
"""Pillow's readers by format. Each is called by name: where Pillow looks for one itself, some start programs."""

PILLOW_ERRORS = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError,
    ValueError, struct.error,
)  # fmt: skip
"""What Pillow raises for damaged files."""

AVIF = re.compile(rb".{4}ftyp(avi[fs]|.{8}(.{4}){0,16}avi[fs])", re.DOTALL)
"""The brand, or one of the first compatible ones [ISO/IEC 14496-12, 4.3]."""

DEEP = (b"\0\x10", b"\0\x20")
"""Bits a channel of a PSD that Pillow does not read."""

LARGEST_PROFILE = 4 << 20
"""In bytes: every frame holds it."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes
    ----------
    format : str
        ``"PNG"``, ``"WebP"``, ``"TIFF"``, ``"EXR"``, or a key of `PILLOW`.
    width, height : int
        Pixels as stored; orientations 5 to 8 exchange them.
    orientation : int
        How the picture must be turned, 1 to 8 as in EXIF; 1 is upright.
    profile : bytes
        Its ICC profile, for whatever colour space; empty if there is none.
    moving : bool
        Whether it is a WebP file with several pictures.
    block : int
        Number of pixels that the decoder holds at once beside the picture: a TIFF's tile, an EXR's data window, else 0.
    premultiplied : bool
        Whether OpenCV's decoder gives colours that are multiplied by alpha.
    inks : bool
        Whether OpenCV's decoder adds an alpha that the file does not have, as for a TIFF in CMYK.
    negative : bool
        Whether OpenCV's decoder gives a negative, as for a TIFF of 16 bits whose zero is white.
    lens : float, optional
        Focal length of the camera that took it, in millimetres on 36 x 24; None if it is not known.
    planes : int
        Number of planes that OpenCV's decoder cannot put together, as for a planar TIFF of 16 bits; else 0.
    """

    format: str
    width: int
    height: int
    orientation: int = 1
    profile: bytes = b""
    moving: bool = False
    block: int = 0
    premultiplied: bool = False
    inks: bool = False
    negative: bool = False
    planes: int = 0
    lens: float | None = None


def picture_format(start: bytes) -> str | None:
    """Name the format of a file that is a picture and never a clip.

    Parameters
    ----------
    start : bytes
        Its first 12 bytes.

    Returns
    -------
    str or None
        See `Header.format`; None if it is none of them. GIF and AVIF may be clips.
    """
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    return next((name for name, known in SIGNATURES.items() if start.startswith(known)), None)


def still_format(start: bytes) -> str | None:
    """Name the format of a file whose first picture can be read.

    Parameters
    ----------
    start : bytes
        Its first 80 bytes.

    Returns
    -------
    str or None
        See `Header.format`; None if it is none of them.
    """
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    return "AVIF" if AVIF.match(start) else picture_format(start[:12])


def read_header(data: bytes) -> Header:
    """Read the header of a picture file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Header
        Its promises; the pixels may break them.

    Raises
    ------
    ValueError
        If it has another format or is damaged. The message says which, and what to do.
    """
    kind = still_format(data[:80])
    if kind is None:
        raise foreign_format(data)
    readers = {"PNG": _png, "WebP": _webp, "TIFF": _tiff, "EXR": _exr}
    try:
        return readers[kind](data) if kind in readers else _pillow(kind, data)
    except ForeignFormatError:
        raise
    except PILLOW_ERRORS as error:
        raise ValueError(f"is a damaged {kind} file. Save it again as PNG or JPEG.") from error


def open_with_pillow(kind: str, data: bytes) -> ImageFile:
    """Open a picture with Pillow; its pixels are not decoded yet.

    Parameters
    ----------
    kind : str
        A key of `PILLOW`.
    data : bytes
        The whole file.

    Returns
    -------
    PIL.ImageFile.ImageFile
        The first of its pictures.

    Raises
    ------
    one of `PILLOW_ERRORS`
        If the file is damaged.
    """
    plugin = importlib.import_module(f"PIL.{kind.title()}ImagePlugin")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at sizes of its own choice
        opened: ImageFile = getattr(plugin, PILLOW[kind])(io.BytesIO(data))
    return opened


def _pillow(kind: str, data: bytes) -> Header:
    if kind == "PSD" and data[22:24] in DEEP:
        raise ForeignFormatError("has more than 8 bits a channel, which cannot be read in a PSD. Save it as TIFF.")
    with open_with_pillow(kind, data) as opened:
        exif = opened.info.get("exif", b"").removeprefix(b"Exif\0\0")
        profile = opened.info.get("icc_profile") or b""
        lens = _exif_lens(exif, opened.size)
        return Header(kind, *opened.size, _exif_orientation(exif), _usable(profile), lens=lens)


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    exif = profile = b""
    for name, body in _png_chunks(data):
        if name == b"eXIf":
            exif = body
        else:
            packed = body.partition(b"\0")[2][1:]  # a name, a null character, the method (11.3.2.3)
            profile = _unpacked(packed)
    return Header(
        "PNG", width, height, _exif_orientation(exif), _usable(profile), lens=_exif_lens(exif, (width, height))
    )


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name in (b"eXIf", b"iCCP"):
            yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, LARGEST_PROFILE)
    except zlib.error:
        return b""


def _usable(profile: bytes) -> bytes:
    """A profile that is whole [ICC.1, 7.2] and not too large for every frame; viewers ignore a damaged one."""
    whole = len(profile) >= 128 and int.from_bytes(profile[:4], "big") == len(profile) and profile[36:40] == b"acsp"
    return profile if whole and len(profile) < LARGEST_PROFILE else b""


def _webp(data: bytes) -> Header:
    name = data[12:16]
    if name == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
        return Header("WebP", width, height)
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if name != b"VP8X":
        raise ValueError("unknown first chunk")
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name in (b"EXIF", b"ICCP"):
            chunks[name] = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    exif = chunks.get(b"EXIF", b"").removeprefix(b"Exif\0\0")  # some writers keep JPEG's prefix
    moving = bool(data[20] & 2)
    lens = _exif_lens(exif, (width, height))
    profile = _usable(chunks.get(b"ICCP", b""))
    return Header("WebP", width, height, _exif_orientation(exif), profile, moving, lens=lens)


def _tiff(data: bytes) -> Header:
    directory = tiff.Directory(data)
    alpha, bits, kind = (directory.first(tag) for tag in (tiff.EXTRA_SAMPLES, tiff.BITS, tiff.PHOTOMETRIC))
    if tiff.DNG_VERSION in directory.entries or kind in tiff.SENSOR or data[8:10] == b"CR":
        raise ForeignFormatError("is a camera's raw file. Develop it, and save it as TIFF or PNG.")
    separate = directory.first(tiff.PLANES) == tiff.SEPARATE and bits == 16
    return Header(
        "TIFF",
        directory.first(tiff.WIDTH) or 0,
        directory.first(tiff.HEIGHT) or 0,
        directory.orientation(),
        _usable(directory.bytes_of(tiff.PROFILE, LARGEST_PROFILE)),
        block=(directory.first(tiff.TILE_WIDTH) or 0) * (directory.first(tiff.TILE_HEIGHT) or 0),
        # Eight bits go through libtiff's RGBA reader, which multiplies straight colours too.
        premultiplied=alpha == tiff.PREMULTIPLIED or (alpha == tiff.STRAIGHT and bits == 8),
        inks=kind == tiff.SEPARATED and alpha is None,
        negative=kind == tiff.WHITE_IS_ZERO and bits == 16,
        planes=(directory.first(tiff.SAMPLES) or 1) if separate else 0,
    )


def _exr(data: bytes) -> Header:
    windows: dict[bytes, tuple[int, int]] = {}
    at = 8
    while data[at : at + 1] not in (b"", b"\0"):
        name, kind = (part for part in data[at : at + 512].split(b"\0", 2)[:2])
        at += len(name) + len(kind) + 2
        (length,) = struct.unpack_from("<i", data, at)
        if kind == b"box2i":
            left, top, right, bottom = struct.unpack_from("<4i", data, at + 4)
            windows[name] = max(right - left + 1, 0), max(bottom - top + 1, 0)
        if length < 0:
            raise ValueError("an attribute of negative length")
        at += 4 + length
    if not {b"dataWindow", b"displayWindow"} <= windows.keys():
        raise ValueError("no windows")
    held, seen = windows[b"dataWindow"], windows[b"displayWindow"]
    return Header("EXR", *seen, block=held[0] * held[1])


def _exif_lens(exif: bytes, size: tuple[int, int]) -> float | None:
    """Read the focal length; None if there is none or the EXIF data is damaged."""
    try:
        return tiff.Directory(exif).lens(size)
    except (struct.error, ValueError):
        return None


def _exif_orientation(exif: bytes) -> int:
    """Read the orientation, 1 to 8; 1 if there is none or the EXIF data is damaged, which all viewers ignore."""
    try:
        return tiff.Directory(exif).orientation()
    except (struct.error, ValueError):
        return 1
