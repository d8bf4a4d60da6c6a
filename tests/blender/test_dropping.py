"""A picture dropped is a portrait, a video dropped is its driving clip; the same from the menus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from portrait_addon.blender import dropping
from portrait_addon.blender.operators import add, clip
from portrait_addon.blender.running import runner
from portrait_addon.blender.viewport import preview

VIEWPORT: dict[str, Any] = {"area": SimpleNamespace(type="VIEW_3D"), "region": SimpleNamespace(type="WINDOW")}


@pytest.fixture
def live_preview() -> bool:
    return True


def context(**changes: Any) -> Any:
    now = {"mode": "OBJECT", "object": bpy.context.object, "scene": bpy.context.scene}
    return SimpleNamespace(**VIEWPORT | now | changes)


def drop(handler: Any, path: Path) -> set[str]:
    """As Blender does: hand the file to the handler's operator, and invoke it."""
    assert path.suffix in handler.bl_file_extensions.split(";")
    group, verb = handler.bl_import_operator.split(".")
    return getattr(getattr(bpy.ops, group), verb)("INVOKE_DEFAULT", filepath=str(path))


def test_a_dropped_picture_becomes_a_portrait(portrait_file: Path) -> None:
    assert dropping.PORTRAIT_FH_picture.poll_drop(context())
    assert drop(dropping.PORTRAIT_FH_picture, portrait_file) == {"FINISHED"}
    assert bpy.context.object.portrait.portrait.name == "ford.png"


def test_a_dropped_clip_is_tracked_and_the_portrait_moves(
    add: Callable[..., Any], portrait_file: Path, assets: Path, scene: Any
) -> None:
    ob = add(portrait_file)
    assert dropping.PORTRAIT_FH_clip.poll_drop(context())
    assert drop(dropping.PORTRAIT_FH_clip, assets / "demo_smile_mit.mp4") == {"FINISHED"}
    assert ob.portrait.tracked_frames == 72
    scene.frame_set(20)
    assert preview.is_preview(ob.active_material.node_tree.nodes["Portrait"].image)


def test_a_clip_finds_the_only_portrait(add: Callable[..., Any], clip_file: Path, portrait_file: Path) -> None:
    ob = add(portrait_file)
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.portrait.load_clip(filepath=str(clip_file)) == {"FINISHED"}
    assert ob.portrait.clip is not None
    assert bpy.context.object == ob


def test_among_several_portraits_one_must_be_chosen(add: Callable[..., Any], clip_file: Path) -> None:
    add(), add()
    bpy.context.view_layer.objects.active = None
    assert not dropping.PORTRAIT_FH_clip.poll_drop(context(object=None))
    with pytest.raises(RuntimeError, match="Select the portrait that is to follow the clip"):
        bpy.ops.portrait.load_clip(filepath=str(clip_file))


def test_a_clip_without_a_portrait_is_left_to_blender() -> None:
    assert not dropping.PORTRAIT_FH_clip.poll_drop(context())


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"area": None},
        {"area": SimpleNamespace(type="IMAGE_EDITOR")},
        {"region": SimpleNamespace(type="UI")},
        {"mode": "SCULPT"},
    ],
)
def test_elsewhere_a_picture_is_left_to_blender(elsewhere: dict[str, Any]) -> None:
    assert not dropping.PORTRAIT_FH_picture.poll_drop(context(**elsewhere))


def test_what_is_no_clip_is_named(add: Callable[..., Any], tmp_path: Path) -> None:
    ob = add()
    path = tmp_path / "notes.mp4"
    path.write_text("no video")
    with pytest.raises(RuntimeError, match=r"notes\.mp4"):
        bpy.ops.portrait.load_clip(filepath=str(path))
    assert ob.portrait.clip is None
    assert runner.current() is None


def test_a_clip_without_a_face_stays_chosen_and_says_so(
    add: Callable[..., Any], write_frames: Callable[..., Path]
) -> None:
    ob = add()
    with pytest.raises(RuntimeError, match="no face found in any frame"):
        bpy.ops.portrait.load_clip(filepath=str(write_frames(2) / "frame_0001.png"))
    assert ob.portrait.clip is not None


def test_while_a_job_runs_no_clip_is_taken(ready: Any, clip_file: Path, scene: Any) -> None:
    from portrait_addon.blender.running import job_builders

    runner.begin(job_builders.track(ready))
    with pytest.raises(RuntimeError, match="A job of this portrait is running"):
        bpy.ops.portrait.load_clip(filepath=str(clip_file))


def test_the_menus_have_the_entries() -> None:
    drawn = {draw.__module__.rpartition(".")[2] for draw in bpy.types.TOPBAR_MT_file_import.draw._draw_funcs}
    assert {"add", "clip"} <= drawn
    for module in (add, clip):
        layout = SimpleNamespace(operator=lambda name, text, icon: bpy.ops.portrait, operator_context="")
        module.draw_menu_entry(SimpleNamespace(layout=layout), bpy.context)
        assert layout.operator_context == "INVOKE_DEFAULT"
