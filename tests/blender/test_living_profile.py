"""File > Export > Living Profile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest


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
