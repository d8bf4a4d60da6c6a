"""File > Export > Job Bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest


def test_the_file_is_exported_as_it_was_saved(ready: Any, scene: Any, tmp_path: Path) -> None:
    scene.frame_start, scene.frame_end = 3, 40
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    folder = tmp_path / "bundle"
    assert bpy.ops.portrait.export_job_bundle(directory=str(folder), chunk_size=7) == {"FINISHED"}
    assert json.loads((folder / "parameters.json").read_text(encoding="utf-8")) == {
        "BlendFile": str(tmp_path / "shot.blend"),
        "Frames": "3-40",
        "ChunkSize": 7,
        "Portraits": "ford",
    }


def test_a_file_that_is_not_saved_is_none(ready: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Save the file first: a farm reads it from the disk"):
        bpy.ops.portrait.export_job_bundle(directory=str(tmp_path / "bundle"))


def test_a_file_without_a_driven_portrait_is_none(add: Callable[..., Any], tmp_path: Path) -> None:
    add()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with pytest.raises(RuntimeError, match="There is no portrait with a driving clip"):
        bpy.ops.portrait.export_job_bundle(directory=str(tmp_path / "bundle"))


def test_a_folder_of_somebody_else_is_refused(ready: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with pytest.raises(RuntimeError, match="holds other files than a job bundle"):
        bpy.ops.portrait.export_job_bundle(directory=str(tmp_path))
