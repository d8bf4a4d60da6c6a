"""A film in which a click is heard in the very frame in which it flashes: MJPEG and PCM in an AVI file, written here.

Long and of any rate at no cost: the same two small pictures again and again.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

SAMPLES = 8000
"""A second, 16 bit, one channel."""

SIDE = 32


def write_film(path: Path, rate: Fraction, frames: int, flash: int) -> None:
    """Write a black and silent film of so many frames, with one white frame (the first is 1) that clicks."""
    dark, white = (cv2.imencode(".jpg", np.full((SIDE, SIDE, 3), grey, np.uint8))[1].tobytes() for grey in (0, 255))
    sound = np.zeros(round(frames / rate * SAMPLES), "<i2")
    sound[round((flash - 1) / rate * SAMPLES) :][:40] = 20000
    chunks, index, place = [], [], 4
    heard = 0
    for number in range(1, frames + 1):
        until = round(number / rate * SAMPLES)
        for kind, data in ((b"00dc", white if number == flash else dark), (b"01wb", sound[heard:until].tobytes())):
            index.append(struct.pack("<4sIII", kind, 0x10, place, len(data)))
            chunks.append(_chunk(kind, data))
            place += len(chunks[-1])
        heard = until
    head = struct.pack("<14I", round(1e6 / rate), 0, 0, 0x10, frames, 0, 2, 0, SIDE, SIDE, 0, 0, 0, 0)
    picture = struct.pack("<IiiHH4sIiiII", 40, SIDE, SIDE, 1, 24, b"MJPG", SIDE * SIDE * 3, 0, 0, 0, 0)
    wave = struct.pack("<HHIIHHH", 1, 1, SAMPLES, 2 * SAMPLES, 2, 16, 0)
    film = _list(b"strl", _stream(b"vids", b"MJPG", rate, frames, 0) + _chunk(b"strf", picture))
    tone = _list(b"strl", _stream(b"auds", b"\0" * 4, Fraction(SAMPLES), len(sound), 2) + _chunk(b"strf", wave))
    body = _list(b"hdrl", _chunk(b"avih", head) + film + tone) + _list(b"movi", b"".join(chunks))
    path.write_bytes(_chunk(b"RIFF", b"AVI " + body + _chunk(b"idx1", b"".join(index))))


def _stream(kind: bytes, codec: bytes, rate: Fraction, length: int, sample: int) -> bytes:
    numbers = (0, 0, 0, 0, rate.denominator, rate.numerator, 0, length, 0, 0xFFFFFFFF, sample, 0, 0, 0, 0)
    return _chunk(b"strh", struct.pack("<4s4sIHHIIIIIIII4H", kind, codec, *numbers))


def _list(kind: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", kind + data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)
