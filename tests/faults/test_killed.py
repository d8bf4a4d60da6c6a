"""Killed, cancelled or out of disk: what was written stays whole, and the bake goes on to the same frames."""

from __future__ import annotations

import errno
import gc
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.api import animate
from portrait_addon.errors import InputError
from portrait_addon.jobs.animate import AnimateJob
from portrait_addon.jobs.baking import BakeJob, analyse
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import Cancelled, run
from portrait_addon.jobs.manifest import MANIFEST_NAME
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.performance_file import load_performance
from portrait_addon.jobs.requests import AnimateRequest, BakeOptions
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media import files
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.imaging.threads import WORKERS
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.faults.conftest import ROOT, Command

SEED = 4
CANCEL_SECONDS = 0.5


def partial_files(folder: Any) -> Any:
    return [path for path in folder.rglob(".*") if path.name.endswith(files.PARTIAL)]


def open_descriptors() -> Any:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_killed_at_random_moments(
    command: type[Command],
    sitter_file: Path,
    performance_file: Path,
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    tmp_path: Path,
    in_processes: bool,
) -> None:
    """kill -9 between the first sign of a bake and its end; what stands under a final name is right at any moment."""
    animate(sitter_file, performance_file, tmp_path / "at once")
    expected = contents(tmp_path / "at once")
    moments = random.Random(SEED)
    kills = twice = 0
    while kills < times(3, 50):
        folder = tmp_path / f"bake {kills}"
        folder.mkdir()
        killed = command("animate", sitter_file, performance_file, "--output", folder, in_processes=in_processes)
        killed.wait_for(folder / MANIFEST_NAME)
        time.sleep(moments.uniform(0, 0.5))
        killed.process.send_signal(signal.SIGKILL)
        status, _, _ = killed.end()
        kills += status == -signal.SIGKILL  # some were done before
        done = contents(folder)
        assert done.items() <= expected.items()
        written = animate(sitter_file, performance_file, folder).bake.written
        assert contents(folder) == expected
        assert partial_files(folder) == []
        twice = max(twice, written - (len(expected) - len(done)))
        shutil.rmtree(folder)
    assert twice <= WORKERS, "more than a frame a worker was done twice"


@pytest.mark.parametrize("workers", [0, 1, 2, 8])
def test_one_hash_for_any_number_of_workers(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    tmp_path: Path,
    in_processes: bool,
    workers: Any,
) -> None:
    specs = make_specs(performance, times(8, 40))
    run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(tmp_path / "expected"), workers=0)))
    for attempt in range(times(1, 2)):
        folder = tmp_path / f"attempt {attempt}"
        options = BakeOptions(Outputs(folder), workers=workers)
        run(BakeJob(portrait, performance, specs[::-1] if attempt else specs, options))
        assert contents(folder) == contents(tmp_path / "expected")


def test_damaged_frames_are_redone(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    tmp_path: Path,
) -> None:
    """Deleted, cut, zeroed, one bit changed: exactly those are computed again."""
    specs, folder = make_specs(performance, times(12, 40)), tmp_path / "frames"
    run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder))))
    whole = contents(folder)
    chosen = random.Random(SEED).sample(sorted(whole), times(8, 20))
    for index, name in enumerate(chosen):
        data = bytearray(whole[name])
        if index % 4 == 0:
            (folder / name).unlink()
            continue
        if index % 4 == 1:
            del data[len(data) // 2 :]
        elif index % 4 == 2:
            data[:] = bytes(len(data))
        else:
            data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("frame_*")}
    assert run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder)))).written == len(chosen)
    assert {name for name in whole if (folder / name).stat().st_mtime_ns != before.get(name)} == set(chosen)
    assert contents(folder) == whole


def test_only_stale_frames_are_redone(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    times: Callable[[int, int], int],
    tmp_path: Path,
) -> None:
    specs, folder = make_specs(performance, times(8, 40)), tmp_path / "frames"
    run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder))))
    changed = specs[:3] + make_specs(performance, len(specs), expression=0.4)[3:5] + specs[5:]
    assert run(BakeJob(portrait, performance, changed, BakeOptions(Outputs(folder)))).written == 2
    assert run(BakeJob(portrait, performance, changed, BakeOptions(Outputs(folder)))).written == 0


def full_disk(folder: Path, size: str) -> bool:
    """Mount a small disk; only root may."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no small disk can be made here")
def test_a_full_disk(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    tmp_path: Path,
    in_processes: bool,
) -> None:
    """A disk of a few frames' size: one clear error, earlier frames intact, and the bake goes on when there is room."""
    specs = make_specs(performance, 8)
    run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(tmp_path / "expected"))))
    expected = contents(tmp_path / "expected")
    sizes = [len(data) for data in expected.values()]
    if not full_disk(tmp_path / "disk", f"{sum(sizes) * 2}"):
        pytest.skip("only root can mount a small disk; test_a_write_that_fails does the same with a faked one")
    try:
        folder, stopper = tmp_path / "disk" / "frames", tmp_path / "disk" / "stopper"
        for point in range(times(3, 10)):
            shutil.rmtree(folder, ignore_errors=True)
            stopper.unlink(missing_ok=True)
            free = shutil.disk_usage(tmp_path / "disk").free
            with stopper.open("wb") as file:  # leaves room for so many frames
                file.write(bytes(max(0, free - 8192 - round(sum(sizes) * point / 12))))
            with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)\. Free some space\."):
                run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder))))
            assert contents(folder).items() <= expected.items()
            assert partial_files(folder) == []
            stopper.unlink()
            run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder))))
            assert contents(folder) == expected
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "disk")], check=True)


