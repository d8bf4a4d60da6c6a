"""Quiet and private: no socket is tried, no other program is started, and without a network all is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def quiet_job(sitter_file, clip_file, output, *before):
    command = [*before, sys.executable, Path(__file__).with_name("quiet_job.py")]
    run = subprocess.run(
        [*map(str, command), "animate", str(sitter_file), str(clip_file), "--output", str(output)],
        capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_the_whole_job_tries_no_socket(sitter_file, clip_file, contents, tmp_path):
    assert quiet_job(sitter_file, clip_file, tmp_path / "out") == {"status": 0, "tried": [], "opened": []}
    assert len(contents(tmp_path / "out")) == 10


def test_a_socket_would_be_noticed():
    code = "import quiet_job, sys, socket; sys.addaudithook(quiet_job.watch); socket.socket()"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent
    )
    assert "the network is cut off" in run.stderr


def cut_off():
    """How to start a program without any network, if that can be done here."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-n", "true"], capture_output=True).returncode:
        return None
    return [unshare, "-n"]


def test_with_the_network_cut_off_the_frames_are_the_same(sitter_file, clip_file, contents, tmp_path):
    before = cut_off()
    if before is None:
        pytest.skip("a process without a network needs unshare and the right to use it")
    assert quiet_job(sitter_file, clip_file, tmp_path / "off", *before)["status"] == 0
    quiet_job(sitter_file, clip_file, tmp_path / "on")
    assert contents(tmp_path / "off") == contents(tmp_path / "on")


def traced(arguments):
    """Calls of the system that open a socket of a network, by any library."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("needs strace")
    run = subprocess.run([strace, "-f", "-e", "trace=socket,connect", *arguments], capture_output=True, text=True)
    return [line for line in run.stderr.splitlines() if "AF_INET" in line]


def test_no_library_opens_a_socket_of_a_network(sitter_file, clip_file, tmp_path):
    command = [sys.executable, str(Path(__file__).with_name("quiet_job.py")), "animate"]
    assert traced([*command, str(sitter_file), str(clip_file), "--output", str(tmp_path / "out")]) == []
