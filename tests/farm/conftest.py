"""A shot of two portraits and 300 frames, and what runs it on the programs of two render farms.

`make test-farm` collects these tests, `make test` does not: they need `openjd` and node.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.pictures import write_picture
from tools.in_blender import write_still

ROOT = Path(__file__).parents[2]
FRAMES = 300
PORTRAITS = ("ford", "mona")

collect_ignore_glob = [] if os.environ.get("FARM") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def module_of_blender() -> None:
    """Before the add-on asks for its parts."""
    import bpy  # noqa: F401


@pytest.fixture(scope="session")
def save_shot(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Save a file of two small portraits that a looped clip of twelve frames drives."""
    pictures = tmp_path_factory.mktemp("inputs")
    for name, file in zip(PORTRAITS, ("ford_1888.jpg", "mona_lisa.jpg"), strict=True):
        pixels = cv2.imread(str(assets / file))
        size = (144, round(144 * pixels.shape[0] / pixels.shape[1]))
        write_picture(pictures / f"{name}.png", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    clip = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    for number in range(1, 13):
        write_picture(pictures / f"man_{number:03d}.png", cv2.resize(clip.read()[1], (480, 270)))
    clip.release()

    def save(folder: Path) -> Path:
        import bpy

        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        scene = bpy.context.scene
        for name in PORTRAITS:
            bpy.ops.portrait.add(filepath=str(pictures / f"{name}.png"))
            ob: Any = bpy.context.object
            ob.portrait.clip = bpy.data.movieclips.load(str(pictures / "man_001.png"), check_existing=True)
            ob.portrait.repeat = "LOOP"
        bpy.ops.portrait.frame_camera()
        scene.frame_start, scene.frame_end, scene.render.fps = 1, FRAMES, 25
        scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
        scene.render.resolution_x, scene.render.resolution_y = 48, 64
        write_still(scene, "//render/####")
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
        return folder / "shot.blend"

    return save


@pytest.fixture(scope="session")
def blender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that takes ``--command portrait ...`` as Blender does."""
    path = tmp_path_factory.mktemp("bin") / "blender"
    path.write_text(f'#!/bin/sh\nshift 2\nexec env PYTHONPATH="{ROOT}" "{sys.executable}" -m portrait_addon "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
