"""Make the pictures of ``docs/in_scene.md`` in Blender, from the test assets.

``$(make -s python) tools/scene_pictures.py`` makes all. Leaves the .blend files in ``build/scene``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from math import cos, pi, sin
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from in_blender import run_and_exit, write_still
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "tests" / "assets"
PICTURES = ROOT / "docs" / "pictures"
OUTPUT = ROOT / "build" / "scene"
TURN, NOD = 22.0, 7.0
"""Degrees by which the made head turns to either side and nods, back and forth in its whole clip."""

GAP, QUALITY = 8, 84
Image = NDArray[Any]

sys.path.insert(0, str(ROOT))


def main() -> None:
    """Make all pictures."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="blender-user-")  # nobody's own settings
    import portrait_addon

    portrait_addon.register()
    try:
        save("glasses", glasses())
        save("cut_out", camera_move())
    finally:
        portrait_addon.unregister()


def glasses() -> list[Image]:
    """A lit portrait that turns and smiles, with a pair of glasses on its nose."""
    import bpy

    ob = portrait("glasses", "ford_1888.jpg", turning_clip())
    ob.portrait.shading = "LIT"
    bpy.ops.portrait.add_anchors()
    model_glasses(ob)
    light(ob, 2.0, 0.4)
    bpy.ops.wm.save_mainfile()
    return [rendered(frame, ob)[60:1060] for frame in (1, 19, 46, 58)]


def camera_move() -> list[Image]:
    """A cut-out portrait before its background, seen by a camera that passes by, focused on the person."""
    import bpy

    ob = portrait("cut_out", "mona_lisa.jpg", ASSETS / "demo_smile_mit.mp4", head_motion=2.0)
    bpy.ops.portrait.cut_out(distance=1.5)
    bpy.ops.portrait.bake()
    scene = bpy.context.scene
    camera = scene.camera
    camera.data.dof.use_dof, camera.data.dof.focus_object = True, ob
    camera.data.dof.aperture_fstop = 0.8
    middle = camera.location.x
    camera.location.y *= 0.66
    camera.location.z += 0.16
    for frame, aside in ((1, -0.11), (60, 0.11)):
        camera.location.x = middle + aside
        camera.keyframe_insert("location", frame=frame)
    bpy.ops.wm.save_mainfile()
    return [rendered(frame, ob) for frame in (1, 40, 60)]


def portrait(name: str, picture: str, clip: Path, **settings: float) -> Any:
    """A portrait that was baked, in a new file, framed by a camera."""
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.context.scene.render.fps = 30
    bpy.ops.wm.save_as_mainfile(filepath=str(OUTPUT / f"{name}.blend"))
    bpy.ops.portrait.add(filepath=str(ASSETS / picture))
    ob = bpy.context.object
    for setting, value in settings.items():
        setattr(ob.portrait, setting, value)
    bpy.ops.portrait.load_clip(filepath=str(clip))
    bpy.ops.portrait.bake()
    bpy.ops.portrait.frame_camera()
    bpy.ops.portrait.use_standard_view()
    return ob


def turning_clip() -> Path:
    """The clip of a smile, whose head is made to look to both sides."""
    from scipy.spatial.transform import Rotation

    from portrait_addon.jobs.job import run
    from portrait_addon.jobs.performance_file import save_performance
    from portrait_addon.jobs.tracking import TrackJob

    filmed = run(TrackJob(ASSETS / "demo_smile_mit.mp4"))
    points = filmed.points.astype(np.float64)
    neutral = filmed.neutral_points.astype(np.float64)
    # The neck, about which a head turns, is behind and below its middle.
    face = float(np.ptp(neutral[:, 1]))
    neck = neutral.mean(axis=0) + np.array([0, 0.3 * face, 0.5 * face])
    turned = np.empty_like(points)
    for row, shape in enumerate(points):
        swing = sin(2 * pi * (row - filmed.neutral + 1) / len(points))
        turn = Rotation.from_euler("yx", [TURN * swing, NOD * swing * swing], degrees=True)
        turned[row] = turn.apply(shape - neck) + neck
    path = OUTPUT / "turning.performance"
    save_performance(replace(filmed, points=turned.astype(np.float32)), path)
    return path


