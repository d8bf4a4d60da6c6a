"""The portraits of a .blend file baked without a window, as a farm does it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender.command_line import bake_file
from portrait_addon.command_line import main
from portrait_addon.jobs.job import Cancelled
from tools.in_blender import write_still, write_video

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shot(ready: Any, add: Callable[..., Any], tmp_path: Path) -> Path:
    """A saved file of two portraits with a clip, one keyed, and one without."""
    ready.portrait.output_folder = ""
    for frame, value in ((1, 0.0), (6, 1.0)):
        ready.portrait.expression = value
        ready.keyframe_insert("portrait.expression", frame=frame)
    other = ready.copy()
    other.name = "other"
    bpy.context.collection.objects.link(other)
    add().name = "still"
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return path


@pytest.fixture
def bake(shot: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """Run the command in this process; gives exit status, summary and standard error."""

    def command(*arguments: str, file: Path = shot) -> tuple[int, Any, str]:
        capfd.readouterr()
        status = main(["bake", str(file), *arguments])
        out, err = capfd.readouterr()
        return status, json.loads(out) if out else None, err

    return command


def frames(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("frame_*.png"))}


def test_every_portrait_with_a_clip_is_baked(bake: Callable[..., Any], shot: Path) -> None:
    status, summary, err = bake()
    assert (status, summary["frames"]) == (0, 12)
    assert [(done["object"], done["written"], done["kept"]) for done in summary["portraits"]] == [
        ("ford", 6, 0),
        ("other", 6, 0),
    ]
    assert [Path(done["output"]) for done in summary["portraits"]] == [shot.parent / "ford", shot.parent / "other"]
    assert "Baking" in err
    assert len(set(frames(shot.parent / "ford").values())) == 6  # its keyframes count
    assert [done["kept"] for done in bake()[1]["portraits"]] == [6, 6]
    assert [done["written"] for done in bake("--force", "--object", "other")[1]["portraits"]] == [6]


def test_only_what_is_named(bake: Callable[..., Any], shot: Path) -> None:
    assert [done["object"] for done in bake("--object", "other")[1]["portraits"]] == ["other"]
    assert not (shot.parent / "ford").exists()


def test_the_file_is_saved_only_if_asked(bake: Callable[..., Any], shot: Path) -> None:
    before = shot.read_bytes()
    bake()
    assert shot.read_bytes() == before
    assert bake("--save")[0] == 0
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    assert bpy.data.objects["ford"].portrait.frame_count == 6


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--object", "nobody"], "there is no portrait nobody; there are ford, other, still. Check the name."),
        (["--object", "still"], "still has no picture, or nothing that drives it. Choose them."),
    ],
)
def test_what_cannot_be_baked(bake: Callable[..., Any], shot: Path, arguments: list[str], reason: str) -> None:
    status, summary, err = bake(*arguments)
    assert (status, summary, err) == (1, None, f"portrait: {shot}: {reason}\n")


def test_files_that_are_none(bake: Callable[..., Any], shot: Path, portrait_file: Path) -> None:
    assert bake(file=shot.parent / "none.blend")[2].endswith("none.blend: there is no such file. Check the path.\n")
    status, _, err = bake(file=portrait_file)
    assert (status, err.count("\n")) == (1, 1)
    assert "ford.png: Blender cannot open it" in err
    bpy.ops.wm.save_as_mainfile(filepath=str(shot.parent / "empty.blend"))
    assert "empty.blend: holds no portrait with a driving clip" in bake(file=shot.parent / "empty.blend")[2]


def test_cancelled_it_goes_on_next_time(shot: Path, bake: Callable[..., Any]) -> None:
    seen: list[str] = []
    with pytest.raises(Cancelled):
        bake_file(
            shot,
            [],
            force=False,
            wait=False,
            save=False,
            on_progress=lambda progress: seen.append(progress.text),
            cancelled=lambda: "Baking" in seen,
        )
    status, summary, _ = bake()
    assert (status, summary["frames"]) == (0, 12)
    assert summary["portraits"][1]["written"] == 6


def test_what_a_process_tracked_is_kept_for_the_next(shot: Path, tmp_path: Path) -> None:
    """Where the extension is not installed and has no folder of its own."""
    command = [sys.executable, "-m", "portrait_addon", "bake", str(shot), "--object", "other", "--force", "--wait"]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "LOCALAPPDATA": str(tmp_path / "cache")}
    said = [
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120).stderr
        for _ in range(2)
    ]
    assert ["Tracking" in err for err in said] == [True, False], said
    assert all("Baking" in err for err in said)


def test_a_process_of_its_own_prints_nothing_but_the_summary(shot: Path) -> None:
    """Where Blender is a Python module in which nobody has enabled the extension."""
    command = [sys.executable, "-m", "portrait_addon", "bake", str(shot), "--object", "other"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == 6


def test_machines_share_a_bake(bake: Callable[..., Any], shot: Path) -> None:
    """Disjoint frames, from what one of them tracked; the same as from one machine."""
    bake()
    alone = {name: frames(shot.parent / name) for name in ("ford", "other")}
    for name in alone:
        shutil.rmtree(shot.parent / name)
    (tracked,) = bake("--track", "--object=other")[1]["portraits"]
    assert (tracked["object"], tracked["clips"], tracked["tracked"]) == ("other", 1, 6)
    assert len(list((shot.parent / "tracked_clips").glob("*.performance"))) == 1
    seen: list[str] = []
    for part in ("1-2", "3", "4-99"):
        status, summary, err = bake(f"--frames={part}", "--object=ford\nother\n")
        assert status == 0
        seen += [err, str([done["written"] for done in summary["portraits"]])]
    assert seen[1::2] == ["[2, 2]", "[1, 1]", "[3, 3]"]
    assert not any("Tracking" in said for said in seen)
    assert {name: frames(shot.parent / name) for name in alone} == alone
    assert [done["kept"] for done in bake("--frames=2-5")[1]["portraits"]] == [4, 4]
    assert sorted(path.name for path in (shot.parent / "ford").glob("*bake*")) == ["bake.jsonl"]
    assert bake("--frames=20-30")[:2][0] == 0  # where the clip does not play


def test_frames_are_baked_and_rendered(bake: Callable[..., Any], shot: Path) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    bpy.context.view_layer.objects.active = bpy.data.objects["ford"]
    bpy.ops.portrait.frame_camera()
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x, scene.render.resolution_y = 48, 64
    scene.frame_start, scene.frame_end, scene.frame_step = 1, 6, 2
    write_still(scene, "//render/####")
    bpy.ops.wm.save_mainfile()
    status, _, err = bake("--frames=2-5", "--render")
    assert (status, "Rendering" in err) == (0, True), err
    assert sorted(path.name for path in (shot.parent / "render").iterdir()) == ["0003.png", "0005.png"]
    first, last = (cv2.imread(str(shot.parent / "render" / name)).astype(int) for name in ("0003.png", "0005.png"))
    assert np.abs(first - last).max() > 8  # the portrait moves


def test_what_cannot_be_rendered(bake: Callable[..., Any], shot: Path) -> None:
    status, _, err = bake("--frames=1", "--render")
    assert status == 1
    assert err.splitlines()[-1].startswith(f"portrait: {shot}: cannot be rendered (Cannot render, no camera). Render ")
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    write_video(bpy.context.scene, "//film.mp4")
    bpy.ops.wm.save_mainfile()
    for options in (["--frames=1", "--render"], ["--bundle", str(shot.parent / "bundle")]):
        status, _, err = bake(*options)
        assert status == 1
        assert "renders to a film, which has no parts. Choose pictures" in err
    assert not (shot.parent / "bundle").exists()


def test_progress_and_failure_as_open_job_description_hears_them(bake: Callable[..., Any]) -> None:
    bake("--object=other")  # tracked by now, whatever ran before
    _, _, err = bake("--openjd", "--object=other", "--force")
    assert set(re.findall(r"^openjd_status: (.+)$", err, re.MULTILINE)) >= {"Baking"}
    percents = [float(text) for text in re.findall(r"^openjd_progress: (\S+)$", err, re.MULTILINE)]
    assert percents
    assert all(0 <= percent <= 100 for percent in percents)
    _, _, err = bake("--openjd", "--object=nobody")
    assert "openjd_fail: " in err
    assert "there is no portrait nobody" in err.splitlines()[-1]


def test_a_bundle_is_exported(bake: Callable[..., Any], shot: Path, tmp_path: Path) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    bpy.context.window.scene = bpy.data.scenes.new("second")
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 5, 9
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    before = sorted(shot.parent.rglob("*"))
    folder = tmp_path / "for the farm"
    status, summary, _ = bake("--bundle", str(folder))
    assert (status, summary["Portraits"]) == (0, "ford\nother")
    assert summary["Frames"] == "5-9", "those of the scene that the file opens with"
    assert json.loads((folder / "parameters.json").read_text())["BlendFile"] == str(shot)
    assert sorted(path for path in shot.parent.rglob("*") if folder not in (path, *path.parents)) == before
