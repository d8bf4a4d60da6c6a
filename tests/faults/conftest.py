"""The faults that `docs/reliability.md` promises to survive.

Every test stands here once. `make test` runs each in a short form, `make test-faults` with the counts of the table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.jobs import baking
from portrait_addon.jobs.baking import analyse
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.performance_file import save_performance
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage, read_picture
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.pictures import write_picture

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("FAULTS") == "long"


@pytest.fixture(scope="session")
def times() -> Callable[[int, int], int]:
    """Choose a count: the short form's, or the table's."""
    return lambda short, long: long if LONG else short


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether this is `make test-faults`."""
    return LONG


@pytest.fixture(autouse=True)
def no_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture(scope="session")
def smile(assets: Path) -> list[NDArray[np.uint8]]:
    """Sixty pictures of a man who begins to smile, 480 x 270."""
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    pictures = [cv2.resize(capture.read()[1], (480, 270), interpolation=cv2.INTER_AREA) for _ in range(60)]
    capture.release()
    return [np.asarray(picture, np.uint8) for picture in pictures]


@pytest.fixture(scope="session")
def sitter_file(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sitter") / "ford.png"
    pixels = read_picture(assets / "ford_1888.jpg").pixels
    write_picture(path, cv2.resize(pixels, (144, 193), interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture(scope="session")
def sitter(sitter_file: Path) -> SourceImage:
    return read_picture(sitter_file)


@pytest.fixture(scope="session")
def portrait(sitter: SourceImage) -> Portrait:
    return analyse(sitter)


@pytest.fixture(scope="session")
def clip_file(smile: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames."""
    path = tmp_path_factory.mktemp("clip") / "smile.mp4"
    save_clip(path, smile[::6])
    return path


@pytest.fixture(scope="session")
def performance(clip_file: Path) -> Performance:
    return run(TrackJob(clip_file, neutral=1))


@pytest.fixture(scope="session")
def performance_file(performance: Performance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("performance") / "smile.performance"
    save_performance(performance, path)
    return path


def save_clip(path: Path, pictures: list[NDArray[np.uint8]], rate: float = 25) -> None:
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    for picture in pictures:
        writer.write(picture)
    writer.release()


@pytest.fixture(scope="session")
def write_clip() -> Callable[..., None]:
    return save_clip


@pytest.fixture(scope="session")
def make_specs() -> Callable[..., list[FrameSpec]]:
    """Shots of a clip that plays to and fro, whatever their number."""

    def specs(performance: Performance, count: int, last_frame: int = 10, **settings: float) -> list[FrameSpec]:
        times = 1 + np.abs((np.arange(count) * 0.37 + last_frame) % (2 * last_frame - 2) - last_frame + 1)
        return [
            FrameSpec(index + 1, (Moment(performance, float(t)),), Settings(**settings))
            for index, t in enumerate(times)
        ]

    return specs


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Names and bytes of the frames in a folder."""
    return lambda folder: {path.name: path.read_bytes() for path in sorted(folder.glob("frame_*"))}


IN_PROCESSES = """
import sys
from portrait_addon.jobs import baking
from portrait_addon.command_line import main
baking.FRAMES_FOR_PROCESSES = 2
sys.exit(main(sys.argv[1:]))
"""
"""The command line, which bakes even a few frames in processes."""


@pytest.fixture(params=[False, True], ids=["threads", "processes"])
def in_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether frames are composed in processes, however few they are; if not, in threads."""
    monkeypatch.setattr(baking, "FRAMES_FOR_PROCESSES", 2 if request.param else sys.maxsize)
    return bool(request.param)


class Command:
    """The command line in a process of its own."""

    def __init__(self, *arguments: object, in_processes: bool = False, **options: Any) -> None:
        start = ["-c", IN_PROCESSES] if in_processes else ["-m", "portrait_addon"]
        command = [sys.executable, *start, *map(str, arguments)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )

    def wait_for(self, path: Path) -> None:
        """Until a file is there, or the process has ended."""
        deadline = time.monotonic() + 60
        while not path.exists() and self.process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def end(self) -> tuple[int, dict[str, Any] | None, str]:
        """Exit status, summary and standard error."""
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, json.loads(out) if out else None, err


@pytest.fixture(scope="session")
def command() -> type[Command]:
    return Command