def test_a_write_that_fails(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same without being root: the rename of the n-th file finds no space."""
    specs = make_specs(performance, 8)
    run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(tmp_path / "expected"))))
    expected, replace = contents(tmp_path / "expected"), Path.replace
    for point in range(0, 10, times(4, 1)):
        folder, left = tmp_path / f"disk {point}", [point]

        def full(path: Any, target: Any, left: Any = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", full)
        if point < len(specs) + 1:  # the frames and their list
            with pytest.raises(InputError, match=r"No space left on device\)\. Free some space\."):
                run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder))))
        monkeypatch.undo()
        assert contents(folder).items() <= expected.items()
        run(BakeJob(portrait, performance, specs, BakeOptions(Outputs(folder))))
        assert contents(folder) == expected
        assert partial_files(folder) == []


def test_cancelled_at_any_moment(
    sitter_file: Path,
    clip_file: Path,
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    make_specs: Callable[..., list[FrameSpec]],
    tmp_path: Path,
    in_processes: bool,
    long: bool,
) -> None:
    """From the first step of tracking to the last frame; no thread, handle or temporary file is left."""

    def job(folder: Any) -> Any:
        driving, options = TrackJob(clip_file, neutral=1), BakeOptions(Outputs(folder))
        request = AnimateRequest(
            read_picture(sitter_file), driving, lambda performance: make_specs(performance, 10), options
        )
        return AnimateJob(request)

    steps: list[Any] = []
    run(job(tmp_path / "expected"), steps.append)
    expected = contents(tmp_path / "expected")
    counted = hasattr(os, "geteuid") and Path("/proc/self/fd").exists()
    gc.collect()
    before = open_descriptors() if counted else 0
    threads = threading.active_count()
    count = times(4, 50)
    for moment in range(count):
        folder, seen = tmp_path / f"cancelled {moment}", []
        last = 1 + moment * (len(steps) - 1) // count
        stepper = job(folder).steps()
        for _ in range(last):
            seen.append(next(stepper))
        began = time.monotonic()
        stepper.close()
        if long:  # a figure of the table, and no reason to fail on a busy machine in `make test`
            assert time.monotonic() - began < CANCEL_SECONDS
        assert contents(folder).items() <= expected.items()
        assert {path.name for path in folder.glob("*")} <= {*expected, MANIFEST_NAME}
        assert partial_files(tmp_path) == []
    del stepper
    gc.collect()
    assert threading.active_count() == threads
    assert not counted or open_descriptors() <= before
    with pytest.raises(Cancelled):
        run(job(tmp_path / "never"), cancelled=lambda: True)
    assert not (tmp_path / "never").exists()


def bake_part(sitter: str, clip: str, folder: str, first: str, last: str) -> None:
    """What a machine does that bakes some frames of a folder which others share."""
    performance = load_performance(Path(clip))
    specs = [
        FrameSpec(number, (Moment(performance, 1 + number * 0.37 % 9),), Settings())
        for number in range(int(first), int(last) + 1)
    ]
    options = BakeOptions(Outputs(Path(folder)), shared=True, wait=True)
    run(BakeJob(analyse(read_picture(Path(sitter))), performance, specs, options))


MACHINE = "import sys; from tests.faults.test_killed import bake_part; bake_part(*sys.argv[1:])"


def test_killed_while_others_share_the_folder(
    sitter_file: Path,
    performance_file: Path,
    contents: Callable[[Path], dict[str, bytes]],
    times: Callable[[int, int], int],
    tmp_path: Path,
) -> None:
    """kill -9 of one of two machines; the other goes on, and the killed one's task, begun again, leaves one list."""

    def part(folder: Path, first: int, last: int) -> list[str]:
        return [*map(str, (sitter_file, performance_file, folder, first, last))]

    def begin(folder: Path, first: int, last: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", MACHINE, *part(folder, first, last)], cwd=ROOT)

    bake_part(*part(tmp_path / "at once", 1, 24))
    expected = contents(tmp_path / "at once")
    moments = random.Random(SEED)
    kills = 0
    while kills < times(1, 20):
        folder = tmp_path / f"bake {kills}"
        folder.mkdir()
        other, killed = begin(folder, 1, 12), begin(folder, 13, 24)
        while killed.poll() is None and not list(folder.glob("bake*.jsonl")):
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.5))
        killed.kill()
        kills += killed.wait(120) == -signal.SIGKILL
        assert contents(folder).items() <= expected.items()
        bake_part(*part(folder, 13, 24))
        assert other.wait(120) == 0
        assert contents(folder) == expected
        assert sorted(path.name for path in folder.iterdir()) == [MANIFEST_NAME, *expected]
        shutil.rmtree(folder)
