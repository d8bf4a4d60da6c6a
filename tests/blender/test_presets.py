"""Presets of the creative parameters, and settings given to other portraits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from portrait_addon.blender.operators.presets import OURS, SUBFOLDER
from portrait_addon.pipeline.records.settings import Settings, parameters

SHIPPED = sorted((OURS / "presets" / SUBFOLDER).glob("*.py"))


def settings_of(ob: Any) -> dict[str, Any]:
    return {parameter.name: pytest.approx(getattr(ob.portrait, parameter.name)) for parameter in parameters()}


@pytest.fixture
def own_presets() -> Iterator[Path]:
    folder = Path(bpy.utils.user_resource("SCRIPTS", path=f"presets/{SUBFOLDER}", create=True))
    yield folder
    for path in folder.glob("*.py"):
        path.unlink()


def apply(name: str) -> None:
    path = bpy.utils.preset_find(name, SUBFOLDER, display_name=True)
    assert path, name
    assert bpy.ops.script.execute_preset(filepath=path, menu_idname="PORTRAIT_PT_presets") == {"FINISHED"}


def test_ours_are_found_and_within_range(add: Callable[..., Any]) -> None:
    ob = add()
    assert [path.stem for path in SHIPPED] == ["As_in_the_Paper", "Expressive", "Lifelike", "Subtle"]
    for path in SHIPPED:
        lines = path.read_text().splitlines()
        missing = [
            p.name for p in parameters() if not any(line.startswith(f"properties.{p.name} = ") for line in lines)
        ]
        assert not missing, f"{path.name} must set these too"
        for parameter in parameters():
            (line,) = (line for line in lines if line.startswith(f"properties.{parameter.name} = "))
            assert parameter.minimum <= float(line.partition("=")[2]) <= parameter.maximum, (path.name, line)
            setattr(ob.portrait, parameter.name, parameter.maximum)
        apply(bpy.path.display_name(path.name))
        assert all(f"properties.{p.name} = {round(getattr(ob.portrait, p.name), 6)}" in lines for p in parameters())


def test_lifelike_is_what_a_new_portrait_has(add: Callable[..., Any]) -> None:
    ob = add()
    ob.portrait.expression = 2.0
    apply("Lifelike")
    assert settings_of(ob) == vars(Settings())


def test_one_of_the_artists_own(add: Callable[..., Any], own_presets: Path) -> None:
    ob = add()
    ob.portrait.wrinkles, ob.portrait.head_motion = 1.75, 0.25
    assert bpy.ops.portrait.add_preset(name="Old Lady") == {"FINISHED"}
    assert [path.name for path in own_presets.iterdir()] == ["Old_Lady.py"]
    apply("Lifelike")
    apply("Old Lady")
    assert (ob.portrait.wrinkles, ob.portrait.head_motion) == (1.75, 0.25)
    assert bpy.ops.portrait.add_preset(name="Old_Lady", remove_name=True) == {"FINISHED"}
    assert not list(own_presets.glob("*.py"))


def test_ours_stay(add: Callable[..., Any]) -> None:
    add()
    bpy.ops.portrait.add_preset(name="Subtle", remove_name=True)
    assert all(path.is_file() for path in SHIPPED)


def test_copying_settings(add: Callable[..., Any]) -> None:
    one, two, other = add(), add(), add()
    other.portrait.expression, other.portrait.depth = 0.25, 0.5
    other.portrait.start_frame = 7
    with pytest.raises(RuntimeError, match="Select other portraits too, this one last"):
        bpy.ops.portrait.copy_settings()
    one.keyframe_insert("portrait.mouth", frame=1)
    for ob in (one, two):
        ob.select_set(True)
    assert bpy.ops.portrait.copy_settings() == {"FINISHED"}
    assert settings_of(one) == settings_of(two) == settings_of(other)
    assert one.portrait.start_frame == two.portrait.start_frame == 1  # when it begins is not how it moves


def test_copying_says_what_is_animated(add: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    one = add()
    one.keyframe_insert("portrait.mouth", frame=1)
    one.keyframe_insert("location", frame=1)
    two = add()
    two.keyframe_insert("location", frame=1)
    three = add()
    for ob in (one, two):
        ob.select_set(True)
    assert bpy.context.object == three
    bpy.ops.portrait.copy_settings()
    assert f"Warning: {one.name}: keyframes or drivers there stay, and go on to count" in capfd.readouterr().out
