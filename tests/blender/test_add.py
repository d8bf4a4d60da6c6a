"""Add > Image > Living Portrait, and where pixels and frames come from and go to."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
import pytest

from portrait_addon.blender.data import sources
from portrait_addon.blender.operators.clip import load_clip
from portrait_addon.blender.viewport import plane
from portrait_addon.errors import InputError
from portrait_addon.media.pictures import read_picture
from tests.media.test_picture_kinds import STILLS, pack_tiff
from tests.media.test_pictures import exif, tiff, with_exif


def test_the_new_portrait_is_selected_at_the_cursor(add: Callable[..., Any], scene: Any) -> None:
    scene.cursor.location = (1, 2, 3)
    scene.frame_start = 1001
    ob = add()
    assert bpy.context.selected_objects == [ob]
    assert tuple(ob.location) == (1, 2, 3)
    assert ob.portrait.start_frame == 1001


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"none\.png: there is no such file\. Check the path\."):
        bpy.ops.portrait.add(filepath=str(tmp_path / "none.png"))
    assert not bpy.data.objects


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a picture")
    with pytest.raises(RuntimeError, match=r"notes\.txt: .*Save it again as PNG or JPEG"):
        bpy.ops.portrait.add(filepath=str(tmp_path / "notes.txt"))


def test_a_picture_from_a_camera_held_sideways_stands_upright(add: Callable[..., Any], tmp_path: Path) -> None:
    jpeg = cv2.imencode(".jpg", np.zeros((40, 60, 3), np.uint8))[1].tobytes()
    quarter_turn = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)  # one tag: orientation 6
    exif = b"Exif\0\0" + quarter_turn
    (tmp_path / "sideways.jpg").write_bytes(
        jpeg[:2] + struct.pack(">2sH", b"\xff\xe1", len(exif) + 2) + exif + jpeg[2:]
    )
    image = add(tmp_path / "sideways.jpg").portrait.portrait
    assert tuple(image.size) == (40, 60)
    assert sources.portrait_picture(image).pixels.shape == (60, 40, 3)


def sideways_tiff(path: Path) -> None:
    """Three columns, two rows; the picture's top is the right side."""
    red = np.zeros((2, 3, 3), np.uint8)
    red[:, 2] = 255
    path.write_bytes(tiff(red, orientation=6))


def sideways_jpeg(path: Path) -> None:
    red = np.zeros((32, 48, 3), np.uint8)
    red[:, 32:] = 255
    path.write_bytes(with_exif(".jpg", cv2.imencode(".jpg", red)[1].tobytes(), exif(6)))


@pytest.mark.parametrize("write", [sideways_tiff, sideways_jpeg])
def test_a_picture_opened_in_the_panel_stands_upright(add: Callable[..., Any], tmp_path: Path, write: Any) -> None:
    """The panel's folder button loads the file as Blender does, on its side, and then chooses it."""
    ob, path = add(), tmp_path / "sideways"
    write(path)
    image = bpy.data.images.load(str(path))
    assert image.size[0] > image.size[1]
    ob.portrait.portrait = image
    shown, pixels = ob.portrait.portrait, read_picture(path).pixels
    assert tuple(shown.size) == tuple(ob.portrait.size) == pixels.shape[1::-1]
    assert shown.packed_file is not None
    assert plane.image_node(ob).image == shown
    seen = np.array(shown.pixels).reshape(*pixels.shape[:2], 4)[::-1, :, :3]
    assert np.abs(seen * 255 - pixels[..., ::-1]).max() < 1
    assert np.array_equal(sources.portrait_picture(shown).pixels, pixels)


def photoshop(mode: int) -> bytes:
    return STILLS["PSD"]()[:24] + struct.pack(">H", mode) + STILLS["PSD"]()[26:]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        *((kind, STILLS[kind]()) for kind in ("GIF", "AVIF", "animated AVIF", "animated WebP")),
        ("Lab PSD", photoshop(9)),
        ("duotone PSD", photoshop(8)),
    ],
)
def test_what_blender_does_not_show_is_shown(add: Callable[..., Any], tmp_path: Path, kind: str, data: bytes) -> None:
    path = tmp_path / f"still.{kind.split()[-1].lower()}"
    path.write_bytes(data)
    image, pixels = add(path).portrait.portrait, read_picture(path).pixels
    seen = np.array(image.pixels).reshape(*pixels.shape[:2], 4)[::-1, :, :3]
    assert np.abs(seen * 255 - pixels[..., 2::-1]).max() < 1


def test_a_tiff_whose_zero_is_white_is_shown_bright_where_it_is(add: Callable[..., Any], tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 9 * 7).astype(np.uint16).reshape(7, 9)
    tags = {256: [9], 257: [7], 258: [16], 259: [1], 262: [0], 277: [1], 278: [7]}
    (tmp_path / "a.tif").write_bytes(pack_tiff(tags, [np.invert(ramp).tobytes()]))
    seen = np.array(add(tmp_path / "a.tif").portrait.portrait.pixels).reshape(7, 9, 4)[::-1, :, 0]
    assert seen[0, 0] < 0.01
    assert seen[-1, -1] > 0.99


def test_pixels_of_a_file_are_the_files(add: Callable[..., Any], picture_file: Path) -> None:
    image = add().portrait.portrait
    assert np.array_equal(sources.portrait_picture(image).pixels, read_picture(picture_file).pixels)


def test_a_packed_image_needs_no_file(add: Callable[..., Any], picture_file: Path) -> None:
    image, pixels = add().portrait.portrait, read_picture(picture_file).pixels
    image.pack()
    picture_file.unlink()
    assert np.array_equal(sources.portrait_picture(image).pixels, pixels)


