"""Files from strangers: damaged ones are refused or read, never followed into a crash, a hang or all of the memory."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait_addon.media.pictures import SourceImage
from tests.films import write_video

ROOT = Path(__file__).parents[2]
MEMORY = 2 << 30
SECONDS = 10
SEED = 2026
BOMB = (9000, 9000)
"""Side lengths: 243 MB of pixels."""
KEPT = Path(__file__).with_name("kept")
"""Every file that once failed, for good."""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A file as a bad disk, a bad cable or a bad will leaves it."""
    out = bytearray(data)
    kind = chance.randrange(6)
    if kind == 0:
        del out[chance.randrange(1, len(out)) :]
    elif kind == 1:  # bits anywhere
        for _ in range(chance.choice((1, 10, 100))):
            out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    elif kind == 2:  # bytes of the header, where the sizes stand
        for _ in range(chance.choice((1, 4, 16))):
            out[chance.randrange(min(300, len(out)))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    elif kind == 3:  # a hole
        start = chance.randrange(len(out))
        length = min(chance.choice((4, 512, 8192)), len(out) - start)
        out[start : start + length] = bytes(length)
    elif kind == 4:  # a part twice
        start = chance.randrange(len(out))
        out[start:start] = out[start : start + chance.choice((4, 512, 8192))]
    else:  # the tail, where MP4 keeps its tables
        for _ in range(chance.choice((1, 4, 16))):
            out[-chance.randrange(1, min(1500, len(out)))] = chance.choice((0, 0x7F, 0xFF, chance.randrange(256)))
    return bytes(out)


def decoded(kind: str, paths: list[Path]) -> dict[str, dict]:
    """What becomes of each file; one that ends the process, or takes too long, fails the test by its name."""
    results: dict[str, dict] = {}
    waiting = [str(path) for path in paths]
    process = subprocess.run(
        [sys.executable, Path(__file__).with_name("decoder.py"), kind, str(MEMORY)],
        input="\n".join(waiting), capture_output=True, text=True, timeout=60 + SECONDS * len(paths),
        env={"PYTHONPATH": str(ROOT), "OPENCV_LOG_LEVEL": "OFF"},
    )  # fmt: skip
    for line in process.stdout.splitlines():
        result = json.loads(line)
        results[result["name"]] = result
    missing = [name for name in waiting if name not in results]
    assert not missing, f"{missing[0]} ended the process with status {process.returncode}: {process.stderr[-500:]}"
    return results


@pytest.fixture(scope="module")
def original_pictures(sitter: SourceImage) -> dict[str, bytes]:
    pixels = sitter.pixels
    alpha = np.dstack([pixels, np.full(pixels.shape[:2], 99, np.uint8)])
    kinds = {
        "8.jpg": (pixels, []), "8.png": (pixels, []), "16.png": (pixels.astype(np.uint16) * 257, []),
        "alpha.png": (alpha, []), "8.webp": (pixels, []), "lossless.webp": (alpha, [cv2.IMWRITE_WEBP_QUALITY, 101]),
        "8.tif": (pixels, []), "16.tif": (pixels.astype(np.uint16) * 257, []),
        "plain.tif": (alpha, [cv2.IMWRITE_TIFF_COMPRESSION, 1]),
    }  # fmt: skip
    files = {
        name: cv2.imencode("." + name.partition(".")[2], what, how)[1].tobytes() for name, (what, how) in kinds.items()
    }
    small = Image.fromarray(pixels[:64, :80, ::-1])
    for name in ("8.gif", "8.avif", "8.bmp"):
        stream = io.BytesIO()
        small.save(stream, name.partition(".")[2])
        files[name] = stream.getvalue()
    head = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, *small.size[::-1], 8, 3)
    files["8.psd"] = head + bytes(12) + b"\0\0" + np.asarray(small).transpose(2, 0, 1).tobytes()
    return files


