"""Hostile names and folders: no write outside, and one line that says what to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.baking import BakeJob
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.manifest import MANIFEST_NAME
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import BakeOptions
from portrait_addon.media.clips import open_clip
from portrait_addon.media.files import shown
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from tests.faults.conftest import Command

NAMES = [
    "with space", "new\nline", "tab\t", "ünïcödé 人", "'quotes\"", "$(touch evil)", "%04d", "####", "-rf", "con",
    "a" * 255, "é" * 127, "back\\slash", "rtl\u202e", "emoji \U0001f600", "semi;colon", "star*?[x]",
]  # fmt: skip


def tree(folder: Any) -> Any:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids most of these names by itself")
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_folders_of_any_name(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    contents: Callable[[Path], dict[str, bytes]],
    tmp_path: Path,
    name: Any,
) -> None:
    folder = tmp_path / "parent" / name
    run(BakeJob(portrait, performance, make_specs(performance, 2), BakeOptions(Outputs(folder))))
    assert list(contents(folder)) == ["frame_0001.png", "frame_0002.png"]
    assert tree(tmp_path) == sorted(
        ["parent", f"parent/{name}", *(f"parent/{name}/{file}" for file in (MANIFEST_NAME, *contents(folder)))]
    )
    assert run(BakeJob(portrait, performance, make_specs(performance, 2), BakeOptions(Outputs(folder)))).kept == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids most of these names by itself")
def test_inputs_of_any_name(sitter_file: Path, clip_file: Path, tmp_path: Path) -> None:
    for name in NAMES:
        picture, clip = (tmp_path / (name[:120] + suffix) for suffix in (".png", ".mp4"))
        picture.write_bytes(sitter_file.read_bytes())
        clip.write_bytes(clip_file.read_bytes())
        assert read_picture(picture).pixels.shape == (193, 144, 3)
        assert sum(1 for _ in open_clip(clip)) == 10
        assert "\n" not in shown(picture)


@pytest.mark.parametrize("name", ["nul\0byte", "b" * 256])
def test_names_that_no_system_takes(
    portrait: Portrait, performance: Performance, make_specs: Callable[..., list[FrameSpec]], tmp_path: Path, name: Any
) -> None:
    with pytest.raises(InputError, match=r"[^\n]*: cannot be written \([^\n]*\)\. Choose a folder"):
        run(BakeJob(portrait, performance, make_specs(performance, 1), BakeOptions(Outputs(tmp_path / name))))
    with pytest.raises(InputError, match=r"there is no such file|cannot be read"):
        read_picture(tmp_path / name)
    assert tree(tmp_path) == []


def test_a_link_out_of_the_folder_is_never_followed(
    portrait: Portrait, performance: Performance, make_specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "frames"
    outside.mkdir()
    run(BakeJob(portrait, performance, make_specs(performance, 2), BakeOptions(Outputs(folder))))
    for name in ("frame_0002.png", MANIFEST_NAME):
        precious = outside / name
        precious.write_bytes((folder / name).read_bytes())
        (folder / name).unlink()
        (folder / name).symlink_to(precious)
    before = {path: path.read_bytes() for path in outside.iterdir()}
    run(BakeJob(portrait, performance, make_specs(performance, 2, expression=0.5), BakeOptions(Outputs(folder))))
    assert {path: path.read_bytes() for path in outside.iterdir()} == before
    assert not (folder / "frame_0002.png").is_symlink()


def test_a_lock_that_is_a_link_is_refused(
    portrait: Portrait, performance: Performance, make_specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "frames" / ".bake.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(InputError, match=r"frames: cannot be written"):
        run(BakeJob(portrait, performance, make_specs(performance, 1), BakeOptions(Outputs(tmp_path / "frames"))))
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_climbing_output_is_what_it_says(
    portrait: Portrait, performance: Performance, make_specs: Callable[..., list[FrameSpec]], tmp_path: Path
) -> None:
    """`..` is the user's to write: it leads where a shell's does, and nowhere else."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    options = BakeOptions(Outputs(tmp_path / "a" / "b" / ".." / "c"))
    run(BakeJob(portrait, performance, make_specs(performance, 1), options))
    assert tree(tmp_path) == ["a", "a/b", "a/c", f"a/c/{MANIFEST_NAME}", "a/c/frame_0001.png"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs the permissions of Unix")
def test_a_folder_that_is_read_only(
    command: type[Command], sitter_file: Path, performance_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    if os.geteuid() == 0:  # root may write anywhere, but not on a disk that is mounted so
        mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("root cannot make a read-only disk here")
    else:
        folder.chmod(0o500)
    try:
        status, summary, err = command("animate", sitter_file, performance_file, "--output", folder).end()
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    assert (status, summary) == (1, None)
    assert re.fullmatch(r"portrait: .*read only: cannot be written.*Choose a folder you may write to\.", err.strip())


def test_a_drive_without_locks_is_baked_into(
    portrait: Portrait,
    performance: Performance,
    make_specs: Callable[..., list[FrameSpec]],
    contents: Callable[[Path], dict[str, bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some network drives answer so."""
    if sys.platform == "win32":
        pytest.skip("flock is Unix's")
    import errno
    import fcntl

    def no_locks(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    run(BakeJob(portrait, performance, make_specs(performance, 2), BakeOptions(Outputs(Path(tmp_path) / "drive"))))
    assert len(contents(tmp_path / "drive")) == 2
