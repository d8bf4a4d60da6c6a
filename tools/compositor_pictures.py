"""Make the pictures of ``docs/compositor.md`` in Blender, from the test assets.

``$(make -s python) tools/compositor_pictures.py`` makes all.

Leaves ``build/compositor/portrait.blend`` too, with the node tree that the page shows in a window.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from in_blender import run_and_exit, write_still
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "tests" / "assets"
PICTURES = ROOT / "docs" / "pictures"
OUTPUT = ROOT / "build" / "compositor"
FRAME = 41
"""Of the clip: he smiles with his mouth open."""

SMALL = 256, 342
"""Width and height of the copy that is baked for the recipe of four times the size."""

GAP = 8
QUALITY = 84

sys.path.insert(0, str(ROOT))

Image = NDArray[Any]


def main() -> None:
    """Make all pictures."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="blender-user-")  # nobody's own settings
    import portrait_addon

    portrait_addon.register()
    try:
        original = cv2.imread(str(ASSETS / "ford_1888.jpg"))[:1368]
        folder = baked("portrait", cv2.resize(original, (512, 684), interpolation=cv2.INTER_AREA))
        save("passes", passes_of(folder))
        save("strength", [rendered(Wrinkles=strength)[60:500] for strength in (0, 1, 2)])
        save("graded", [rendered(Wrinkles=1), graded()])
        folder = baked("small", cv2.resize(original, SMALL, interpolation=cv2.INTER_AREA))
        save("enlarged", enlarged(folder, original))
    finally:
        portrait_addon.unregister()


def baked(name: str, picture: Image) -> Path:
    """Animate a picture in a new file with all passes, and rebuild it; answers the frames' folder."""
    import bpy

    from portrait_addon.blender.data import frames
    from portrait_addon.pipeline.records.passes import PASSES

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.preferences.filepaths.save_version = 0
    scene = bpy.context.scene
    scene.render.fps, scene.render.dither_intensity = 30, 0
    scene.frame_set(FRAME)
    cv2.imwrite(str(OUTPUT / f"{name}.png"), picture)
    bpy.ops.wm.save_as_mainfile(filepath=str(OUTPUT / f"{name}.blend"))
    bpy.ops.portrait.add(filepath=str(OUTPUT / f"{name}.png"))
    ob = bpy.context.object
    ob.name = name
    bpy.ops.portrait.load_clip(filepath=str(ASSETS / "demo_smile_mit.mp4"))
    ob.portrait.passes = {item.name for item in PASSES}
    bpy.ops.portrait.bake()
    bpy.ops.portrait.use_standard_view()
    bpy.ops.portrait.frame_camera()
    bpy.ops.portrait.rebuild_in_compositor()
    bpy.ops.wm.save_mainfile()
    folder = frames.frames_folder(ob)
    assert folder is not None
    return folder


def tree_and_group() -> tuple[Any, Any]:
    """The compositor's nodes, and the one that rebuilds the portrait."""
    import bpy

    from portrait_addon.blender import compat
    from portrait_addon.blender.output import rebuild

    tree: Any = compat.compositor_tree(bpy.context.scene)
    return tree, rebuild.group_node(tree, bpy.context.object)


def rendered(**sockets: float) -> Image:
    """The scene's compositor, with values for the group's sockets."""
    import bpy

    for name, value in sockets.items():
        tree_and_group()[1].inputs[name].default_value = value
    scene = bpy.context.scene
    bpy.context.object.hide_render = True
    write_still(scene, str(OUTPUT / "still.png"))
    bpy.ops.render.render(write_still=True)
    return np.asarray(cv2.imread(str(OUTPUT / "still.png")), np.uint8)


