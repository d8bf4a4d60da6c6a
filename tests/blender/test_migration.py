"""Older files, duplicates, and portraits appended or linked from another file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from portrait_addon.blender.data import migration
from portrait_addon.blender.data.properties import SCHEMA
from portrait_addon.blender.viewport import plane, preview


@pytest.fixture
def live_preview() -> bool:
    return True


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


ROOT = Path(__file__).parents[2]
BLENDERS = [path for version in ("4.5", "5.2") if (path := ROOT / ".venv" / version).is_dir()]
OPEN_AND_SAVE = """
import os, sys
import bpy
from portrait_addon.blender.registration import register_modules
register_modules()
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
assert bpy.data.objects["baked"].portrait.schema == 3
bpy.ops.wm.save_mainfile()
os._exit(0)
"""

SAVED = sorted((Path(__file__).parent / "files").glob("schema_2_*.blend"))
"""Files of the last version with schema 2, saved by either Blender."""


@pytest.fixture(params=SAVED, ids=lambda path: path.stem)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A copy of such a file, opened."""
    path = tmp_path / request.param.name
    path.write_bytes(request.param.read_bytes())
    bpy.ops.wm.open_mainfile(filepath=str(path))
    yield path


def properties_of(name: str) -> dict[str, Any]:
    """What a portrait of these files keeps."""
    properties = bpy.data.objects[name].portrait
    found = {key: getattr(properties, key) for key in list(properties.bl_rna.properties.keys())}
    plain = {key: value for key, value in found.items() if isinstance(value, (bool, int, float, str))}
    ids = {key: value.name for key, value in found.items() if isinstance(value, bpy.types.ID)}
    return plain | ids | {"passes": set(properties.passes), "size": tuple(properties.size)}


def test_a_file_of_the_version_before_keeps_all_that_was_chosen(opened: Path) -> None:
    baked = properties_of("baked")
    chosen = {"neutral_frame": 5, "start_frame": 11, "first_frame": 3, "last_frame": 40, "wrinkles": 1.5}
    found = {"tracked_frames": 72, "tracked_neutral": 5, "candidates": "5 9", "notes": "a note"}
    frames = {"first_file": 11, "frame_count": 4, "baked_passes": "st_map shading", "baked_multilayer": True}
    for wanted in (chosen, found, frames, {"clip": "demo_smile_mit.mp4", "portrait": "ford.jpg"}):
        assert {key: baked[key] for key in wanted} == pytest.approx(wanted)
    assert baked["frames"]
    tracked = properties_of("tracked")
    assert tracked["retime"]
    assert (tracked["clip_frame"], tracked["shading"], tracked["output_folder"]) == (12.5, "LIT", "//out")
    assert tracked["passes"] == {"st_map", "shading"}
    assert "jaw_9" in tracked["corrections"]
    (item,) = bpy.data.objects["tracked"].portrait.reactions
    assert (item.name, item.neutral_frame, item.repeat, item.influence) == ("smile", 7, "LOOP", 0.5)


def test_a_file_of_the_version_before_is_brought_up_to_date(opened: Path) -> None:
    for name in ("baked", "tracked"):
        found = properties_of(name)
        assert (found["schema"], found["bake_range"], found["preview"]) == (SCHEMA, "CLIP", True)
        assert found["chosen_for"] == found["clip"]
        assert found["first_offset"] == 0
    ob = bpy.data.objects["baked"]
    user = plane.image_node(ob).image_user
    assert (user.frame_start, user.frame_offset, user.frame_duration) == (12, 11, 3)  # as it was saved
    bpy.context.scene.frame_set(20)
    assert ob.portrait.head_motion == pytest.approx(1.0)  # the keyframes


def test_the_new_file_says_the_same_in_either_blender(opened: Path) -> None:
    before = {name: properties_of(name) for name in ("baked", "tracked")}
    again = opened.with_name("again.blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(again))
    other = next((place for place in BLENDERS if not place.samefile(sys.prefix)), None)
    if other is not None:  # through the other Blender and back
        subprocess.run([other / "bin" / "python", "-c", OPEN_AND_SAVE, again], cwd=ROOT, check=True, timeout=100)
    bpy.ops.wm.open_mainfile(filepath=str(again))
    assert {name: properties_of(name) for name in ("baked", "tracked")} == before
