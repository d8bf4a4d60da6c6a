"""What a picture file says before it is decoded: its size and its orientation.

OpenCV allocates the memory that a header asks for and, when it keeps the pixels as they are, ignores the EXIF
orientation. So both are read here, from the first bytes of the five formats:

- PNG: W3C Portable Network Graphics (Third Edition), chunks ``IHDR`` and ``eXIf``
- JPEG: ITU-T T.81, markers ``SOFn`` and ``APP1``
- WebP: RFC 9649, chunks ``VP8``, ``VP8L``, ``VP8X`` and ``EXIF``
- EXR: *OpenEXR File Layout*, attributes ``dataWindow`` and ``displayWindow`` of the first part
- TIFF 6.0, first image file directory; EXIF (CIPA DC-008) is a TIFF of its own inside the other formats
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

TIFF_SIGNATURES = (b"II*\0", b"MM\0*")
EXR_SIGNATURE = b"v/1\x01"

# Tags of TIFF and EXIF that matter here.
WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, TILE_WIDTH, TILE_HEIGHT = 256, 257, 258, 262, 274, 322, 323
EXTRA_SAMPLES = 338
TAGS = {WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, TILE_WIDTH, TILE_HEIGHT, EXTRA_SAMPLES}
SEPARATED = 5  # value of PHOTOMETRIC: inks, such as CMYK
PREMULTIPLIED, STRAIGHT = 1, 2  # values of EXTRA_SAMPLES


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes
    ----------
    format : str
        ``"PNG"``, ``"JPEG"``, ``"WebP"``, ``"TIFF"`` or ``"EXR"``.
    width, height : int
        Pixels as stored; orientations 5 to 8 exchange them.
    orientation : int
        How OpenCV's pixels must be turned, 1 to 8 as in EXIF; 1 is upright.
    block : int
        Number of pixels that the decoder holds at once beside the picture: a TIFF's tile, an EXR's data window, else 0.
    premultiplied : bool
        Whether OpenCV's decoder gives colours that are multiplied by alpha.
    inks : bool
        Whether OpenCV's decoder adds an alpha that the file does not have, as for a TIFF in CMYK.
    """

    format: str
    width: int
    height: int
    orientation: int = 1
    block: int = 0
    premultiplied: bool = False
    inks: bool = False


def picture_format(start: bytes) -> str | None:
    """Name the format of a file.

    Parameters
    ----------
    start : bytes
        Its first 12 bytes.

    Returns
    -------
    str or None
        See `Header.format`; None if it is none of the five.
    """
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    if start.startswith(TIFF_SIGNATURES):
        return "TIFF"
    if start.startswith(EXR_SIGNATURE):
        return "EXR"
    return None


def read_header(data: bytes) -> Header:
    """Read the header of a PNG, JPEG, WebP, TIFF or EXR file.

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
        If it has another format or is damaged. The message says which.
    """
    kind = picture_format(data[:12])
    if kind is None:
        raise ValueError("is not a JPEG, PNG, TIFF, WebP or EXR picture")
    try:
        return {"PNG": _png, "JPEG": _jpeg, "WebP": _webp, "TIFF": _tiff, "EXR": _exr}[kind](data)
    except (struct.error, ValueError) as error:
        raise ValueError(f"is a damaged {kind} file") from error


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    exif = next((body for name, body in _png_chunks(data) if name == b"eXIf"), b"")
    return Header("PNG", width, height, _exif_orientation(exif))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, (data[at + 8 : at + 8 + length] if name == b"eXIf" else b"")
        at += 12 + length


def _jpeg(data: bytes) -> Header:
    orientation = 1
    width = height = 0
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        prefix, marker, length = struct.unpack_from(">BBH", data, at)
        if prefix != 0xFF:
            raise ValueError("a marker was expected")
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = _exif_orientation(data[at + 10 : at + 2 + length])
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
        elif marker == 0xDA:  # the pixels begin
            return Header("JPEG", width, height, orientation)
        at += 2 + length


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
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            exif = data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")  # some writers keep JPEG's prefix
            return Header("WebP", width, height, _exif_orientation(exif))
        at += 8 + length + length % 2
    return Header("WebP", width, height)


def _tiff(data: bytes) -> Header:
    tags = _tiff_tags(data)
    alpha = tags.get(EXTRA_SAMPLES)
    return Header(
        "TIFF",
        tags.get(WIDTH, 0),
        tags.get(HEIGHT, 0),
        orientation=1,  # whatever the file says: OpenCV turns a TIFF upright by itself
        block=tags.get(TILE_WIDTH, 0) * tags.get(TILE_HEIGHT, 0),
        # Eight bits go through libtiff's RGBA reader, which multiplies straight colours too.
        premultiplied=alpha == PREMULTIPLIED or (alpha == STRAIGHT and tags.get(BITS) == 8),
        inks=tags.get(PHOTOMETRIC) == SEPARATED and alpha is None,
    )


def _tiff_tags(data: bytes) -> dict[int, int]:
    """Read the first value of each of `TAGS` that the first directory holds as whole numbers."""
    if not data.startswith(TIFF_SIGNATURES):
        raise ValueError("no TIFF signature")
    order = "<" if data.startswith(b"II") else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    tags = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, entry)
        code, size = {3: ("H", 2), 4: ("I", 4)}.get(kind, ("", 0))
        if tag not in TAGS or not code or not values:
            continue
        place = entry + 8
        if values * size > 4:  # too long to stand in the directory itself
            (place,) = struct.unpack_from(order + "I", data, place)
        (tags[tag],) = struct.unpack_from(order + code, data, place)
    return tags


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


def _exif_orientation(exif: bytes) -> int:
    """Read the orientation, 1 to 8; 1 if there is none or the EXIF data is damaged, which all viewers ignore."""
    try:
        orientation = _tiff_tags(exif).get(ORIENTATION, 1)
    except (struct.error, ValueError):
        return 1
    return orientation if 1 <= orientation <= 8 else 1
