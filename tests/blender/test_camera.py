"""The camera that sees a portrait, in both Blenders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import degrees, radians, tan
from typing import Any

import bpy
import cv2
import numpy as np
import pytest
from mathutils import Vector

from portrait_addon.blender import compat
from portrait_addon.blender.data import frames
from portrait_addon.blender.data.properties import settings_of
from portrait_addon.blender.output import scene_camera, stereo
from portrait_addon.blender.running import object_cache, sampling, unfinished
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait


@pytest.fixture
def live_preview() -> bool:
    return True


@pytest.fixture
def own(ready: Any) -> Any:
    return object_cache.own_camera_of(ready)


@pytest.fixture
def followed(ready: Any, own: Any, scene: Any) -> Callable[[Vector], Any]:
    """Put the scene's camera somewhere in the space of the plane, and sample what the portrait answers."""
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    ready.location, ready.rotation_euler, ready.scale = (1, 2, 3), (0.2, 0.1, 0.5), (2, 2, 2)
    bpy.context.view_layer.update()
    camera.location = ready.matrix_world @ place_of(ready, own)
    bpy.context.view_layer.update()
    assert bpy.ops.portrait.follow_camera() == {"FINISHED"}

    def answer(place: Vector) -> Any:
        camera.location = ready.matrix_world @ place
        (sampled,) = sampling.sample(ready, [1])
        return sampled.settings

    return answer


def place_of(ob: Any, own: Any, turn: float = 0.0, away: float = 1.0) -> Vector:
    """Before a plane, so far about the head to the right, and so much further away than where the camera begins."""
    width = ob.bound_box[6][0] - ob.bound_box[0][0]
    right, up = (width * length for length in own.head)
    start = Vector((-right, -3 * width, -up))
    start.x -= start.y * tan(radians(turn))
    return Vector((right, 0, up)) + away * start


def test_where_the_camera_begins_the_portrait_is_as_it_was_taken(ready: Any, own: Any, followed: Any) -> None:
    settings = followed(place_of(ready, own))
    assert settings.camera_distance == pytest.approx(own.metres, rel=1e-4)
    assert (settings.camera_turn, settings.camera_nod) == pytest.approx((0, 0), abs=1e-3)


def test_a_camera_that_moves_in_the_scene_moves_that_of_the_portrait(ready: Any, own: Any, followed: Any) -> None:
    assert followed(place_of(ready, own, away=0.5)).camera_distance == pytest.approx(own.metres / 2, rel=1e-4)
    assert followed(place_of(ready, own, turn=8)).camera_turn == pytest.approx(8, abs=0.3)
    assert followed(place_of(ready, own, turn=40)).camera_turn == 15
    above = place_of(ready, own) + Vector((0, 0, 0.1 * place_of(ready, own).length))
    assert followed(above).camera_nod == pytest.approx(degrees(0.1), abs=0.5)


def test_its_drivers_need_no_python(ready: Any, followed: Any) -> None:
    drivers = {curve.data_path: curve.driver for curve in ready.animation_data.drivers}
    assert {*drivers} == {f"portrait.{name}" for name in scene_camera.DRIVEN}
    assert all(driver.is_simple_expression and driver.is_valid for driver in drivers.values())


def test_done_again_there_is_one_and_left_there_is_none(ready: Any, followed: Any) -> None:
    bpy.ops.portrait.follow_camera()
    assert len(ready.children) == 1 and len(ready.animation_data.drivers) == 3
    assert bpy.ops.portrait.leave_camera() == {"FINISHED"}
    assert not ready.children and not ready.animation_data.drivers
    with pytest.raises(RuntimeError, match="answers no camera"):
        bpy.ops.portrait.leave_camera()


def test_without_a_camera_the_button_says_so(ready: Any, scene: Any) -> None:
    scene.camera = None
    with pytest.raises(RuntimeError, match="no camera"):
        bpy.ops.portrait.follow_camera()


def test_auto_writes_the_fitted_distance_down_and_takes_it_back(ready: Any, own: Any) -> None:
    bpy.ops.portrait.auto_distance()
    assert settings_of(ready.portrait).camera_distance == pytest.approx(own.metres, abs=1e-5)
    bpy.ops.portrait.auto_distance()
    assert ready.portrait.camera_distance == 0


def test_the_preview_knows_the_lens_of_the_file_as_a_bake_does(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = object_cache.picture_of(ready)
    monkeypatch.setattr(object_cache, "picture_of", lambda _ob: replace(picture, lens=28.0))
    object_cache.forget_all()
    portrait = object_cache.portrait_of(ready)
    assert portrait.lens == 28 and not PreparedPortrait(portrait).head.camera.assumed
    assert object_cache.own_camera_of(ready).lens == pytest.approx(28)


def test_an_anaglyph_has_the_left_eye_in_red_and_the_right_one_in_cyan(
    ready: Any, scene: Any, render: Callable[..., np.ndarray]
) -> None:
    assert bpy.ops.portrait.anaglyph() == {"FINISHED"}
    right = stereo.right_eye_of(ready)
    folders = [folder for ob in (ready, right) if (folder := frames.frames_folder(ob)) is not None]
    assert len({*folders}) == 2
    assert unfinished.count_unfinished(ready, scene)[:2] == (0, 0)
    assert bpy.ops.portrait.anaglyph() == {"FINISHED"}
    assert sum(node.label == stereo.LABEL for node in compat.compositor_tree(scene).nodes) == 1
    bpy.ops.portrait.frame_camera()
    ready.hide_render = True
    shown = render(2)
    left, cyan = (cv2.imread(str(folder / "frame_0002.png")).astype(float) for folder in folders)
    assert np.abs(left - cyan).mean() > 1
    assert np.abs(shown[..., 2] - left[..., 2])[4:-4, 4:-4].mean() < 1
    assert np.abs(shown[..., :2] - cyan[..., :2])[4:-4, 4:-4].mean() < 1


def test_made_again_a_pair_has_no_third_eye(ready: Any) -> None:
    bpy.ops.portrait.make_stereo_pair()
    before = len(bpy.data.objects)
    ready.portrait.stereo_eye = 0
    bpy.ops.portrait.make_stereo_pair()
    assert len(bpy.data.objects) == before
    assert (ready.portrait.stereo_eye, stereo.right_eye_of(ready).portrait.stereo_eye) == (-1, 1)
