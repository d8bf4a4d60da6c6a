"""Several bakes write into one folder at the same time, as on a farm."""

import importlib.util
import os
import shutil
import sys
import types
from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs import baking
from portrait_addon.jobs.baking import BakeJob, join_lists
from portrait_addon.jobs.earlier import remove_bake
from portrait_addon.jobs.folder_lock import FolderLockedError, folder_lock
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.manifest import Entry, ManifestWriter, Written, read_manifest
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import BakeOptions
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "frames"
    path.mkdir()
    return path


@pytest.fixture
def job(portrait: Portrait, performance: Performance, folder: Path) -> Callable[..., BakeJob]:
    """Bake the frames from one number to another, into a folder that others may share."""

    def make(first: int, last: int, *, into: Path = folder, shared: bool = True, **settings: float) -> BakeJob:
        specs = [
            FrameSpec(number, (Moment(performance, float(number)),), Settings(**settings))
            for number in range(first, last + 1)
        ]
        return BakeJob(portrait, performance, specs, BakeOptions(Outputs(into), workers=0, shared=shared))

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baking, "JOINING", 0.0)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("frame_*"))}


def names(folder: Path) -> list[str]:
    """All but frames."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("frame_"))


def begun(job: BakeJob, text: str = "Baking") -> Generator[Any, None, Any]:
    """A bake that has just written its first frame."""
    steps = job.steps()
    next(step for step in steps if step.text == text)
    return steps


def test_parts_that_are_baked_at_once_are_what_one_bake_writes(
    job: Callable[..., BakeJob], folder: Path, tmp_path: Path
) -> None:
    run(job(1, 8, into=tmp_path / "alone", shared=False))
    for _ in zip_longest(*(job(first, last).steps() for first, last in ((1, 3), (4, 6), (7, 8)))):
        pass  # a step of each in turn
    assert contents(folder) == contents(tmp_path / "alone")
    assert names(folder) == ["bake.jsonl"]
    assert read_manifest(folder) == read_manifest(tmp_path / "alone")
    assert run(job(1, 8, shared=False)).written == 0


def test_a_part_that_is_baked_twice_is_found_done(job: Callable[..., BakeJob], folder: Path) -> None:
    run(job(3, 5))
    before = contents(folder)
    texts = [step.text for step in job(3, 5).steps()]
    assert set(texts) == {"Checking"}
    assert contents(folder) == before


def test_what_a_dead_machine_has_done_is_kept(job: Callable[..., BakeJob], folder: Path) -> None:
    """While another one still bakes, so that nobody has joined the lists."""
    other, dead = begun(job(5, 8)), begun(job(1, 4))
    dead.close()
    assert names(folder) == [".bake.5-8.lock", ".bake.lock", "bake.1.jsonl", "bake.2.jsonl"]
    again = job(1, 4)
    assert run(again).written == 3
    for _ in other:
        pass
    assert names(folder) == ["bake.jsonl"]
    assert len(contents(folder)) == 8


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("first", "last"), [(3, 5), (1, 3), (5, 8), (4, 4), (1, 8)])
def test_frames_that_another_part_writes_are_refused(job: Callable[..., BakeJob], first: int, last: int) -> None:
    other = begun(job(3, 5))
    with pytest.raises(FolderLockedError, match=r"another bake is writing here \(process \d+\)\. Wait for it, or"):
        run(job(first, last))
    for _ in other:
        pass
    run(job(first, last))


@pytest.mark.usefixtures("impatient")
def test_a_whole_bake_and_parts_exclude_each_other(job: Callable[..., BakeJob]) -> None:
    part = begun(job(1, 2))
    with pytest.raises(FolderLockedError, match=r"frames: other bakes are writing here\. Wait for it, or choose"):
        run(job(1, 8, shared=False))
    part.close()
    whole = begun(job(1, 8, shared=False))
    with pytest.raises(FolderLockedError, match="another bake is writing here"):
        run(job(1, 2))
    whole.close()


def test_a_lock_of_a_dead_part_goes(job: Callable[..., BakeJob], folder: Path) -> None:
    (folder / ".bake.2-9.lock").write_text("123")
    assert run(job(1, 2)).written == 2
    assert names(folder) == ["bake.jsonl"]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of locks as Windows loads it; a stand-in of `msvcrt` locks bytes as Windows does."""
    held: dict[tuple[int, int], tuple[int, int]] = {}

    def locking(descriptor: int, _mode: int, count: int) -> None:
        first, file = os.lseek(descriptor, 0, os.SEEK_CUR), os.fstat(descriptor).st_ino
        for (inode, _), (begin, end) in list(held.items()):
            if inode == file and begin < first + count and first < end:
                raise OSError(13, "Permission denied")
        held[file, descriptor] = (first, first + count)

    def close(descriptor: int, really: Any = os.close) -> None:
        held.pop((os.fstat(descriptor).st_ino, descriptor), None)
        really(descriptor)

    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK=2))
    monkeypatch.setattr(sys, "platform", "win32")
    spec = importlib.util.find_spec("portrait_addon.jobs.folder_lock")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(os, "close", close)
    return module