def model_glasses(ob: Any) -> Any:
    """A pair of glasses of bent wire, a child of the head's anchor."""
    import bpy

    from portrait_addon.blender.data.anchors import anchors_of

    root = anchors_of(ob)
    assert root is not None
    at = {empty.name.rpartition("anchor ")[2]: empty for empty in root.children_recursive}
    right, left = (np.array(at[f"{side} eye"].location) for side in ("right", "left"))
    apart = left[0] - right[0]
    front = min(right[1], left[1], at["brows"].location.y) - 0.12 * apart
    rear = -at["head"].location.y
    middle, level, radius = (right[0] + left[0]) / 2, (right[2] + left[2]) / 2 - 0.04 * apart, 0.36 * apart
    hinge = 0.5 * apart + 1.05 * radius
    wires = [
        [(eye[0] + radius * 1.1 * cos(t), front, level + radius * sin(t)) for t in np.linspace(0, 2 * pi, 49)]
        for eye in (right, left)
    ]
    nose = 0.5 * apart - 1.08 * radius
    wires.append([
        (middle + nose * cos(t), front - 0.06 * apart * sin(t), level + 0.2 * radius + 0.12 * apart * sin(t))
        for t in np.linspace(0, pi, 17)
    ])  # fmt: skip
    for side in (-1, 1):
        ear = middle + side * (hinge + 0.12 * apart)
        wires.append([(middle + side * hinge, front, level + 0.1 * apart), (ear, rear, level + 0.16 * apart)])
    curve = bpy.data.curves.new("glasses", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", 0.035 * apart, 4
    for places in wires:
        spline = curve.splines.new("POLY")
        spline.points.add(len(places) - 1)
        spline.points.foreach_set("co", [value for place in places for value in (*place, 1.0)])
    horn = bpy.data.materials.new("horn")
    if horn.node_tree is None:
        horn.use_nodes = True
    surface = next(node for node in horn.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    surface.inputs["Base Color"].default_value = (0.05, 0.018, 0.008, 1)
    surface.inputs["Roughness"].default_value = 0.25
    curve.materials.append(horn)
    worn = bpy.data.objects.new("glasses", curve)
    bpy.context.scene.collection.objects.link(worn)
    worn.parent = at["head"]
    return worn


def light(ob: Any, sun: float, world: float) -> None:
    """A sun from above on one side, and some light from everywhere."""
    import bpy

    scene = bpy.context.scene
    lamp = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    lamp.data.energy, lamp.data.angle = sun, 0.3
    lamp.rotation_euler = (pi / 2 - 0.3, 0, 0.25)
    scene.collection.objects.link(lamp)
    scene.world = bpy.data.worlds.new("world")
    if scene.world.node_tree is None:
        scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (1, 1, 1, 1)
    background.inputs["Strength"].default_value = world


def rendered(frame: int, ob: Any) -> Image:
    """A frame of the scene, of the size of the portrait."""
    import bpy

    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", int(os.environ.get("SAMPLES", "24"))
    scene.cycles.use_denoising, scene.cycles.transparent_max_bounces = False, 8
    scene.render.resolution_percentage = 60
    scene.frame_set(frame)
    write_still(scene, str(OUTPUT / "still.png"))
    bpy.ops.render.render(write_still=True)
    return np.asarray(cv2.imread(str(OUTPUT / "still.png")), np.uint8)


def save(name: str, pictures: list[Image]) -> None:
    """Write pictures side by side."""
    gap = np.full((pictures[0].shape[0], GAP, 3), 255, np.uint8)
    sheet = np.hstack([part for picture in pictures for part in (picture, gap)][:-1])
    sheet = cv2.resize(sheet, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(PICTURES / f"scene_{name}.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    print(f"docs/pictures/scene_{name}.jpg")


if __name__ == "__main__":
    run_and_exit(main)