def test_a_file_that_went_away_is_named(add: Callable[..., Any], picture_file: Path) -> None:
    image = add().portrait.portrait
    picture_file.unlink()
    with pytest.raises(InputError, match=r"colours\.png: there is no such file\. Check the path\."):
        sources.portrait_picture(image)


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_generated_pixels_are_taken_as_they_are(alpha: float) -> None:
    image = bpy.data.images.new("painted", 3, 2, alpha=True)
    image.pixels = [value / 255 for value in (10, 20, 30)] + [alpha] + [0, 0, 0, 1] * 5  # the bottom left pixel first
    pixels = sources.portrait_picture(image).pixels
    assert pixels.shape == (2, 3, 3 if alpha == 1 else 4)
    assert pixels[1, 0].tolist() == [30, 20, 10] + ([] if alpha == 1 else [128])


def test_float_images_become_16_bits_in_srgb() -> None:
    image = bpy.data.images.new("float", 2, 2, alpha=True, float_buffer=True)
    image.pixels = [0.25, 0.25, 0.25, 0.5] * 4  # premultiplied: 0.5 in linear light
    pixels = sources.portrait_picture(image).pixels
    assert pixels.dtype == np.uint16
    assert pixels[0, 0].tolist() == pytest.approx([48190, 48190, 48190, 32768], abs=8)


def test_frames_lie_beside_a_saved_file(add: Callable[..., Any], tmp_path: Path) -> None:
    ob = add()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert sources.output_folder(ob) == tmp_path / "colours"


def test_frames_of_a_file_without_name_lie_in_a_folder_of_the_session(add: Callable[..., Any]) -> None:
    folder = sources.output_folder(add())
    assert folder.name == "colours"
    assert Path(bpy.app.tempdir).name in folder.parts


def test_a_duplicate_has_a_folder_of_its_own(add: Callable[..., Any], tmp_path: Path) -> None:
    original = add()
    original.portrait.output_folder = str(tmp_path)
    bpy.ops.object.duplicate()
    duplicate = bpy.context.object
    assert duplicate.portrait.output_folder == original.portrait.output_folder
    assert sources.output_folder(original) == tmp_path / "colours"
    assert sources.output_folder(duplicate) == tmp_path / "colours.001"


def test_hostile_names_stay_in_the_folder(add: Callable[..., Any], tmp_path: Path) -> None:
    ob = add()
    ob.portrait.output_folder = str(tmp_path)
    for name in ("../up", "..", "a/b", "line\nbreak", "con"):
        ob.name = name
        folder = sources.output_folder(ob)
        assert folder.parent == tmp_path
        assert folder.resolve().parent == tmp_path.resolve()


def test_the_menu_has_the_entry() -> None:
    assert "draw_menu_entry" in [draw.__name__ for draw in bpy.types.VIEW3D_MT_image_add.draw._draw_funcs]


def test_several_pictures_stand_side_by_side(picture_file: Path, portrait_file: Path, tmp_path: Path) -> None:
    for path in (picture_file, portrait_file):
        (tmp_path / "several").mkdir(exist_ok=True)
        (tmp_path / "several" / path.name).write_bytes(path.read_bytes())
    files = [{"name": picture_file.name}, {"name": "none.png"}, {"name": portrait_file.name}]
    with pytest.raises(RuntimeError, match=r"none\.png: there is no such file"):
        bpy.ops.portrait.add(directory=str(tmp_path / "several"), files=files)
    first, second = bpy.context.selected_objects
    assert {first.name, second.name} == {"colours", "ford"}
    bpy.context.view_layer.update()
    gap = abs(first.location.x - second.location.x) - (first.dimensions.x + second.dimensions.x) / 2
    assert 0 < gap < 0.1


def test_a_portrait_added_where_another_stands_steps_beside_it(add: Callable[..., Any], scene: Any) -> None:
    first, second, third = add(), add(), add()
    bpy.context.view_layer.update()
    places = [ob.location.x for ob in (first, second, third)]
    assert places[0] == 0
    assert min(np.diff(places)) > first.dimensions.x
    scene.cursor.location.z = 10
    assert add().location.x == 0


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """The folder of a .blend file that has a name."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return tmp_path


def test_portrait_and_clip_are_kept_by_relative_paths(
    add: Callable[..., Any], write_frames: Callable[..., Path], named: Path
) -> None:
    ob = add()
    assert ob.portrait.portrait.filepath == "//colours.png"
    clip = load_clip(write_frames(2) / "frame_0001.png")
    assert clip.filepath == bpy.path.relpath(str(named / "frames" / "frame_0001.png"))


def test_absolute_paths_stay_where_the_artist_prefers_them(add: Callable[..., Any], named: Path) -> None:
    bpy.context.preferences.filepaths.use_relative_paths = False
    try:
        assert add().portrait.portrait.filepath == str(named / "colours.png")
    finally:
        bpy.context.preferences.filepaths.use_relative_paths = True


def test_a_picture_that_is_loaded_already_is_not_loaded_over(add: Callable[..., Any], named: Path) -> None:
    image = bpy.data.images.load(str(named / "colours.png"))
    image.pixels[0] = 0.5
    assert add().portrait.portrait == image
    assert image.is_dirty


def test_a_path_may_begin_at_the_file(add: Callable[..., Any], recwarn: pytest.WarningsRecorder) -> None:
    add().portrait.output_folder = "//frames"
    preferences = bpy.context.preferences.addons["portrait_addon"].preferences
    preferences.cache_folder = "//cache"
    preferences.cache_folder = ""
    assert not [warning for warning in recwarn if "blend relative" in str(warning.message)]