def test_locks_of_windows_are_shared_and_taken_alone(windows: Any, folder: Path) -> None:
    with ExitStack() as parts:
        for number in range(50):
            parts.enter_context(windows.folder_lock(folder, range(10 * number, 10 * number + 10)))
        with pytest.raises(windows.FolderLockedError), windows.folder_lock(folder):
            pass
        with pytest.raises(windows.FolderLockedError), windows.folder_lock(folder, range(15, 25)):
            pass
    with windows.folder_lock(folder):
        with pytest.raises(windows.FolderLockedError), windows.folder_lock(folder, range(1, 2)):
            pass
        with pytest.raises(windows.FolderLockedError), windows.folder_lock(folder):
            pass
    assert names(folder) == []


def test_only_who_is_alone_joins_the_lists(folder: Path) -> None:
    ManifestWriter.of_part(folder, [Entry(1, "a")]).close()
    with folder_lock(folder, range(2, 4)):
        join_lists(folder)
        assert "bake.1.jsonl" in names(folder)
    join_lists(folder)
    assert names(folder) == ["bake.jsonl"]
    assert read_manifest(folder) == {1: Entry(1, "a")}


def test_the_list_of_the_highest_number_counts(folder: Path) -> None:
    ManifestWriter.of_folder(folder, [Entry(1, "first"), Entry(2, "first")]).close()
    for number in range(1, 12):
        ManifestWriter.of_part(folder, [Entry(1, f"{number}")]).close()
    assert read_manifest(folder) == {1: Entry(1, "11"), 2: Entry(2, "first")}
    (folder / "bake.12x.jsonl").write_text('{"frame": 1}\n')
    (folder / "bake.013.jsonl").write_text('{"frame": 1}\n')
    assert read_manifest(folder)[1].made_of == "11"


def test_a_join_that_was_killed_before_it_removed_the_lists_changes_nothing(
    job: Callable[..., BakeJob], folder: Path, tmp_path: Path
) -> None:
    other = begun(job(8, 8))
    run(job(1, 3))
    shutil.copytree(folder, tmp_path / "before")
    other.close()
    join_lists(folder)
    for path in (tmp_path / "before").glob("bake.*.jsonl"):
        shutil.copy(path, folder)
    assert run(job(1, 3)).written == 0


def test_partial_files_of_other_parts_stay(job: Callable[..., BakeJob], folder: Path) -> None:
    theirs, ours = folder / ".frame_0007.png.1-2.part", folder / ".frame_0002.png.1-2.part"
    for path in (theirs, ours):
        path.write_bytes(b"")
    run(job(1, 2))
    assert theirs.exists()
    assert not ours.exists()


def test_a_part_without_frames_is_done(job: Callable[..., BakeJob], folder: Path) -> None:
    assert run(job(5, 4)).written == 0
    assert names(folder) == []


def test_a_bake_is_removed_with_the_lists_of_its_parts(job: Callable[..., BakeJob], folder: Path) -> None:
    begun(job(1, 3)).close()
    assert "bake.1.jsonl" in names(folder)
    remove_bake(folder)
    assert not folder.exists()


def test_a_list_that_cannot_be_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.open", full)
    with pytest.raises(InputError, match=r"bake\.1\.jsonl: cannot be written \(No space left"):
        ManifestWriter.of_part(folder, [Entry(1, "", {"png": Written()})])