def graded() -> Image:
    """The background dimmed behind the person, and grain over all: nodes between the group and the output."""
    import bpy

    from portrait_addon.blender import compat

    tree, group = tree_and_group()
    output = compat.compositor_output(tree)
    dark, dim, grain = (tree.nodes.new("ShaderNodeMix") for _ in range(3))
    for node, kind in ((dark, "MULTIPLY"), (dim, "MIX"), (grain, "OVERLAY")):
        node.data_type, node.blend_type = "RGBA", kind
    darkening, dimming, graining = (
        [socket for socket in node.inputs if socket.type == "RGBA"] for node in (dark, dim, grain)
    )
    dark.inputs[0].default_value = 1
    darkening[1].default_value = (0.28, 0.31, 0.38, 1)
    tree.links.new(group.outputs["Image"], darkening[0])
    tree.links.new(result_of(dark), dimming[0])
    tree.links.new(group.outputs["Image"], dimming[1])
    tree.links.new(group.outputs["Person Matte"], dim.inputs[0])
    noise = np.random.default_rng(1).normal(0.5, 0.12, (684, 512, 1)).clip(0, 1)
    cv2.imwrite(str(OUTPUT / "grain.png"), np.rint(255 * noise.repeat(3, axis=2)))
    film = tree.nodes.new("CompositorNodeImage")
    film.image = bpy.data.images.load(str(OUTPUT / "grain.png"))
    film.image.colorspace_settings.name = "Non-Color"
    grain.inputs[0].default_value = 0.5
    tree.links.new(result_of(dim), graining[0])
    tree.links.new(film.outputs["Image"], graining[1])
    tree.links.new(result_of(grain), output.inputs[0])
    return rendered()


def result_of(mix: Any) -> Any:
    """The colour that a mix node gives."""
    return next(socket for socket in mix.outputs if socket.type == "RGBA")


def enlarged(folder: Path, original: Image) -> list[Image]:
    """A part of the small frame enlarged, and of the original moved by the small frame's passes."""
    import bpy

    from portrait_addon.blender import compat

    frame = cv2.imread(str(folder / f"frame_{FRAME:04d}.png"))
    cv2.imwrite(str(OUTPUT / "original.png"), original)
    tree, group = tree_and_group()
    group.inputs["Portrait"].links[0].from_node.image = bpy.data.images.load(str(OUTPUT / "original.png"))
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = original.shape[1::-1]
    tree.links.new(group.outputs["Image"], compat.compositor_output(tree).inputs[0])
    large = cv2.resize(frame, original.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    part = np.s_[230:650, 290:790]
    return [large[part], rendered()[part]]


def passes_of(folder: Path) -> list[Image]:
    """The portrait and all passes of the frame, as they look on a screen; layers over a chequered ground."""
    from portrait_addon import srgb
    from portrait_addon.media.pictures import read_picture
    from portrait_addon.pipeline.records.passes import PASSES

    shown = []
    for item in PASSES:
        pixels = read_picture(folder / item.name / f"frame_{FRAME:04d}.exr").pixels
        if item.name in ("st_map", "shading", "depth") or item.name.endswith("_matte"):
            pixels = srgb.srgb_to_linear(pixels)  # values, not colours
        if item.name == "shading":
            pixels = 0.5 + 1.5 * (pixels - 1)
        if item.name == "depth":
            pixels = (pixels.max() - pixels) / np.ptp(pixels)  # what is near is light
        if pixels.shape[2] == 4:
            squares = (np.indices(pixels.shape[:2]) // 24).sum(axis=0) % 2
            ground = (0.55 + 0.1 * squares)[..., None]
            pixels = ground + pixels[..., 3:] * (pixels[..., :3] - ground)
        named = np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8)
        cv2.rectangle(named, (0, named.shape[0] - 56), (named.shape[1], named.shape[0]), (255, 255, 255), -1)
        cv2.putText(named, item.label, (14, named.shape[0] - 18), 0, 1.1, (30, 30, 30), 2, cv2.LINE_AA)
        shown.append(cv2.resize(named, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA))
    return shown


def save(name: str, pictures: list[Image]) -> None:
    """Write pictures side by side, four in a row at most."""
    rows = [beside(pictures[first : first + 4]) for first in range(0, len(pictures), 4)]
    gap = np.full((GAP, rows[0].shape[1], 3), 255, np.uint8)
    sheet = np.vstack([part for row in rows for part in (row, gap)][:-1])
    cv2.imwrite(str(PICTURES / f"compositor_{name}.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    print(f"docs/pictures/compositor_{name}.jpg")


def beside(pictures: list[Image]) -> Image:
    """Pictures of one height in a row."""
    gap = np.full((pictures[0].shape[0], GAP, 3), 255, np.uint8)
    return np.hstack([part for picture in pictures for part in (picture, gap)][:-1])


if __name__ == "__main__":
    run_and_exit(main)
