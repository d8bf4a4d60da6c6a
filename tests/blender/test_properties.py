"""The extension comes and goes cleanly; the settings stand on the object and are sampled as Blender animates them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

import portrait_addon
from portrait_addon.blender.data.properties import is_portrait, settings_of
from portrait_addon.blender.running.sampling import sample
from portrait_addon.pipeline.records.settings import Settings, parameters


def test_registering_again_and_again_leaves_one_of_everything() -> None:
    handlers = len(bpy.app.handlers.render_init)
    for _ in range(2):
        portrait_addon.unregister()
        assert not hasattr(bpy.types.Object, "portrait")
        assert not hasattr(bpy.types, "PORTRAIT_OT_bake")
        portrait_addon.register()
    assert len(bpy.app.handlers.render_init) == handlers
    assert bpy.ops.portrait.bake.get_rna_type().name == "Bake"


def test_registering_loads_nothing_that_computes() -> None:
    heavy = {"cv2", "mediapipe", "scipy", "isal", "OpenEXR"}
    code = f"import sys, bpy, portrait_addon as p; p.register(); print({heavy} & {{*sys.modules}}); p.unregister()"
    code += "; sys.stdout.flush(); import os; os._exit(0)"
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=120)
    assert run.stdout.splitlines()[-1] == "set()", run.stdout + run.stderr


def test_every_parameter_of_the_method_is_an_animatable_property(add: Callable[..., Any]) -> None:
    properties = add().portrait
    for parameter in parameters():
        rna = properties.bl_rna.properties[parameter.name]
        assert (rna.name, rna.description) == (parameter.label, parameter.description)
        assert (rna.hard_min, rna.soft_max, rna.hard_max) == (
            parameter.minimum, parameter.soft_maximum, parameter.maximum,
        )  # fmt: skip
        assert rna.is_animatable
    assert settings_of(properties) == Settings()


def test_other_objects_are_no_portraits(scene: Any) -> None:
    assert not is_portrait(None)
    assert not is_portrait(bpy.data.objects.new("mesh", bpy.data.meshes.new("mesh")))


def test_keyframes_are_sampled_and_the_artists_frame_stays(add: Callable[..., Any], scene: Any) -> None:
    ob = add()
    for frame, value in ((1, 0.0), (11, 1.0)):
        ob.portrait.expression = value
        ob.keyframe_insert("portrait.expression", frame=frame)
    scene.frame_set(5)
    before = ob.portrait.expression
    sampled = [at.settings.expression for at in sample(ob, (1, 6, 11, 100))]
    assert sampled == pytest.approx([0, 0.5, 1, 1], abs=1e-6)
    assert (scene.frame_current, ob.portrait.expression) == (5, before)
    assert len(bpy.data.scenes) == 1
    assert list(ob.users_scene) == [scene]


def test_drivers_on_other_objects_are_sampled(add: Callable[..., Any], scene: Any) -> None:
    ob, control = add(), bpy.data.objects.new("control", None)
    scene.collection.objects.link(control)
    for frame, value in ((1, 0.0), (11, 1.0)):
        control.location.x = value
        control.keyframe_insert("location", index=0, frame=frame)
    driver = ob.driver_add("portrait.head_motion").driver
    variable = driver.variables.new()
    variable.name = "x"
    variable.targets[0].id, variable.targets[0].data_path = control, "location.x"
    driver.expression = "2 * x"
    sampled = [at.settings.head_motion for at in sample(ob, (1, 6, 11))]
    assert sampled == pytest.approx([0, 1, 2], abs=1e-6)


def test_nla_strips_are_sampled(add: Callable[..., Any]) -> None:
    ob = add()
    for frame, value in ((1, 0.0), (11, 1.0)):
        ob.portrait.expression = value
        ob.keyframe_insert("portrait.expression", frame=frame)
    data = ob.animation_data
    action, slot = data.action, data.action_slot
    data.action = None
    strip = data.nla_tracks.new().strips.new("later", 101, action)
    strip.action_slot = slot
    sampled = [at.settings.expression for at in sample(ob, (101, 106, 111))]
    assert sampled == pytest.approx([0, 0.5, 1], abs=1e-6)


def test_settings_and_pointers_survive_a_save(add: Callable[..., Any], tmp_path: Path) -> None:
    ob = add()
    ob.portrait.expression = 1.25
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    properties = bpy.data.objects["colours"].portrait
    assert properties.expression == pytest.approx(1.25)
    assert properties.portrait.name == "colours.png"
    assert is_portrait(bpy.data.objects["colours"])


def test_another_clip_forgets_the_numbers_of_the_one_before_once(
    add: Callable[..., Any], write_frames: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """Each number that is set calls the function that forgets: it must not go round in circles."""
    properties = add().portrait
    first = write_frames(3) / "frame_0001.png"
    clips = [bpy.data.movieclips.load(str(path)) for path in (first, first.with_name("frame_0002.png"))]
    properties.clip = clips[0]
    properties.neutral_frame, properties.last_frame, properties.driving_face = 2, 3, 2
    properties.clip = clips[1]
    assert (properties.neutral_frame, properties.last_frame, properties.driving_face) == (0, 0, 1)
    assert "Error" not in capfd.readouterr().err
