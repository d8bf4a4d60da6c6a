"""The job template, run by the reference implementation of Open Job Description: three machines, one of which dies."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.jobs.bundle import TEMPLATE
from portrait_addon.jobs.manifest import read_manifest
from portrait_addon.pipeline.imaging.threads import WORKERS
from tests.farm.conftest import FRAMES, PORTRAITS, ROOT

CHUNKS = ("1-50", "51-100", "101-150", "151-200", "201-250", "251-300")
SECONDS = 600


@pytest.fixture
def shot(addon: None, save_shot: Callable[[Path], Path], tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    return save_shot(tmp_path / "shared")


class Machine:
    """Runs tasks, and keeps what it tracks to itself, as another computer would."""

    def __init__(self, bundle: Path, blender: Path, home: Path) -> None:
        self._command = [
            *("openjd", "run", str(bundle / "template.yaml")),
            *("--job-param", (bundle / "parameters.json").as_uri()),
            *("--job-param", f"Blender={blender}"),
        ]
        self._home = home

    def begin(self, step: str, *chunks: str) -> subprocess.Popen[str]:
        tasks = ["--tasks", json.dumps([{"Frames": chunk} for chunk in chunks])] if chunks else []
        return subprocess.Popen(
            [*self._command, "--step", step, *tasks],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"XDG_CACHE_HOME": str(self._home), "HOME": str(self._home)},
        )

    def run(self, step: str, *chunks: str) -> str:
        return output_of(self.begin(step, *chunks))


def output_of(running: subprocess.Popen[str]) -> str:
    said, _ = running.communicate(timeout=SECONDS)
    assert running.returncode == 0, said
    return said


def summaries(said: str) -> list[dict[str, Any]]:
    """What our command line printed in a session."""
    return [json.loads(found) for found in re.findall(r'\t(\{"frames".*\})$', said, re.MULTILINE)]


@pytest.fixture
def machines(shot: Path, blender: Path, tmp_path: Path) -> list[Machine]:
    bundle = tmp_path / "bundle"
    command = [sys.executable, "-m", "portrait_addon", "bake", str(shot), "--bundle", str(bundle)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=SECONDS)
    return [Machine(bundle, blender, tmp_path / f"machine {number}") for number in range(3)]


def contents(shot: Path) -> dict[str, bytes]:
    return {
        f"{name}/{path.name}": path.read_bytes() for name in PORTRAITS for path in (shot.parent / name).glob("frame_*")
    }


def listed(folder: Path, frames: range) -> int:
    """How many of some frames are baked."""
    return sum(entry.made_of != "" for number, entry in read_manifest(folder).items() if number in frames)


def kill_its_task(running: subprocess.Popen[str]) -> None:
    """`kill -9` of the whole group that a task began."""
    assert running.stdout
    for line in running.stdout:
        if found := re.search(r"Command started as pid: (\d+)", line):
            os.killpg(os.getpgid(int(found[1])), signal.SIGKILL)
            return


def wait_until(is_so: Callable[[], bool], running: subprocess.Popen[str]) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert running.poll() is None, output_of(running)
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_template_passes_the_check() -> None:
    done = subprocess.run(["openjd", "check", str(TEMPLATE)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.count("passes validation checks")) == (0, 1), done.stdout + done.stderr


def test_steps_and_tasks_are_what_a_farm_will_see(machines: list[Machine]) -> None:
    said = subprocess.run(
        ["openjd", "summary", *machines[0]._command[2:], "--output", "json"], capture_output=True, text=True, timeout=60
    )
    steps = {step["name"]: step for step in json.loads(said.stdout)["steps"]}
    assert list(steps) == ["Track", "Bake", "Render"]
    after = [[item["step_name"] for item in step.get("dependencies", [])] for step in steps.values()]
    assert after == [[], ["Track"], ["Bake"]]
    assert [step["total_tasks"] for step in steps.values()] == [1, FRAMES, FRAMES]


def test_three_machines_of_which_one_dies_bake_what_one_bakes(
    machines: list[Machine], shot: Path, save_shot: Callable[[Path], Path], tmp_path: Path
) -> None:
    """And render it."""
    first, second, third = machines
    (tracked,) = summaries(first.run("Track"))
    assert [portrait["tracked"] for portrait in tracked["portraits"]] == [12, 12]
    assert len([*(shot.parent / "tracked_clips").glob("*.performance")]) == 1, "one clip, tracked once"

    one, two = first.begin("Bake", *CHUNKS[:2]), second.begin("Bake", *CHUNKS[2:4])
    killed = third.begin("Bake", *CHUNKS[4:])
    wait_until(lambda: listed(shot.parent / PORTRAITS[0], range(201, 251)) > 5, killed)
    kill_its_task(killed)
    killed.communicate(timeout=SECONDS)
    assert killed.returncode != 0
    left = listed(shot.parent / PORTRAITS[0], range(201, 251))
    assert left < 50, "it was killed too late"
    said = [third.run("Bake", *CHUNKS[4:]), output_of(one), output_of(two)]

    written = [portrait["written"] for portrait in summaries(said[0])[0]["portraits"]]
    assert 50 - left <= written[0] <= 50 - left + WORKERS, "a dead machine loses at most the frames in its hands"
    assert written[1] == 50
    assert not any("Tracking" in text for text in said), "what one machine tracked is there for all"
    for text in said:
        percents = [float(found) for found in re.findall(r"openjd_progress: (\S+)$", text, re.MULTILINE)]
        assert percents
        assert max(percents) <= 100

    again = summaries(second.run("Bake", CHUNKS[0]))
    assert [portrait["written"] for portrait in again[0]["portraits"]] == [0, 0]
    for name in PORTRAITS:
        others = {path.name for path in (shot.parent / name).iterdir() if not path.name.startswith("frame_")}
        assert others == {"bake.jsonl"}

    (tmp_path / "alone").mkdir()
    alone = save_shot(tmp_path / "alone")
    command = [sys.executable, "-m", "portrait_addon", "bake", str(alone)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=SECONDS)
    assert len(contents(alone)) == FRAMES * len(PORTRAITS)
    assert contents(shot) == contents(alone)

    third.run("Render", "149-152")
    assert sorted(path.name for path in (shot.parent / "render").iterdir()) == [f"0{n}.png" for n in range(149, 153)]


def test_a_failure_is_told_to_the_farm(machines: list[Machine], shot: Path) -> None:
    shot.unlink()
    failed = machines[0].begin("Track")
    said, _ = failed.communicate(timeout=SECONDS)
    assert failed.returncode != 0
    assert "openjd_fail: " in said
    assert "shot.blend: there is no such file. Check the path." in said
