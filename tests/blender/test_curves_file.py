"""Curves of expressions in Blender: a file in the clip's place, and the curves of a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from portrait_addon.blender.output import pose_actions
from portrait_addon.blender.panels.workflow import state_lines
from portrait_addon.blender.running.sampling import sample
from portrait_addon.jobs.curves_file import read_curves
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS


@pytest.fixture
def saved(ready: Any, tmp_path: Path) -> Path:
    """Curves of the clip."""
    assert bpy.ops.portrait.track() == {"FINISHED"}
    path = tmp_path / "man.csv"
    assert bpy.ops.portrait.save_curves(filepath=str(path)) == {"FINISHED"}
    return path


def test_the_curves_of_a_clip_drive_in_its_place(ready: Any, saved: Path, tmp_path: Path) -> None:
    assert bpy.ops.portrait.load_clip(filepath=str(saved)) == {"FINISHED"}
    assert ready.portrait.tracked_frames == 6
    assert state_lines(ready)[0] == "Tracked 6 clip frames"  # none of which is neutral
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    frames = sorted((tmp_path / "out").rglob("frame_*.png"))
    assert len(frames) == 6
    pictures = [read_picture(path).pixels.astype(int) for path in frames]
    assert max(np.abs(picture - pictures[0]).max() for picture in pictures) > 20


def test_a_file_that_is_wrong_is_told_and_the_clip_stays(ready: Any, saved: Path) -> None:
    clip = ready.portrait.clip
    saved.write_text("Frame,Mood\n1,2\n")
    with pytest.raises(RuntimeError, match=r"man\.csv: cannot be read as curves, its first line names none"):
        bpy.ops.portrait.load_clip(filepath=str(saved))
    assert ready.portrait.clip == clip


def test_no_other_table_is_overwritten(ready: Any, saved: Path) -> None:
    saved.write_text("name,price\n")
    with pytest.raises(RuntimeError, match=r"man\.csv: is another kind of file and would be overwritten"):
        bpy.ops.portrait.save_curves(filepath=str(saved))
    assert saved.read_text() == "name,price\n"


def test_what_is_saved_has_a_line_a_frame(saved: Path) -> None:
    curves, notes = read_curves(saved)
    assert curves.weights.shape == (6, len(EXPRESSION_UNITS))
    assert notes == []


CURVES = """Timecode,BlendShapeCount,JawOpen,MouthSmileLeft,HeadYaw,HeadScale
10:00:00:24,61,0,0,0,1
10:00:01:00,61,0.5,0,0.1,1
10:00:01:01,61,0.5,0,0.2,1.1
10:00:01:02,61,0.25,0,0.3,1
"""


@pytest.fixture
def curves(tmp_path: Path) -> Path:
    path = tmp_path / "jaw.csv"
    path.write_text(CURVES)
    return path


def test_curves_become_keys_of_sliders_and_come_back(add: Any, portrait_file: Path, curves: Path, scene: Any) -> None:
    ob = add(portrait_file)
    scene.render.fps = 25
    scene.frame_set(11)
    assert bpy.ops.portrait.key_curves(filepath=str(curves)) == {"FINISHED"}
    assert ob.portrait.driving_source == "EXPRESSIONS"
    keyed = {curve.data_path: curve for curve in pose_actions.curves_of(ob.animation_data.action)}
    assert {*keyed} == {f"portrait.drive.{name}" for name in ("jawOpen", "turn", "size")}
    turned = [tuple(key.co) for key in keyed["portrait.drive.turn"].keyframe_points]
    assert turned == [(11, 0), (14, pytest.approx(0.3))]
    scene.frame_start, scene.frame_end = 11, 14
    again = curves.with_name("again.csv")
    assert bpy.ops.portrait.save_curves(filepath=str(again)) == {"FINISHED"}
    read, saved = read_curves(curves)[0], read_curves(again)[0]
    for name in ("times", "weights", "angles", "scales"):
        np.testing.assert_allclose(getattr(saved, name), getattr(read, name), atol=1e-4)


def test_keys_keep_those_around_them(add: Any, portrait_file: Path, curves: Path, scene: Any) -> None:
    ob = add(portrait_file)
    scene.render.fps = 25
    for frame in (1, 12, 30):
        ob.portrait.drive.mouthSmileLeft = 0.5
        ob.keyframe_insert("portrait.drive.mouthSmileLeft", frame=frame)
    scene.frame_set(10)
    bpy.ops.portrait.key_curves(filepath=str(curves), tolerance=0)
    found = {curve.data_path: curve for curve in pose_actions.curves_of(ob.animation_data.action)}
    smile = [tuple(key.co) for key in found["portrait.drive.mouthSmileLeft"].keyframe_points]
    assert smile == [(1, 0.5), (10, 0), (11, 0), (12, 0), (13, 0), (30, 0.5)]


def test_mouth_cues_become_keys_over_a_clip(ready: Any, tmp_path: Path, scene: Any) -> None:
    (tmp_path / "voice.tsv").write_text("0.00\tX\n0.40\tD\n0.80\tX\n")
    scene.render.fps = 25
    scene.frame_set(1)
    assert bpy.ops.portrait.key_curves(filepath=str(tmp_path / "voice.tsv")) == {"FINISHED"}
    assert ready.portrait.driving_source == "BOTH"
    (sampled,) = sample(ready, [16])
    assert sampled.added.score("jawOpen") > 0.3


def test_what_holds_no_numbers_is_refused(ready: Any, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("0.0\tQ\n")
    with pytest.raises(RuntimeError, match="the mouth shape Q is not known"):
        bpy.ops.portrait.key_curves(filepath=str(tmp_path / "a.tsv"))
    with pytest.raises(RuntimeError, match=r"a\.mp4: is no file of curves or mouth cues"):
        bpy.ops.portrait.key_curves(filepath=str(tmp_path / "a.mp4"))
    assert ready.portrait.driving_source == "CLIP"
