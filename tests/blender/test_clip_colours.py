"""A clip is read in the colours in which Blender shows it."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from portrait_addon.media.clips import open_clip
from tests.films import BT_709, FULL, LIMITED, write_video


@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
@pytest.mark.parametrize(("matrix", "levels"), [(BT_709, LIMITED), (BT_709, FULL), (5, LIMITED), (None, None)], ids=str)
def test_colours_are_blenders(tmp_path: Path, size: tuple[int, int], matrix: int | None, levels: int | None) -> None:
    chance, (width, height) = np.random.RandomState(1), size
    pixels = np.kron(chance.randint(0, 256, (4, 4, 3)), np.ones((height // 4, width // 4, 1))).astype(np.uint8)
    colours = None if matrix is None or levels is None else (matrix, levels, 1, 1)
    path = write_video(tmp_path / "clip.mp4", [pixels] * 2, colours=colours, options={"crf": "1"})
    image = bpy.data.images.load(str(path))
    image.source = "MOVIE"
    shown = np.empty((height, width, 4), np.float32)
    image.pixels.foreach_get(shown.ravel())
    _, read = next(iter(open_clip(path)))
    assert np.abs(np.rint(255 * shown[::-1, :, 2::-1]) - read).max() <= 4
