"""Older files, duplicates, and portraits appended or linked from another file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from portrait_addon.blender.data import migration
from portrait_addon.blender.data.properties import SCHEMA
from portrait_addon.blender.viewport import plane, preview


@pytest.fixture
def library(ready: Any, tmp_path: Path) -> Path:
    """A file of an earlier version that holds a portrait."""
    ready.portrait.schema = 1
    ready.portrait.expression = 0.75
    ready.keyframe_insert("portrait.expression", frame=1)
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return path


def bring(library: Path, link: bool) -> Any:
    bpy.ops.wm.link(filename="ford", directory=f"{library}/Object/") if link else bpy.ops.wm.append(
        filename="ford", directory=f"{library}/Object/"
    )
    return next(ob for ob in bpy.data.objects if ob.type == "MESH")


@pytest.mark.parametrize("link", [False, True])
def test_a_portrait_brings_what_it_needs(library: Path, link: bool) -> None:
    properties = bring(library, link).portrait
    assert properties.portrait.name == "ford.png"
    assert Path(bpy.path.abspath(properties.portrait.filepath, library=properties.portrait.library)).is_file()
    assert properties.clip.source == "SEQUENCE"
    assert properties.expression == pytest.approx(0.75)
    assert properties.id_data.animation_data.action is not None


def test_what_is_appended_is_brought_up_to_date(library: Path) -> None:
    assert bring(library, link=False).portrait.schema == SCHEMA


def test_what_is_linked_is_left_to_its_own_file(library: Path) -> None:
    ob = bring(library, link=True)
    assert ob.portrait.schema == 1
    bpy.context.scene.frame_set(3)
    assert plane.image_node(ob).image == ob.portrait.portrait


def test_migrating_twice_changes_nothing(add: Callable[..., Any]) -> None:
    ob = add()
    migration.migrate_all()
    assert (ob.portrait.schema, ob.portrait.preview) == (SCHEMA, True)


def test_data_of_a_later_version_is_left_alone(add: Callable[..., Any]) -> None:
    ob = add()
    ob.portrait.schema = SCHEMA + 1
    migration.migrate_all()
    assert ob.portrait.schema == SCHEMA + 1


def test_an_object_that_is_no_portrait_is_left_alone(scene: Any) -> None:
    ob = bpy.data.objects.new("mesh", bpy.data.meshes.new("mesh"))
    scene.collection.objects.link(ob)
    migration.migrate_all()
    assert ob.portrait.schema == 0
    assert not preview._previewing
