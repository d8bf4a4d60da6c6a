"""What a clip says, in a file: saved, and used in the clip's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from portrait_addon.jobs.performance_file import load_performance


@pytest.fixture
def saved(ready: Any, tmp_path: Path) -> Path:
    """A performance beside a .blend file."""
    assert bpy.ops.portrait.track() == {"FINISHED"}
    path = tmp_path / "shared" / "man.performance"
    path.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shared" / "shot.blend"))
    assert bpy.ops.portrait.save_performance(filepath=str(path)) == {"FINISHED"}
    return path


def frames(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("frame_*.png"))}


def test_a_performance_drives_as_its_clip_did(ready: Any, saved: Path, tmp_path: Path) -> None:
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    by_clip = frames(tmp_path / "out")
    assert bpy.ops.portrait.load_clip(filepath=str(saved)) == {"FINISHED"}
    assert ready.portrait.tracked_frames == 6
    assert bpy.ops.portrait.bake() == {"FINISHED"}
    assert frames(tmp_path / "out") == by_clip


def test_its_path_is_kept_as_artists_expect(ready: Any, saved: Path, tmp_path: Path) -> None:
    """Relative to the .blend file, and the two can be moved together."""
    bpy.ops.portrait.load_clip(filepath=str(saved))
    bpy.ops.file.make_paths_relative()
    assert ready.portrait.clip.filepath == "//man.performance"
    bpy.ops.wm.save_mainfile()
    shutil.move(tmp_path / "shared", tmp_path / "moved")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "moved" / "shot.blend"))
    assert bpy.ops.portrait.track() == {"FINISHED"}


def test_a_missing_performance_is_told(ready: Any, saved: Path) -> None:
    bpy.ops.portrait.load_clip(filepath=str(saved))
    saved.unlink()
    with pytest.raises(RuntimeError, match=r"man\.performance: there is no such file\. Check the path\."):
        bpy.ops.portrait.bake()


def test_without_the_mouth(ready: Any, saved: Path) -> None:
    """Smaller; and it is said, when it is saved and when it is used."""
    path = saved.with_name("closed.performance")
    assert bpy.ops.portrait.save_performance(filepath=str(path), with_mouth=False) == {"FINISHED"}
    assert not load_performance(path).has_mouth
    bpy.ops.portrait.load_clip(filepath=str(path))
    assert "holds no picture of a mouth, so a modelled one is shown" in ready.portrait.notes


def test_a_neutral_frame_of_its_own(ready: Any, saved: Path) -> None:
    neutral = ready.portrait.tracked_neutral
    bpy.ops.portrait.load_clip(filepath=str(saved))
    assert ready.portrait.tracked_neutral == neutral
    ready.portrait.neutral_frame = other = neutral % 6 + 1
    with pytest.raises(RuntimeError, match=f"was tracked with neutral frame {neutral}. Choose that, or track the clip"):
        bpy.ops.portrait.track()
    ready.portrait.neutral_frame = neutral
    assert other != neutral
    assert bpy.ops.portrait.track() == {"FINISHED"}


def test_a_poisoned_performance_is_refused(ready: Any, saved: Path) -> None:
    clip, data = ready.portrait.clip, bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 1
    saved.write_bytes(data)
    with pytest.raises(RuntimeError, match=r"man\.performance: is no usable performance file: it is damaged"):
        bpy.ops.portrait.load_clip(filepath=str(saved))
    assert ready.portrait.clip == clip


def test_no_other_file_is_overwritten(ready: Any, saved: Path) -> None:
    other = saved.with_name("notes.txt")
    other.write_text("mine")
    with pytest.raises(RuntimeError, match=r"notes\.txt: is another kind of file and would be overwritten"):
        bpy.ops.portrait.save_performance(filepath=str(other))
    assert other.read_text() == "mine"


def test_without_a_tracked_clip_there_is_nothing_to_save(add: Callable[..., Any], tmp_path: Path) -> None:
    add()
    with pytest.raises(RuntimeError, match="Track the driving clip first"):
        bpy.ops.portrait.save_performance(filepath=str(tmp_path / "none.performance"))
