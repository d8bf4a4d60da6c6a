"""File > Export > Living Profile."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from portrait_addon.blender.operators.living_profile import PORTRAIT_OT_export_living_profile
from portrait_addon.blender.running import profiling
from portrait_addon.errors import InputError


@pytest.fixture
def resting(add: Callable[..., Any], portrait_file: Path) -> Any:
    """A portrait that nothing drives."""
    ob = add(portrait_file)
    ob.portrait.drive.idle_period = 4
    return ob


def test_a_portrait_without_a_driver_becomes_a_profile(resting: Any, tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    done = bpy.ops.portrait.export_living_profile(directory=str(folder), side=64, background=(1, 0, 0))
    assert done == {"FINISHED"}
    states = json.loads((folder / "states.json").read_text())
    assert (states["idle"]["frames"], states["background"]) == (100, "#ff0000")
    assert max(states["width"], states["height"]) == 64


def test_what_a_window_asked_for_is_used(resting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file browser calls: Blender's own class, with the properties as they were chosen."""

    def said(ob: Any, folder: Path, side: int, background: Sequence[float], origins: Sequence[str]) -> Any:
        raise InputError(f"{ob.name} {folder.name} {side} {background} {origins}")

    monkeypatch.setattr(profiling, "living_profile", said)
    chosen = {"directory": "/a/profile", "side": 64, "background": (0, 0, 1), "origins": "https://example.org"}
    reports: list[str] = []
    asked: Any = SimpleNamespace(
        _asked=True, as_keywords=lambda ignore: chosen, report=lambda _, text: reports.append(text)
    )
    PORTRAIT_OT_export_living_profile.execute(asked, bpy.context)
    assert reports == ["ford profile 64 (0.0, 0.0, 1.0) ['https://example.org']"]


def test_what_cannot_be_used_is_said(resting: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="is no origin"):
        bpy.ops.portrait.export_living_profile(directory=str(tmp_path / "profile"), origins="example.org")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RuntimeError, match="holds other files than a living profile"):
        bpy.ops.portrait.export_living_profile(directory=str(tmp_path))
    with pytest.raises(RuntimeError, match="Choose a folder"):
        bpy.ops.portrait.export_living_profile()


def test_without_a_portrait_it_says_what_is_missing(resting: Any) -> None:
    resting.portrait.portrait = None
    with pytest.raises(RuntimeError, match="Choose a portrait first"):
        bpy.ops.portrait.export_living_profile(directory="anywhere")
