import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs import baking
from portrait_addon.jobs.baking import BakeJob, BakeReport
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import Cancelled, run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.processes import Processes, can_be_started
from portrait_addon.jobs.requests import BakeOptions
from portrait_addon.pipeline.imaging.threads import ordered_thread_map
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

ROOT = Path(__file__).parents[2]


def process_of(item: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def named(arrays: Any, name: Any) -> Any:
    print("what a library prints goes nowhere")
    return arrays[name]


def whether_fast(arrays: Any, name: Any) -> Any:
    return arrays[name].flags.aligned and arrays[name].flags.writeable


def refuse(item: Any) -> None:
    raise InputError(f"{item}: cannot be used")


def end_unless(parent: int, item: int) -> int:
    return item if os.getpid() == parent else os._exit(1)


def leave_a_mark(path: Path) -> None:
    atexit.register(path.touch)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def bake(
    monkeypatch: pytest.MonkeyPatch, portrait: Portrait, performance: Performance, tmp_path: Path
) -> Callable[..., BakeReport | None]:
    """Bake six frames in two processes."""
    monkeypatch.setattr(baking, "FRAMES_FOR_PROCESSES", 6)
    specs = [FrameSpec(number, (Moment(performance, float(number)),), Settings()) for number in range(1, 7)]

    def bake_into(folder: Path, cancelled: Callable[..., Any] = lambda: False, workers: int = 2) -> BakeReport | None:
        options = BakeOptions(Outputs(folder), workers=workers)
        return run(BakeJob(portrait, performance, specs, options), cancelled=cancelled)

    return bake_into


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("frame_*"))}


def test_results_come_from_as_many_processes_that_end_with_the_work() -> None:
    with Processes(process_of, 2) as work:
        found = set(ordered_thread_map(work, range(8), 2))
        assert len(found) == 2
        assert os.getpid() not in found
        assert all(map(alive, found))
    assert not any(map(alive, found))


def test_nobody_waits_while_they_put_themselves_in_order(tmp_path: Path) -> None:
    """Two that unload NumPy and OpenCV one after the other took half of the time in which a job must end."""
    with Processes(leave_a_mark, 1) as work:
        work(tmp_path / "ended by itself")
    assert not list(tmp_path.iterdir())


def test_arrays_go_over_bit_by_bit_and_no_file_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mapped = np.memmap(tmp_path / "mapped", np.float32, "w+", shape=(301, 7))
    mapped[:] = np.random.default_rng(1).random((301, 7), np.float32)
    arrays: dict[str, Any] = {
        "bytes": np.arange(3, dtype=np.uint8),
        "mapped": mapped,
        "turned": mapped.T,
        "every other": mapped[::2],
    }
    arrays |= {"empty": np.empty((0, 4)), "copied": np.array(mapped)}
    with Processes[str, Any](partial(named, arrays), 1) as work:
        assert list(tmp_path.iterdir()) == [tmp_path / "mapped"]
        for name, array in arrays.items():
            found: Any = work(name)
            assert found.dtype == array.dtype
            assert np.array_equal(found, array)
    with Processes(partial(whether_fast, arrays), 1) as work:
        assert all(map(work, arrays))


def test_errors_are_raised_here() -> None:
    with Processes(refuse, 1) as work, pytest.raises(InputError, match=r"^face\.png: cannot be used$"):
        work("face.png")


def test_what_a_lost_process_should_do_is_done_here() -> None:
    with Processes(partial(end_unless, os.getpid()), 2) as work:
        assert list(ordered_thread_map(work, range(8), 2)) == list(range(8))


def test_without_processes_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    with Processes(process_of, 2) as work:
        assert set(ordered_thread_map(work, range(4), 2)) == {os.getpid()}


@pytest.mark.parametrize(
    ("executable", "can"),
    [("/usr/bin/python3.11", True), ("C:/Blender/python.exe", True), ("/opt/blender/blender", False), ("", False)],
)
def test_a_program_with_python_built_in_is_not_started(
    monkeypatch: pytest.MonkeyPatch, executable: str, can: bool
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    assert can_be_started() is can


def test_they_end_however_this_process_ends() -> None:
    code = """
from portrait_addon.jobs.processes import Processes
import os, time
with Processes(eval, 2) as work:
    print(*{work("__import__('os').getpid()") for _ in range(4)}, flush=True)
    time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    found = [int(word) for word in parent.stdout.readline().split()]
    assert len(found) == 2
    assert all(map(alive, found))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    end = time.monotonic() + 20
    while any(map(alive, found)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(alive, found))


def test_frames_are_those_of_threads(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    assert bake(tmp_path / "processes").written == 6
    bake(tmp_path / "threads", workers=1)
    assert contents(tmp_path / "processes") == contents(tmp_path / "threads")
    assert bake(tmp_path / "processes").kept == 6


def test_frames_are_not_composed_here(
    bake: Callable[..., BakeReport | None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("portrait_addon.pipeline.frame.compositor.Compositor.frame", refuse)
    assert bake(tmp_path / "frames").written == 6


def test_a_cancelled_bake_keeps_what_is_done(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        bake(tmp_path / "frames", cancelled=lambda: len(contents(tmp_path / "frames")) > 0)
    done = len(contents(tmp_path / "frames"))
    assert 1 <= done < 6
    assert bake(tmp_path / "frames").kept == done
