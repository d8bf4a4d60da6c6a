"""A portrait of 8K is animated in memory that can be told beforehand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait_addon.media.pictures import read_picture
from tests.pictures import write_picture

ROOT = Path(__file__).parents[2]
SIZE = (7680, 4320)
MIB = {8: 1100, 16: 2200}
"""Memory that the whole process may take, by bits a channel."""

BAKE = """
import re, sys
from pathlib import Path
from portrait_addon.command_line import main
status = main(["animate", *sys.argv[1:3], "--output", sys.argv[3], "--frames", "4-5"])
print("MiB", int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) >> 10)
sys.exit(status)
"""


@pytest.mark.parametrize("bits", MIB)
def test_an_8k_portrait(assets: Path, performance_file: Path, tmp_path: Path, long: bool, bits: Any) -> None:
    if bits == 16 and not long:
        pytest.skip("make test-faults")
    face = read_picture(assets / "ford_1888.jpg").pixels
    face = cv2.resize(face, (round(SIZE[1] * face.shape[1] / face.shape[0]), SIZE[1]))
    sides = SIZE[0] - face.shape[1]
    wide = cv2.copyMakeBorder(face, 0, 0, sides // 2, sides - sides // 2, cv2.BORDER_REPLICATE)
    write_picture(tmp_path / "wide.png", wide if bits == 8 else wide.astype(np.uint16) * 257)
    done = subprocess.run(
        [sys.executable, "-c", BAKE, tmp_path / "wide.png", performance_file, tmp_path / "out"],
        capture_output=True, text=True, timeout=300, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    frame = read_picture(tmp_path / "out" / "frame_0005.png").pixels
    assert frame.shape == wide.shape
    assert frame.itemsize * 8 == bits
    used = int(done.stdout.split()[-1])
    assert used < MIB[bits], f"{used} MiB"
