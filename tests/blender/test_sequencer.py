"""The frames as a strip, and what renders say of themselves, in both Blenders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import OpenEXR
import pytest

from portrait_addon.blender.output import synthetic_label
from portrait_addon.media.provenance import SYNTHETIC
from tools.in_blender import write_still


def first_frame_of(strip: Any) -> int:
    return int(strip.left_handle if hasattr(strip, "left_handle") else strip.frame_final_start)


def test_the_strip_shows_each_frame_at_its_time(baked: Any, render: Callable[..., np.ndarray], scene: Any) -> None:
    assert bpy.ops.portrait.add_strip() == {"FINISHED"}
    (strip,) = scene.sequence_editor.strips
    assert (first_frame_of(strip), len(strip.elements)) == (10, 4)
    shown = [render(frame)[32, 24].tolist() for frame in (10, 11, 13)]
    assert np.abs(np.array(shown) - [[200, 128, red] for red in (20, 40, 80)]).max() <= 1


def test_done_again_there_is_one_strip_in_the_same_channel(baked: Any, scene: Any, picture_file: Path) -> None:
    editor = scene.sequence_editor_create()
    editor.strips.new_image(name="mine", filepath=str(picture_file), channel=3, frame_start=1)
    bpy.ops.portrait.add_strip()
    baked.portrait.start_frame = 30
    bpy.ops.portrait.add_strip()
    ours = [strip for strip in editor.strips if strip.name != "mine"]
    assert [(strip.channel, first_frame_of(strip)) for strip in ours] == [(4, 30)]


def test_before_a_bake_the_button_is_grey(add: Callable[..., Any]) -> None:
    add()
    with pytest.raises(RuntimeError, match="Bake the portrait first"):
        bpy.ops.portrait.add_strip()


def test_renders_say_that_they_are_synthetic(
    baked: Any, render: Callable[..., np.ndarray], scene: Any, tmp_path: Path
) -> None:
    scene.render.stamp_note_text = "Shot 12"
    for _ in range(2):
        synthetic_label.mark(scene)
    assert scene.render.stamp_note_text.count(SYNTHETIC) == 1
    assert scene.render.stamp_note_text.startswith("Shot 12")
    render(10)
    content = (tmp_path / "render.png").read_bytes()
    assert SYNTHETIC.encode() in content
    assert b"Living Portraits" in content
    write_still(scene, str(tmp_path / "render.exr"))
    scene.render.image_settings.file_format = "OPEN_EXR"
    bpy.ops.render.render(write_still=True)
    with OpenEXR.File(str(tmp_path / "render.exr"), header_only=True) as opened:
        assert any(SYNTHETIC in str(value) for value in opened.header().values())


def test_a_bake_marks_the_scene(ready: Any, scene: Any) -> None:
    bpy.ops.portrait.bake()
    assert scene.render.use_stamp_note
    assert SYNTHETIC in scene.render.stamp_note_text


@pytest.fixture
def workspaces() -> list[Any]:
    """Workspaces as a window has them: since Blender 5.0 each has a scene for its sequencer, at first none."""
    if not hasattr(bpy.context.workspace, "sequencer_scene"):
        pytest.skip("before Blender 5.0 a sequencer shows the window's scene")
    for workspace in bpy.data.workspaces:
        workspace.sequencer_scene = None
    return list(bpy.data.workspaces)


def test_the_strip_is_in_the_sequencers_of_the_window_and_renders(
    baked: Any, render: Callable[..., np.ndarray], scene: Any, workspaces: list[Any]
) -> None:
    other = bpy.data.scenes.new("edit")
    workspaces[0].sequencer_scene = other
    bpy.ops.portrait.add_strip()
    assert workspaces[0].sequencer_scene == other  # what the artist chose
    assert all(workspace.sequencer_scene == scene for workspace in workspaces[1:])
    bpy.context.window.workspace = workspaces[1]
    assert np.abs(render(11)[32, 24].astype(int) - (200, 128, 40)).max() <= 1


def test_that_renders_show_the_sequencer_is_said(baked: Any, capfd: pytest.CaptureFixture[str]) -> None:
    bpy.ops.portrait.add_strip()
    assert "Renders of this scene now show the sequencer; mute its strips to render the plane" in capfd.readouterr().out


def test_a_part_of_the_frames_begins_in_the_strip_where_it_was_baked(baked: Any, scene: Any) -> None:
    baked.portrait.first_offset = 5
    bpy.ops.portrait.add_strip()
    (strip,) = scene.sequence_editor.strips
    assert first_frame_of(strip) == 15
