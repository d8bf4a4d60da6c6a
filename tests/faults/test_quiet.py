"""Quiet and private: no socket is tried, no other program is started, and without a network all is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def quiet_job(sitter_file: Any, clip_file: Any, output: Any, *before: Any) -> Any:
    command = [*before, sys.executable, Path(__file__).with_name("quiet_job.py")]
    run = subprocess.run(
        [*map(str, command), "animate", str(sitter_file), str(clip_file), "--output", str(output)],
        capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def watched(sitter_file: Path, clip_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """What was tried while the network was there, and the frames."""
    output = tmp_path_factory.mktemp("watched")
    return quiet_job(sitter_file, clip_file, output), output


def test_the_whole_job_tries_no_socket(watched: tuple[Any, Path], contents: Callable[[Path], dict[str, bytes]]) -> None:
    assert watched[0] == {"status": 0, "tried": [], "opened": []}
    assert len(contents(watched[1])) == 10


def test_a_socket_would_be_noticed() -> None:
    code = "import quiet_job, sys, socket; sys.addaudithook(quiet_job.watch); socket.socket()"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent
    )
    assert "the network is cut off" in run.stderr


def cut_off() -> Any:
    """How to start a program without any network, if that can be done here."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-n", "true"], capture_output=True).returncode:
        return None
    return [unshare, "-n"]


def test_with_the_network_cut_off_the_frames_are_the_same(
    sitter_file: Path,
    clip_file: Path,
    watched: tuple[Any, Path],
    contents: Callable[[Path], dict[str, bytes]],
    tmp_path: Path,
) -> None:
    before = cut_off()
    if before is None:
        pytest.skip("a process without a network needs unshare and the right to use it")
    assert quiet_job(sitter_file, clip_file, tmp_path / "off", *before)["status"] == 0
    assert contents(tmp_path / "off") == contents(watched[1])


def traced(arguments: Any) -> Any:
    """Calls of the system that open a socket of a network, by any library."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("needs strace")
    run = subprocess.run([strace, "-f", "-e", "trace=socket,connect", *arguments], capture_output=True, text=True)
    return [line for line in run.stderr.splitlines() if "AF_INET" in line]


def test_no_library_opens_a_socket_of_a_network(sitter_file: Path, clip_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("quiet_job.py")), "animate"]
    assert traced([*command, str(sitter_file), str(clip_file), "--output", str(tmp_path / "out")]) == []
