"""Images painted over the portrait, in both Blenders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender.data import frames
from portrait_addon.blender.running import object_cache, unfinished
from portrait_addon.media.pictures import read_picture
from tests.pictures import write_picture


def mask(path: Path, size: tuple[int, int], top: float, bottom: float) -> Any:
    """An image of another size than the portrait's, white between two heights."""
    pixels = np.zeros((*size[::-1], 3), np.uint8)
    pixels[round(top * size[1]) : round(bottom * size[1])] = 255
    write_picture(path, pixels)
    return bpy.data.images.load(str(path))


def test_a_mask_changes_the_frames_that_are_baked(ready: Any, scene: Any, tmp_path: Path, portrait_file: Path) -> None:
    ready.portrait.head_motion = 2.0
    bpy.ops.portrait.bake()
    folder = frames.frames_folder(ready)
    assert folder is not None
    assert unfinished.count_unfinished(ready, scene)[:2] == (0, 0)
    ready.portrait.still_mask = mask(tmp_path / "still.png", (120, 160), 0.0, 0.5)
    assert unfinished.count_unfinished(ready, scene)[:2] == (0, 6)
    bpy.ops.portrait.bake()
    assert unfinished.count_unfinished(ready, scene)[:2] == (0, 0)
    original = read_picture(portrait_file).pixels
    frame = cv2.imread(str(folder / "frame_0005.png"))
    np.testing.assert_array_equal(frame[:155], original[:155])
    assert (frame[170:] != original[170:]).any()


def test_painting_on_a_mask_is_noticed(ready: Any, scene: Any) -> None:
    image = ready.portrait.rigid_mask = bpy.data.images.new("Hat", 60, 80)
    bpy.ops.portrait.bake()
    before = object_cache.portrait_of(ready)
    assert not before.masks["rigid"].any()
    image.pixels.foreach_set(np.ones(60 * 80 * 4, np.float32))
    image.update()
    object_cache.image_changed(image)
    assert object_cache.portrait_of(ready).masks["rigid"].min() == 255
    assert unfinished.count_unfinished(ready, scene)[:2] == (0, 6)


def test_a_mask_that_is_gone_is_one_clear_line(ready: Any, tmp_path: Path) -> None:
    ready.portrait.person_mask = mask(tmp_path / "lost.png", (12, 16), 0.2, 1.0)
    (tmp_path / "lost.png").unlink()
    try:
        bpy.ops.portrait.bake()
    except RuntimeError as error:
        assert "lost.png: there is no such file" in str(error)
    else:
        raise AssertionError("baked without the mask")


def test_a_picture_of_teeth_keeps_its_size_and_colours(ready: Any, scene: Any, tmp_path: Path) -> None:
    bpy.ops.portrait.bake()
    pixels = np.full((40, 80, 4), (90, 120, 150, 255), np.uint8)
    pixels[20:, :, 3] = 0
    write_picture(tmp_path / "teeth.png", pixels)
    ready.portrait.teeth_mask = bpy.data.images.load(str(tmp_path / "teeth.png"))
    np.testing.assert_array_equal(object_cache.portrait_of(ready).masks["teeth"][:20], pixels[:20])
    assert unfinished.count_unfinished(ready, scene)[:2] == (0, 6)


def test_a_picture_without_teeth_is_one_clear_line(ready: Any, tmp_path: Path) -> None:
    ready.portrait.teeth_mask = mask(tmp_path / "black.png", (80, 40), 0.0, 0.0)
    with pytest.raises(RuntimeError, match=r"black\.png: is black or transparent all over\. Choose another picture\."):
        bpy.ops.portrait.bake()
