"""Portraits and clips for the speed benchmark, of any size: the demo's, cut and scaled.

Clips are H.264, as cameras write it. OpenCV's wheel has no encoder for that, Blender does: it encodes in a process of
its own (this file run as a program), which is ended without Blender's exit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "tests" / "assets"
CLIP = ASSETS / "demo_smile_mit.mp4"
PORTRAIT = ASSETS / "ford_1888.jpg"
GRAIN = 6.0
"""Standard deviation, of 255, of the grain of a grainy portrait: film of high speed, or an old print as scanned."""

SourceImage = NDArray[np.uint8]


def portrait(width: int, height: int, grainy: bool = False) -> SourceImage:
    """The demo's portrait: the face fills the lower side, what a wide picture needs is mirrored on."""
    whole = cv2.imread(str(PORTRAIT))
    side = min(whole.shape[:2])
    face = cv2.resize(whole[:side, :side], (min(width, height),) * 2, interpolation=cv2.INTER_AREA)
    x, y = (width - face.shape[1]) // 2, (height - face.shape[0]) // 2
    picture = cv2.copyMakeBorder(
        face, y, height - face.shape[0] - y, x, width - face.shape[1] - x, cv2.BORDER_REFLECT_101
    )
    if grainy:
        noise = np.random.default_rng(1).normal(0, GRAIN, picture.shape)
        picture = np.clip(np.rint(picture + noise), 0, 255)
    return picture.astype(np.uint8)


def clip(folder: Path, width: int, height: int, frames: int) -> Path:
    """The demo's clip to and fro, of a size and a number of frames; made once."""
    path = folder / f"clip_{width}x{height}_{frames}.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            pictures = _filling(CLIP, width, height)
            for number, picture in enumerate(pictures):
                cv2.imwrite(f"{scratch}/{number:04d}.png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
            whole = path.with_suffix(".part.mp4")
            size = (str(value) for value in (width, height, len(pictures), frames))
            command = [sys.executable, __file__, scratch, str(whole), *size]
            resources = {"BLENDER_USER_RESOURCES": scratch}
            subprocess.run(command, check=True, timeout=1200, capture_output=True, env=os.environ | resources)
            whole.rename(path)
    return path


def _filling(source: Path, width: int, height: int) -> list[SourceImage]:
    """All frames of a clip, scaled until they fill a size, and cut in the middle."""
    capture, pictures = cv2.VideoCapture(str(source)), []
    while (read := capture.read())[0]:
        picture = read[1]
        scale = max(width / picture.shape[1], height / picture.shape[0])
        size = tuple(max(a, round(scale * b)) for a, b in zip((width, height), picture.shape[1::-1], strict=True))
        large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
        x, y = (size[0] - width) // 2, (size[1] - height) // 2
        pictures.append(large[y : y + height, x : x + width].astype(np.uint8))
    return pictures


def _encode(folder: str, path: str, width: int, height: int, pictures: int, frames: int) -> None:
    """Write a clip of the numbered pictures of a folder, to and fro, with Blender's encoder."""
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene: Any = bpy.context.scene
    strip = scene.sequence_editor_create().strips.new_image("clip", f"{folder}/0000.png", 1, 1)
    for frame in range(1, frames):
        strip.elements.append(f"{pictures - 1 - abs(pictures - 1 - frame % (2 * pictures - 2)):04d}.png")
    scene.frame_start, scene.frame_end = 1, frames
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.fps, render.filepath = 25, path
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
    render.ffmpeg.constant_rate_factor, render.ffmpeg.gopsize = "HIGH", 25
    scene.view_settings.view_transform = "Standard"
    bpy.ops.render.render(animation=True, scene=scene.name)


if __name__ == "__main__":
    _encode(sys.argv[1], sys.argv[2], *(int(value) for value in sys.argv[3:]))
    os._exit(0)  # Blender's module can hang where the interpreter ends
