"""Animate a photograph of 1888 in Blender, as an artist would, through the operators: ``make demo``.

Leaves ``build/demo/``: portrait.blend, the frames in ford_1888/, portrait.mp4 through the compositor, still.png of the
plane through the camera, and sheet.png with the driving clip above the result.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from in_blender import write_still, write_video
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
PORTRAIT = ROOT / "tests" / "assets" / "ford_1888.jpg"
CLIP = ROOT / "tests" / "assets" / "demo_smile_mit.mp4"
OUTPUT = ROOT / "build" / "demo"
MOMENTS = 8
SCREEN = os.dup(1)
"""Where people read, while the standard output goes elsewhere."""

TILE = 240, 320
"""Width and height in pixels of one picture of the sheet."""

sys.path.insert(0, str(ROOT))


def main() -> None:
    """Make everything, and say where it is."""
    began = time.monotonic()
    say = talking_into(OUTPUT / "blender.log")
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="blender-user-")  # nobody's own settings
    import bpy

    import portrait_addon

    portrait_addon.register()
    try:
        say(f"Blender {bpy.app.version_string}: tracking and baking ...")
        ob = animate(bpy)
        say("Rendering, first the plane, then a video ...")
        render(bpy, ob)
        frames = sorted(Path(bpy.path.abspath(ob.portrait.frames.filepath)).parent.glob("frame_*.png"))
    finally:
        portrait_addon.unregister()
    cv2.imwrite(str(OUTPUT / "sheet.png"), sheet(frames))
    say(f"{len(frames)} frames in {time.monotonic() - began:.0f} s:")
    for path in ("portrait.blend", frames[0].parent.name, "portrait.mp4", "still.png", "sheet.png"):
        say(str(OUTPUT / path))


def talking_into(path: Path) -> Callable[[str], None]:
    """Send what Blender and the libraries print, thousands of lines, to a file; answers with what prints for people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)

    def say(line: str) -> None:
        os.write(SCREEN, f"{line}\n".encode())

    return say


def animate(bpy: Any) -> Any:
    """Add the portrait to a new file, give it the clip, track, bake."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.context.scene.render.fps = 30
    bpy.ops.wm.save_as_mainfile(filepath=str(OUTPUT / "portrait.blend"))
    bpy.ops.portrait.add(filepath=str(PORTRAIT))
    ob = bpy.context.object
    ob.portrait.clip = bpy.data.movieclips.load(str(CLIP))
    bpy.ops.portrait.track()
    bpy.ops.portrait.bake()
    return ob


def render(bpy: Any, ob: Any) -> None:
    """Render one frame of the plane through the camera, and all frames through the compositor; save the file."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = ob.portrait.start_frame, ob.portrait.start_frame + ob.portrait.frame_count - 1
    bpy.ops.portrait.use_standard_view()
    bpy.ops.portrait.frame_camera()
    bpy.ops.file.make_paths_relative()

    # A shadeless plane needs one sample in the middle of every pixel, and Cycles needs no graphics card.
    engine, scene.render.engine = scene.render.engine, "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    scene.frame_set((scene.frame_start + scene.frame_end) // 2)
    write_still(scene, str(OUTPUT / "still.png"))
    bpy.ops.render.render(write_still=True)

    bpy.ops.portrait.set_up_render()
    write_video(scene, str(OUTPUT / "portrait.mp4"))
    bpy.ops.render.render(animation=True)

    scene.frame_set(scene.frame_start)
    scene.render.engine, scene.render.filepath = engine, "//portrait.mp4"
    show_through_camera(bpy)
    bpy.ops.wm.save_mainfile()


def show_through_camera(bpy: Any) -> None:
    """Let the file open with the portrait as it will be rendered."""
    for screen in bpy.data.screens:
        for space in (space for area in screen.areas if area.type == "VIEW_3D" for space in area.spaces):
            if space.type == "VIEW_3D":
                space.shading.type = "MATERIAL"
                space.region_3d.view_perspective = "CAMERA"


def sheet(frames: list[Path]) -> NDArray[np.uint8]:
    """Driving clip above result, at moments spread evenly over the clip."""
    from portrait_addon.media.clips import open_clip
    from portrait_addon.media.pictures import read_picture

    clip = [picture for _, picture in open_clip(CLIP)]
    moments = np.linspace(0, min(len(clip), len(frames)) - 1, MOMENTS).round().astype(int)
    above = [tile(clip[moment]) for moment in moments]
    below = [tile(read_picture(frames[moment]).pixels) for moment in moments]
    return np.vstack([np.hstack(above), np.hstack(below)])


def tile(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of a picture, in the sheet's proportions and size."""
    height, width = picture.shape[:2]
    across, down = min(width, height * TILE[0] // TILE[1]), min(height, width * TILE[1] // TILE[0])
    left, top = (width - across) // 2, (height - down) // 2
    middle = picture[top : top + down, left : left + across]
    return np.asarray(cv2.resize(middle, TILE, interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    status = 1
    try:
        main()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os.write(SCREEN, (OUTPUT / "blender.log").read_bytes()[-3000:])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # Blender's module can hang for ever while the interpreter ends
