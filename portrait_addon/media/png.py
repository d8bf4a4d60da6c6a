"""PNG files, encoded fast.

The encoder uses one of PNG's filters for all rows, the difference to the row above: it costs least, and packs
photographs about as well as a choice for every row. ISA-L deflates seven times faster than zlib at the same file size.
The result is a plain PNG file.

Source: *Portable Network Graphics (PNG) Specification*, third edition, W3C 2025; comments cite its sections.
"""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

LEVEL = 1
"""Level of ISA-L. Level 2 takes a tenth more time for files 1 % smaller; level 0 makes them up to 40 % larger."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR = {3: 2, 4: 6}
"""Colour type by channels: truecolour, with alpha (11.2.2)."""

UP = 2
"""Filter type: the difference to the row above (9.2)."""


def encode_png(pixels: NDArray[Any], *chunks: bytes) -> bytes:
    """Encode a PNG file.

    Parameters
    ----------
    pixels : (h, w, 3) BGR or (h, w, 4) BGRA array of uint8 or uint16
        Straight alpha.
    *chunks : bytes
        Whole chunks of metadata, from `chunk`.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ValueError
        If the pixels have another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[2] not in COLOUR or pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"no PNG of shape {pixels.shape} and type {pixels.dtype}")
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, COLOUR[channels], 0, 0, 0)
    body = isal_zlib.compress(_filtered(pixels), LEVEL)
    return b"".join((SIGNATURE, chunk(b"IHDR", header), *chunks, chunk(b"IDAT", body), chunk(b"IEND", b"")))


def chunk(kind: bytes, body: bytes) -> bytes:
    """Make a chunk of a PNG file: length, type, data and checksum (5.3).

    Parameters
    ----------
    kind : bytes
        Type of the chunk, four letters.
    body : bytes
        Its data.

    Returns
    -------
    bytes
        The whole chunk.
    """
    checksum = isal_zlib.crc32(body, isal_zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)))


def _filtered(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Filter the rows: (h, 1 + bytes a row), each with its filter type and then RGB in the byte order of a file."""
    rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)
    if rgb.dtype == np.uint16:
        rgb = rgb.astype(">u2")
    rows = rgb.view(np.uint8).reshape(len(rgb), -1)
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered
