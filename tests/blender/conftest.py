"""Blender itself, with the extension in it, in a fresh scene for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.blender.data.events import BakedFrames
from portrait_addon.blender.running import runner
from portrait_addon.blender.viewport import plane
from portrait_addon.media.clips import open_clip
from tests.pictures import write_picture
from tools.in_blender import write_still

CLIP_FRAMES = 6


@pytest.fixture(autouse=True)
def scene(addon: None, remembered_networks: None) -> Any:
    """An empty scene of a file without a name."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return bpy.context.scene


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    """Four flat colours, 48 x 64."""
    pixels = np.zeros((64, 48, 3), np.uint8)
    pixels[:32, :24], pixels[:32, 24:] = (200, 128, 20), (10, 60, 250)
    pixels[32:, :24], pixels[32:, 24:] = (90, 90, 90), (255, 255, 255)
    path = tmp_path / "colours.png"
    write_picture(path, pixels)
    return path


@pytest.fixture
def add(picture_file: Path) -> Callable[..., Any]:
    """Make a portrait as the menu does."""

    def add_portrait(path: Path | None = None) -> Any:
        assert bpy.ops.portrait.add(filepath=str(path or picture_file)) == {"FINISHED"}
        return bpy.context.object

    return add_portrait


@pytest.fixture
def write_frames(tmp_path: Path) -> Callable[..., Path]:
    """Frames whose red channel tells their number: 20 for the first, 20 more for each that follows."""

    def write(count: int, first_file: int = 1, channels: int = 3) -> Path:
        folder = tmp_path / "frames"
        folder.mkdir(exist_ok=True)
        for index in range(count):
            pixels = np.full((64, 48, channels), 255, np.uint8)
            pixels[..., :3] = (200, 128, 20 + 20 * index)
            write_picture(folder / f"frame_{first_file + index:04d}.png", pixels)
        return folder

    return write


@pytest.fixture
def baked(add: Callable[..., Any], write_frames: Callable[..., Path]) -> Any:
    """A portrait that shows four frames from scene frame 10 on."""
    ob = add()
    ob.portrait.start_frame = 10
    plane.show_frames(ob, BakedFrames(write_frames(4, 10) / "frame_0010.png", 10, 4, (48, 64), has_alpha=False))
    bpy.ops.portrait.frame_camera()
    return ob


@pytest.fixture
def render(scene: Any, tmp_path: Path) -> Callable[..., NDArray[np.uint8]]:
    """Render the scene at a frame under the Standard view, without anti-aliasing; BGR."""
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.render.filter_size = 1, False, 0.01
    scene.render.dither_intensity = 0
    bpy.ops.portrait.use_standard_view()

    def render_frame(frame: int = 1) -> NDArray[np.uint8]:
        scene.frame_set(frame)
        path = tmp_path / "render.png"
        write_still(scene, str(path))
        bpy.ops.render.render(write_still=True)
        return np.asarray(cv2.imread(str(path)))

    return render_frame


@pytest.fixture(scope="session")
def clip_file(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first picture of a short sequence in which a man moves."""
    folder = tmp_path_factory.mktemp("clip")
    for number, (_, frame) in zip(range(CLIP_FRAMES), open_clip(assets / "demo_smile_mit.mp4"), strict=False):
        write_picture(folder / f"man_{number + 1:03d}.png", cv2.resize(frame, (480, 270)))
    return folder / "man_001.png"


@pytest.fixture(scope="session")
def portrait_file(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photograph of 1888, small."""
    path = tmp_path_factory.mktemp("portrait") / "ford.png"
    write_picture(path, cv2.resize(cv2.imread(str(assets / "ford_1888.jpg")), (240, 320), interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture
def live_preview() -> bool:
    """Whether the portrait with a clip has its live preview on: tests that look at it say so."""
    return False


@pytest.fixture
def ready(
    add: Callable[..., Any], portrait_file: Path, clip_file: Path, scene: Any, live_preview: bool, tmp_path: Path
) -> Iterator[Any]:
    """A portrait with its clip, in a scene of the clip's rate."""
    scene.render.fps = 25
    ob = add(portrait_file)
    ob.portrait.preview = live_preview
    ob.portrait.clip = bpy.data.movieclips.load(str(clip_file))
    ob.portrait.output_folder = str(tmp_path / "out")
    yield ob
    runner.end_all()
