"""Odd places: another drive, another colour configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from portrait_addon.blender.data import frames
from tests.pictures import write_picture

ROOT = Path(__file__).parents[2]


def test_frames_on_another_drive_keep_their_absolute_path(tmp_path: Path, monkeypatch: Any) -> None:
    """Windows knows no relative path from one drive to another."""

    def refuse(*_: Any) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    write_picture(tmp_path / "frame_0001.png", np.zeros((4, 4, 3), np.uint8))
    monkeypatch.setattr(os.path, "relpath", refuse)
    assert frames.load_sequence(tmp_path / "frame_0001.png").filepath == str(tmp_path / "frame_0001.png")


CONFIGURED = """
import os, sys
import bpy, numpy as np
from pathlib import Path
from portrait_addon.blender import compat
from portrait_addon.blender.data import frames, sources
from portrait_addon.blender.output import rebuild
from portrait_addon.media.exr import write_exr

folder = Path(sys.argv[1])
for name in ("a", "b"):
    write_exr(folder / f"{name}_0001.exr", {"": np.ones((4, 4, 3), np.float16)}, {})
passes = frames.load_sequence(folder / "a_0001.exr", data=True)
colours = frames.load_sequence(folder / "b_0001.exr")
rebuild.say_linear_rec709(colours)
group = rebuild._new_group()
convert = next(n for n in bpy.data.node_groups[rebuild.ENCODE].nodes if "Convert" in n.bl_idname)
painted = bpy.data.images.new("painted", 2, 2, float_buffer=True)
painted.pixels = [0.2, 0.4, 0.1, 1.0] * 4
print(passes.colorspace_settings.is_data, colours.colorspace_settings.name, convert.from_color_space,
      convert.to_color_space, *sources.portrait_picture(painted).pixels[0, 0], sep="|")
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("configuration", ["", "ocio://default", "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3"])
def test_any_colour_configuration(tmp_path: Path, configuration: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONFIGURED, tmp_path], cwd=ROOT, env=os.environ | {"OCIO": configuration},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    is_data, layers, linear, encoded, *painted = done.stdout.splitlines()[-1].split("|")
    assert is_data == "True"
    assert layers.startswith("Linear Rec.709")
    assert linear in ("scene_linear", "ACEScg" if configuration else "Linear Rec.709")
    assert encoded.startswith("sRGB")
    # RGB of the painted colour with the primaries of sRGB, by the matrix of ACES' own documents [S-2014-004]
    matrix = [[1.70505, -0.62179, -0.08326], [-0.13026, 1.14080, -0.01055], [-0.02400, -0.12897, 1.15297]]
    linear_rgb = np.array([0.2, 0.4, 0.1]) if not configuration else np.array(matrix) @ [0.2, 0.4, 0.1]
    expected = 65535 * (1.055 * linear_rgb.clip(0.0031308) ** (1 / 2.4) - 0.055)
    assert np.abs(np.array(painted[::-1], float) - expected).max() < 80