def test_mutated_pictures(
    original_pictures: dict[str, bytes], times: Callable[[int, int], int], tmp_path: Path
) -> None:
    chance, paths = random.Random(SEED), []
    for number in range(times(36, 200)):
        name, data = list(original_pictures.items())[number % len(original_pictures)]
        paths.append(tmp_path / f"{number:03d}_{name}")
        paths[-1].write_bytes(mutated(data, chance))
    results = decoded("picture", paths)
    assert all(result["seconds"] < SECONDS for result in results.values())
    refused = [result["error"] for result in results.values() if "error" in result]
    assert refused, "nothing was damaged"
    assert len(refused) < len(results), "nothing was read"
    assert all("\n" not in line and ": " in line for line in refused)


def test_mutated_clips(clip_file: Path, times: Callable[[int, int], int], tmp_path: Path) -> None:
    whole = clip_file.read_bytes()
    chance, paths = random.Random(SEED), []
    for number in range(times(36, 200)):
        paths.append(tmp_path / f"{number:03d}.mp4")
        paths[-1].write_bytes(mutated(whole, chance))
    results = decoded("clip", paths)
    assert all(result["seconds"] < SECONDS for result in results.values())
    short = [result for result in results.values() if result.get("frames", 10) < 10]
    assert short, "nothing was lost"
    silent = [result for result in short if not result["shortfall"] and result["declared"] == 10]
    assert not silent, "frames were lost without a word"
    named = [result["shortfall"] for result in short if result["shortfall"]]
    assert any(" after frame " in text for text in named)


KINDS_OF_CLIPS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "h264.ts": {},
    "vp8.webm": {"codec": "libvpx"},
    "av1.mkv": {"codec": "libsvtav1", "options": {"preset": "10"}},
    "mpeg2.mxf": {"codec": "mpeg2video"},
    "interlaced.mpg": {"codec": "mpeg2video", "interlaced": True},
    "a.gif": {"codec": "gif", "pixels": "rgb8", "rate": 10},
    "hdr.mp4": {
        "codec": "libx265", "pixels": "yuv420p10le", "colours": (9, 1, 16, 9),
        "options": {"x265-params": "log-level=none"},
    },
}  # fmt: skip


def test_mutated_clips_of_every_kind(
    smile: list[NDArray[np.uint8]], times: Callable[[int, int], int], tmp_path: Path
) -> None:
    pictures = [cv2.resize(picture, (96, 54)) for picture in smile[:6]]
    whole = [write_video(tmp_path / name, pictures, **how).read_bytes() for name, how in KINDS_OF_CLIPS.items()]
    chance, paths = random.Random(SEED), []
    for number in range(times(24, 200)):
        paths.append(tmp_path / f"{number:03d}.clip")
        paths[-1].write_bytes(mutated(whole[number % len(whole)], chance))
    results = decoded("clip", paths)
    assert all(result["seconds"] < SECONDS for result in results.values())
    refused = [result["error"] for result in results.values() if "error" in result]
    assert len(refused) < len(results), "nothing was read"
    assert all("\n" not in line and ": " in line for line in refused)


@pytest.mark.skipif(not KEPT.is_dir(), reason="no file has failed so far")
def test_files_that_once_failed() -> None:
    for kind in ("picture", "clip"):
        paths = sorted((KEPT / kind).iterdir()) if (KEPT / kind).is_dir() else []
        assert all(result["seconds"] < SECONDS for result in decoded(kind, paths).values())


def png_bomb() -> bytes:
    data = bytearray(cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1])
    struct.pack_into(">II", data, 16, *BOMB)
    struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    return bytes(data)


def jpeg_bomb() -> bytes:
    data = bytearray(cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1])
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, *BOMB)
    return bytes(data)


def webp_bomb() -> bytes:
    """No lie: a flat picture packs as small as that."""
    flat = np.zeros((*BOMB, 3), np.uint8)
    return cv2.imencode(".webp", flat, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()


@pytest.mark.parametrize("bomb", [png_bomb, jpeg_bomb, webp_bomb])
def test_a_picture_bomb_takes_no_memory(tmp_path: Path, bomb: Any) -> None:
    """Refused for what it declares while the process has less to spare than the pixels need."""
    path = tmp_path / "bomb"
    path.write_bytes(bomb())
    run = subprocess.run(
        [sys.executable, Path(__file__).with_name("decoder.py"), "picture", str(100 << 20)],
        input=str(path), capture_output=True, text=True, timeout=60, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "declares 9000 x 9000 pixels in a file of" in json.loads(run.stdout)["error"], run.stderr
