"""The archive is what a user gets: it must bring all that it needs, and nothing else."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

EXTENSION = "bl_ext.user_default.living_portraits"
SAVED = Path(__file__).parent / "formats" / "format_22.performance"


def test_archive_brings_the_wheels_for_both_blenders(archive: Path) -> None:
    with ZipFile(archive) as opened:
        names = opened.namelist()
        manifest = tomllib.loads(opened.read("blender_manifest.toml").decode())
    wheels = [name.removeprefix("wheels/") for name in names if name.endswith(".whl")]
    assert sorted(f"./wheels/{wheel}" for wheel in wheels) == sorted(manifest["build"]["generated"]["wheels"])
    brought = {"mediapipe", "opencv_python_headless", "scipy", "av", "isal", "openexr", "pillow"}
    assert {wheel.split("-")[0] for wheel in wheels} == brought
    assert {"cp311", "cp313"} <= {wheel.split("-")[2] for wheel in wheels}
    assert {"__init__.py", "LICENSE", "models/NOTICE.md", "models/face_landmarker.task", "manual/using.html"} <= set(
        names
    )
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]


def test_manifest_keeps_the_rules_of_the_extensions_platform(archive: Path) -> None:
    with ZipFile(archive) as opened:
        manifest = tomllib.loads(opened.read("blender_manifest.toml").decode())
    assert manifest["id"] == "living_portraits"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["permissions"]) == {"files"}
    for line in (manifest["tagline"], manifest["permissions"]["files"]):
        assert len(line) <= 64
        assert not line.endswith(".")


def test_installed_archive_is_enabled_and_uses_its_own_packages(run_installed: Callable[..., str]) -> None:
    code = f"""
import os
from pathlib import Path

import bpy
import cv2, isal, mediapipe, numpy, OpenEXR, scipy

assert {EXTENSION!r} in bpy.context.preferences.addons
assert bpy.context.object.portrait is not None
resources = Path(os.environ["BLENDER_USER_RESOURCES"])
for module in (cv2, isal, mediapipe, OpenEXR, scipy):
    assert Path(module.__file__).is_relative_to(resources / "extensions"), module.__file__
assert not Path(numpy.__file__).is_relative_to(resources), numpy.__file__
from {EXTENSION}.models import load_model
print(len(load_model("face_landmarker.task")))
"""
    assert run_installed(code).split()[-1] == "3758596"


def test_installed_archive_serves_scripts(run_installed: Callable[..., str]) -> None:
    """By the names that docs/api.md tells; enabled alone, the extension loads neither OpenCV nor MediaPipe."""
    code = f"""
import sys
from {EXTENSION}.pipeline import Settings

assert not {{"cv2", "mediapipe"}} & {{*sys.modules}}, "loaded too early"
from {EXTENSION} import api

print(api.track({str(SAVED)!r}).frame_count, Settings().expression)
"""
    assert run_installed(code).split()[-2:] == ["10", "1.0"]


def test_installed_archive_bakes_in_processes_of_its_own(run_installed: Callable[..., str]) -> None:
    """Each has to find the extension and its wheels by the names that they have in Blender."""
    code = f"""
import os
from {EXTENSION}.jobs.processes import Processes, can_be_started

assert can_be_started()
ask = "__import__('importlib').import_module({EXTENSION + ".jobs.frame_specs"!r}).__name__, __import__('os').getpid()"
with Processes(eval, 2) as work:
    name, process = work(ask)
assert process != os.getpid()
print(name)
"""
    assert run_installed(code).split()[-1] == f"{EXTENSION}.jobs.frame_specs"
