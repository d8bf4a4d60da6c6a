"""File > Export > Living Profile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from portrait_addon.blender.operators.living_profile import PORTRAIT_OT_export_living_profile


def test_a_portrait_without_a_driver_becomes_a_profile(
    add: Callable[..., Any], portrait_file: Path, tmp_path: Path
) -> None:
    ob = add(portrait_file)
    ob.portrait.drive.idle_period = 4
    folder = tmp_path / "profile"
    done = bpy.ops.portrait.export_living_profile(directory=str(folder), side=64, background=(1, 0, 0))
    assert done == {"FINISHED"}
    states = json.loads((folder / "states.json").read_text())
    assert (states["idle"]["frames"], states["background"]) == (100, "#ff0000")
    assert max(states["width"], states["height"]) == 64


def test_the_folder_that_a_window_asked_for_is_filled(
    add: Callable[..., Any], portrait_file: Path, tmp_path: Path
) -> None:
    """What the file browser calls: Blender's own class, with the properties as they were chosen."""
    add(portrait_file).portrait.drive.idle_period = 4
    chosen = {"directory": str(tmp_path / "profile"), "side": 64, "background": (0, 0, 1), "origins": ""}
    asked: Any = SimpleNamespace(
        _asked=True, as_keywords=lambda ignore: chosen, report=lambda *_: pytest.fail("reported")
    )
    assert PORTRAIT_OT_export_living_profile.execute(asked, bpy.context) == {"FINISHED"}
    assert '"background": "#0000ff"' in (tmp_path / "profile" / "states.json").read_text()


def test_what_cannot_be_used_is_said(add: Callable[..., Any], portrait_file: Path, tmp_path: Path) -> None:
    add(portrait_file)
    with pytest.raises(RuntimeError, match="is no origin"):
        bpy.ops.portrait.export_living_profile(directory=str(tmp_path / "profile"), origins="example.org")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RuntimeError, match="holds other files than a living profile"):
        bpy.ops.portrait.export_living_profile(directory=str(tmp_path))
    with pytest.raises(RuntimeError, match="Choose a folder"):
        bpy.ops.portrait.export_living_profile()


def test_without_a_portrait_it_says_what_is_missing(add: Callable[..., Any], portrait_file: Path) -> None:
    add(portrait_file).portrait.portrait = None
    with pytest.raises(RuntimeError, match="Choose a portrait first"):
        bpy.ops.portrait.export_living_profile(directory="anywhere")
