"""The job type of Flamenco, run by node against a stand-in of what the Manager gives to it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.command_line import main
from portrait_addon.jobs.bundle import FLAMENCO_JOB_TYPE

STAND_IN = Path(__file__).parent / "flamenco_stand_in.js"
SETTINGS = {"frames": "1-7", "chunk_size": 3, "portraits": "", "render": True, "blendfile": "/shared/shot.blend"}


@pytest.fixture
def compile_job() -> Callable[..., dict[str, Any]]:
    def run(**settings: object) -> dict[str, Any]:
        job = json.dumps({"settings": SETTINGS | settings})
        command = ["node", str(STAND_IN), str(FLAMENCO_JOB_TYPE), job]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)

    return run


def test_steps_follow_each_other_chunk_by_chunk(compile_job: Callable[..., dict[str, Any]]) -> None:
    tasks = compile_job()["tasks"]
    assert {task["name"]: task["dependencies"] for task in tasks} == {
        "track": [],
        "bake-1-3": ["track"],
        "render-1-3": ["bake-1-3"],
        "bake-4-6": ["track"],
        "render-4-6": ["bake-4-6"],
        "bake-7-7": ["track"],
        "render-7-7": ["bake-7-7"],
    }
    assert {task["type"] for task in tasks} == {"blender"}


def test_without_a_render_it_bakes_only(compile_job: Callable[..., dict[str, Any]]) -> None:
    names = [task["name"] for task in compile_job(render=False, chunk_size=2, is_movie=True)["tasks"]]
    assert names == ["track", "bake-1-2", "bake-3-4", "bake-5-6", "bake-7-7"]


def test_every_task_is_a_command_that_we_know(
    compile_job: Callable[..., dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    for task in compile_job(portraits=" Ford, Mona Lisa,", blendfile="none.blend")["tasks"]:
        (command,) = task["commands"]
        assert (command["name"], command["parameters"]["exe"]) == ("exec", "{blender}")
        blender, portrait, *arguments = command["parameters"]["args"]
        assert (blender, portrait) == ("--command", "portrait")
        assert arguments[2:4] == ["--object=Ford", "--object=Mona Lisa"]
        assert main(arguments) == 1
        assert capfd.readouterr().err == "portrait: none.blend: there is no such file. Check the path.\n"


@pytest.mark.parametrize("frames", ["", "1,5-9", "7", "-5-3", "1-", "1-5; x"])
def test_what_is_no_range_is_refused(compile_job: Callable[..., dict[str, Any]], frames: str) -> None:
    assert compile_job(frames=frames) == {"error": f'Frames: "{frames}" is not one range of frames such as 1-250'}


def test_a_film_is_refused(compile_job: Callable[..., dict[str, Any]]) -> None:
    assert compile_job(is_movie=True)["error"].startswith("The scene renders to a film, which has no parts.")


def test_what_blender_fills_in_can_be_evaluated(compile_job: Callable[..., dict[str, Any]], addon: None) -> None:
    import bpy

    evaluated = {
        setting["key"]: eval(setting["eval"], {"C": bpy.context})
        for setting in compile_job()["settings"]
        if "eval" in setting
    }
    assert evaluated == {"frames": "1-250", "is_movie": False}
