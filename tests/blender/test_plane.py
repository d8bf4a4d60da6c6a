"""The plane shows the file's own colours, at the right time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender.data import frames
from portrait_addon.blender.data.events import BakedFrames
from portrait_addon.blender.viewport import plane
from tests.pictures import write_picture

GREY_LEVEL = 1


def red_of(picture: np.ndarray) -> int:
    return int(picture[32, 24, 2])


@pytest.fixture
def bake_stand_in(add: Callable[..., Any], write_frames: Callable[..., Path]) -> Callable[..., Any]:
    """A framed plane that shows frames as after a bake."""

    def show(count: int, start: int, first_file: int | None = None) -> Any:
        ob = add()
        first = max(start, 0) if first_file is None else first_file
        ob.portrait.start_frame = start
        path = write_frames(count, first) / f"frame_{first:04d}.png"
        plane.show_frames(ob, BakedFrames(path, first, count, (48, 64), has_alpha=False))
        bpy.ops.portrait.frame_camera()
        return ob

    return show


def test_the_plane_has_the_portraits_proportions(add: Callable[..., Any]) -> None:
    ob = add()
    assert ob.dimensions.x / ob.dimensions.z == pytest.approx(48 / 64)
    assert ob.dimensions.z == pytest.approx(1)


def test_another_portrait_changes_the_proportions(add: Callable[..., Any]) -> None:
    ob = add()
    ob.portrait.portrait = bpy.data.images.new("wide", 200, 100)
    bpy.context.view_layer.update()
    assert tuple(ob.dimensions) == pytest.approx((2, 0, 1))


def test_rendered_colours_are_the_files(
    add: Callable[..., Any], render: Callable[..., np.ndarray], picture_file: Path
) -> None:
    add()
    bpy.ops.portrait.frame_camera()
    rendered, picture = render(), cv2.imread(str(picture_file))
    assert rendered.shape == picture.shape
    inside = np.s_[2:-2, 2:-2]
    edge = np.zeros(picture.shape[:2], bool)
    edge[30:34], edge[:, 22:26] = True, True
    difference = np.abs(rendered.astype(int) - picture)[inside][~edge[inside]]
    assert difference.max() <= GREY_LEVEL


def test_workbench_shows_the_picture_too(
    add: Callable[..., Any], render: Callable[..., np.ndarray], scene: Any
) -> None:
    add()
    bpy.ops.portrait.frame_camera()
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "TEXTURE"
    assert np.abs(render()[16, 12].astype(int) - (200, 128, 20)).max() <= GREY_LEVEL


@pytest.mark.parametrize("start", [1, 10, 0, -50, 1001])
def test_the_sequence_holds_its_first_and_its_last_frame(
    bake_stand_in: Callable[..., Any], render: Callable[..., np.ndarray], start: int
) -> None:
    bake_stand_in(count=4, start=start)
    shown = {offset: red_of(render(start + offset)) for offset in (-300, -1, 0, 1, 3, 4, 300)}
    assert shown == pytest.approx({-300: 20, -1: 20, 0: 20, 1: 40, 3: 80, 4: 80, 300: 80}, abs=GREY_LEVEL)


def test_a_single_frame_is_held_for_ever(bake_stand_in: Callable[..., Any], render: Callable[..., np.ndarray]) -> None:
    bake_stand_in(count=1, start=7)
    assert [red_of(render(frame)) for frame in (1, 7, 8, 500)] == pytest.approx([20] * 4, abs=GREY_LEVEL)


def test_moving_the_start_moves_baked_frames(
    bake_stand_in: Callable[..., Any], render: Callable[..., np.ndarray]
) -> None:
    ob = bake_stand_in(count=4, start=1)
    ob.portrait.start_frame = 100
    assert [red_of(render(frame)) for frame in (99, 101, 200)] == pytest.approx([20, 40, 80], abs=GREY_LEVEL)


@pytest.mark.parametrize("background", [0.0, 1.0])
def test_a_transparent_portrait_lets_the_world_through(
    add: Callable[..., Any], render: Callable[..., np.ndarray], scene: Any, tmp_path: Path, background: float
) -> None:
    pixels = np.zeros((64, 48, 4), np.uint8)
    pixels[:, :24], pixels[:, 24:] = (200, 128, 20, 255), (255, 255, 255, 0)
    write_picture(tmp_path / "cut out.png", pixels)
    scene.world = bpy.data.worlds.new("World")
    if scene.world.node_tree is None:
        scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (background,) * 3 + (1,)
    ob = add(tmp_path / "cut out.png")
    bpy.ops.portrait.frame_camera()
    rendered = render()
    assert np.abs(rendered[32, 10].astype(int) - (200, 128, 20)).max() <= GREY_LEVEL
    assert np.abs(rendered[32, 40].astype(int) - round(255 * background)).max() <= GREY_LEVEL
    assert ob.active_material.surface_render_method == "BLENDED"


@pytest.mark.parametrize("linked", [False, True])
def test_a_duplicate_shows_its_own_frames(
    bake_stand_in: Callable[..., Any], write_frames: Callable[..., Path], tmp_path: Path, linked: bool
) -> None:
    original = bake_stand_in(count=3, start=1)
    bpy.ops.object.duplicate(linked=linked)
    duplicate = bpy.context.object
    assert duplicate.portrait.frames == original.portrait.frames
    own = write_frames(2).rename(tmp_path / "own")
    write_frames(3)
    plane.show_frames(duplicate, BakedFrames(own / "frame_0001.png", 1, 2, (48, 64), has_alpha=False))
    assert plane.image_node(original).image == original.portrait.frames
    assert plane.image_node(duplicate).image == duplicate.portrait.frames != original.portrait.frames


def test_frames_reload_after_another_bake(
    bake_stand_in: Callable[..., Any], render: Callable[..., np.ndarray], write_frames: Callable[..., Path]
) -> None:
    ob = bake_stand_in(count=3, start=1)
    assert red_of(render(2)) == pytest.approx(40, abs=GREY_LEVEL)
    folder = frames.frames_folder(ob)
    assert folder is not None
    write_picture(folder / "frame_0002.png", np.full((64, 48, 3), (200, 128, 222), np.uint8))
    plane.show_frames(ob, BakedFrames(folder / "frame_0001.png", 1, 3, (48, 64), has_alpha=False))
    assert red_of(render(2)) == pytest.approx(222, abs=GREY_LEVEL)


def test_a_rotated_and_scaled_plane_still_fills_the_camera(
    add: Callable[..., Any], render: Callable[..., np.ndarray]
) -> None:
    ob = add()
    ob.rotation_euler, ob.scale, ob.location = (0.3, 0.2, 2.0), (3, 3, 3), (5, -2, 1)
    bpy.ops.portrait.frame_camera()
    rendered = render()
    assert np.abs(rendered[4, 4].astype(int) - (200, 128, 20)).max() <= GREY_LEVEL
    assert np.abs(rendered[4, -5].astype(int) - (10, 60, 250)).max() <= GREY_LEVEL
    assert np.abs(rendered[-5, -5].astype(int) - 255).max() <= GREY_LEVEL


def test_a_lit_plane_needs_lamps_and_a_shadeless_one_does_not(
    add: Callable[..., Any], render: Callable[..., np.ndarray], scene: Any
) -> None:
    ob = add()
    bpy.ops.portrait.frame_camera()
    ob.portrait.shading = "LIT"
    scene.world = bpy.data.worlds.new("Night")
    if scene.world.node_tree is None:
        scene.world.use_nodes = True
    light = scene.world.node_tree.nodes["Background"].inputs["Strength"]
    light.default_value = 0
    assert render()[16, 12].max() <= GREY_LEVEL
    light.default_value = 1
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (1, 1, 1, 1)
    assert np.abs(render()[16, 12].astype(int) - (200, 128, 20)).max() <= 12
    ob.portrait.shading = "SHADELESS"
    light.default_value = 0
    assert np.abs(render()[16, 12].astype(int) - (200, 128, 20)).max() <= GREY_LEVEL


def test_the_portraits_camera_is_its_own(add: Callable[..., Any], scene: Any) -> None:
    mine = bpy.data.objects.new("mine", bpy.data.cameras.new("mine"))
    scene.collection.objects.link(mine)
    mine.location = (7, 8, 9)
    scene.camera = mine
    ob = add()
    bpy.ops.portrait.frame_camera()
    made = scene.camera
    assert made.name == "colours camera"
    assert tuple(mine.location) == (7, 8, 9)
    ob.location.x = 3
    scene.camera = mine
    bpy.ops.portrait.frame_camera()
    assert scene.camera == made
    assert made.location.x == pytest.approx(3)


def test_a_lit_plane_without_a_lamp_before_it_is_told(add: Callable[..., Any], scene: Any) -> None:
    ob = add()
    assert plane.lamps_before(ob, scene) == []
    for kind, place in (("POINT", (0, 3, 0)), ("POINT", (0, -3, 0)), ("SUN", (0, 3, 0))):
        lamp = bpy.data.objects.new(kind, bpy.data.lights.new(kind, kind))
        lamp.location = place
        scene.collection.objects.link(lamp)
    bpy.context.view_layer.update()
    assert [tuple(lamp.location) for lamp in plane.lamps_before(ob, scene)] == [(0, -3, 0)]
    bpy.data.objects["SUN"].rotation_euler.x = 1.2  # it shines along its -z: now from the front
    bpy.context.view_layer.update()
    assert len(plane.lamps_before(ob, scene)) == 2
