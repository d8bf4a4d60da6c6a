"""How time and memory grow with frames, pixels and points; and what starting costs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from portrait_addon.jobs.baking import BakeJob, analyse
from portrait_addon.jobs.job import run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import BakeOptions
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage, encode_picture
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.progress import Progress
from portrait_addon.pipeline.records.settings import Settings
from tests.bench import speed_material
from tests.bench.speed_clock import in_turn, taken
from tests.bench.speed_job import specs_of
from tests.composing import compose

ROOT = Path(__file__).parents[2]
SMALL_CLIP, SMALL_PORTRAIT = (480, 270), 256
SIZES = ((256, 256), (512, 512), (1024, 1024), (1920, 1080), (2048, 2048), (3840, 2160), (7680, 4320))
POINTS = (0, 50, 100, 200)
SETTLED = 500
"""Frame from which on memory should not grow."""


def frames(folder: Path, counts: list[int]) -> dict[str, Any]:
    """Clips of several lengths, each in a process of its own."""
    report = {}
    for count in counts:
        clip = speed_material.clip(folder, *SMALL_CLIP, count)
        report[str(count)] = _child("-m", "tests.bench.speed_growth", str(clip))
    return report


def _whole(clip: Path) -> dict[str, float]:
    """Track and bake; memory is read while frames come."""
    portrait = analyse(SourceImage(speed_material.portrait(SMALL_PORTRAIT, SMALL_PORTRAIT), "portrait.png"))
    resident: dict[str, list[float]] = {}

    def noted(progress: Progress) -> None:
        of_stage = resident.setdefault(progress.text, [])
        if progress.done in (1, SETTLED) or progress.done == progress.total:
            of_stage.append(_resident_mib())

    def job() -> int:
        performance = run(TrackJob(clip), noted)
        with tempfile.TemporaryDirectory() as scratch:
            options = BakeOptions(Outputs(Path(scratch) / "out"))
            run(BakeJob(portrait, performance, specs_of(performance), options), noted)
        return performance.frame_count

    count, took = taken(job)
    # From the settled frame on, or from the first in a clip that is shorter.
    grown = {f"growth, {stage}, MiB": round(values[-1] - values[-2], 1) for stage, values in resident.items()}
    return {**took.per(count).figures(), "peak MiB": _peak_mib(), **grown}


def _resident_mib() -> float:
    return int(re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def _peak_mib() -> int:
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) >> 10


def pixels(material: Path, rounds: int) -> dict[str, Any]:
    """Composing and encoding one frame, by the size of the portrait."""
    performance = run(TrackJob(speed_material.clip(material, 512, 512, 75)))
    report = {}
    for size in SIZES:
        portrait = analyse(SourceImage(speed_material.portrait(*size), "portrait.png"))
        works = {
            "compose": lambda: compose(portrait, performance, Settings(), performance.frame_count / 2),  # noqa: B023
            "encode": lambda: encode_picture(portrait.picture),  # noqa: B023
        }
        in_turn(works, 1)
        found = in_turn(works, rounds)
        report[f"{size[0]} x {size[1]}"] = {
            "compose CPU ms": round(found["compose"].cpu, 1),
            "encode CPU ms": round(found["encode"].cpu, 1),
            "compose ns a pixel": round(1e6 * found["compose"].cpu / (size[0] * size[1]), 1),
        }
    return report


def points(material: Path, rounds: int) -> dict[str, Any]:
    """Composing one frame of 1024 x 1024, by the number of peripheral points beside the face's 478."""
    performance = run(TrackJob(speed_material.clip(material, 512, 512, 75)))
    portrait = analyse(SourceImage(speed_material.portrait(1024, 1024), "portrait.png"))
    works = {
        str(count): (lambda one=one: compose(portrait, one, Settings(), one.frame_count / 2))
        for count in POINTS
        for one in [_with_points(performance, count)]
    }
    in_turn(works, 2)
    return {name: one.figures() for name, one in in_turn(works, rounds).items()}


def _with_points(performance: Performance, count: int) -> Performance:
    """The performance with so many peripheral points: its own, and others between them."""
    random = np.random.default_rng(4)
    chosen = random.integers(0, len(performance.peripheral), count)
    moved = random.uniform(-8, 8, (count, 2)).astype(np.float32)
    return replace(
        performance,
        peripheral=performance.peripheral[chosen] + moved,
        peripheral_offsets=performance.peripheral_offsets[:, chosen],
    )


def starting(rounds: int) -> dict[str, Any]:
    """Milliseconds that each start adds: median over fresh processes."""
    statements = {
        "import bpy": "import bpy",
        "register the extension, after bpy": "import bpy; began = clock(); import portrait_addon as p; p.register()",
        "import what composes": "import portrait_addon.pipeline.frame.compositor",
        "import what tracks, MediaPipe included": "import portrait_addon.jobs.tracking, mediapipe",
    }
    report: dict[str, Any] = {}
    for name, statement in statements.items():
        code = f"import json, os, sys; from time import perf_counter as clock; began = clock(); {statement}; "
        code += "print(json.dumps(clock() - began)); sys.stdout.flush(); os._exit(0)"
        report[name] = round(1000 * float(np.median([_child("-c", code) for _ in range(rounds)])), 1)
    archives = sorted((ROOT / "dist").glob("*.zip"), key=lambda path: path.stat().st_mtime)
    report["archive, MB"] = round(archives[-1].stat().st_size / 1e6, 1) if archives else None
    return report


def preview() -> dict[str, Any]:
    """The live preview's parts; see `tests.bench.preview`."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "preview.json"
        _run("-m", "tests.bench.preview", "--output", str(path))
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _child(*arguments: str) -> Any:
    """What a fresh Python says last, as JSON."""
    return json.loads(_run(*arguments).strip().splitlines()[-1])


def _run(*arguments: str) -> str:
    with tempfile.TemporaryDirectory() as resources:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=3600,
            env=os.environ | {"BLENDER_USER_RESOURCES": resources},
        ).stdout  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_whole(Path(sys.argv[1]))))
