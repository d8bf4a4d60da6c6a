"""Curves of expressions in Blender: a file in the clip's place, and the curves of a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

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
