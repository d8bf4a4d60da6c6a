"""EXR files: what is written is read again by the library itself, and by us."""

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import DTypeLike, NDArray

from portrait_addon import srgb
from portrait_addon.errors import InputError
from portrait_addon.media.exr import decode_exr, picture_layer, write_exr
from portrait_addon.media.pictures import read_picture
from portrait_addon.media.provenance import SYNTHETIC, exr_attributes


def written(path: Path, layers: dict[str, NDArray[Any]], **header: tuple[NDArray[Any], NDArray[Any]]) -> Any:
    """A file of anybody's."""
    channels = {name: np.ascontiguousarray(plane) for name, plane in layers.items()}
    OpenEXR.File({"type": OpenEXR.scanlineimage, **header}, channels).write(str(path))
    return path


def window(left: int, top: int, width: int, height: int) -> Any:
    return np.array([left, top], np.int32), np.array([left + width - 1, top + height - 1], np.int32)


@pytest.fixture
def light() -> Any:
    """RGBA in linear light, premultiplied, brighter than 1 in places."""
    generator = np.random.default_rng(7)
    alpha = generator.random((12, 16, 1), np.float32)
    return np.concatenate([3 * generator.random((12, 16, 3), np.float32) * alpha, alpha], axis=2)


def test_portrait_stays_scene_linear_on_its_way_in_and_out(tmp_path: Path, light: Any) -> None:
    path = written(tmp_path / "in.exr", dict(zip("RGBA", light.transpose(2, 0, 1), strict=True)))
    picture = read_picture(path)
    assert picture.pixels.dtype == np.float32
    assert picture.pixels.shape == (12, 16, 4)
    straight = light[..., 2::-1] / light[..., 3:]
    np.testing.assert_allclose(picture.pixels[..., :3], srgb.linear_to_srgb(straight), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(picture_layer(picture.pixels), light, rtol=2e-3, atol=1e-3)


def test_layers_keep_names_precision_and_attributes(tmp_path: Path) -> None:
    layers: dict[str, NDArray[Any]] = {
        "Portrait.st_map": np.full((4, 6, 3), 1 / 3, np.float32),
        "Portrait.mouth": np.full((4, 6, 4), 0.25, np.float16),
        "Portrait.face_matte": np.ones((4, 6), np.float16),
    }
    write_exr(tmp_path / "Ä frame.exr", layers, exr_attributes({"wrinkles": 2.0}))
    with OpenEXR.File(str(tmp_path / "Ä frame.exr")) as opened:
        channels, header = opened.channels(), dict(opened.header())
        assert channels["Portrait.st_map"].pixels.dtype == np.float32
        np.testing.assert_array_equal(channels["Portrait.st_map"].pixels, layers["Portrait.st_map"])
        assert channels["Portrait.mouth"].pixels.dtype == np.float16
        assert channels["Portrait.face_matte.V"].pixels.shape == (4, 6)
    assert header["digitalSourceType"] == SYNTHETIC
    assert header["software"].startswith("Living Portraits ")
    assert header["portraitParameters"] == '{"wrinkles": 2.0}'


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_every_type_of_picture_becomes_light(kind: DTypeLike) -> None:
    whole = np.iinfo(kind).max if kind != np.float32 else 1
    pixels = np.full((2, 2, 4), whole, kind)
    pixels[0, :, :3] = round(whole / 2) if whole > 1 else 0.5
    pixels[1, :, 3] = 0
    layer = picture_layer(pixels)
    assert layer.dtype == np.float16
    np.testing.assert_allclose(layer[0, 0], [0.2140] * 3 + [1], atol=0.003)
    assert not layer[1].any()


def test_grey_and_cut_files(tmp_path: Path) -> None:
    grey = written(tmp_path / "grey.exr", {"Y": np.full((3, 5), 0.5, np.float16)})
    pixels = read_picture(grey).pixels
    assert pixels.shape == (3, 5, 3)
    assert not np.ptp(pixels)
    # A file may hold a part of its picture only, or more than is to be seen.
    ones = {name: np.ones((2, 4), np.float32) for name in "RGB"}
    header = {"dataWindow": window(-1, 1, 4, 2), "displayWindow": window(0, 0, 6, 4)}
    seen = read_picture(written(tmp_path / "cut.exr", ones, **header)).pixels
    assert seen.shape == (4, 6, 3)
    np.testing.assert_allclose(seen[1:3, :3], 1, atol=1e-6)
    assert (seen > 0).sum() == 3 * 2 * 3


def test_what_is_no_number_does_no_harm(tmp_path: Path) -> None:
    planes = {name: np.full((3, 3), np.nan, np.float32) for name in "RGB"}
    planes["R"][0] = np.inf
    planes["G"][1] = -1
    pixels = read_picture(written(tmp_path / "nan.exr", planes)).pixels
    assert np.isfinite(pixels).all()


def test_bad_files_are_one_clear_line(tmp_path: Path) -> None:
    good = written(tmp_path / "a.exr", {name: np.ones((40, 50), np.float16) for name in "RGB"}).read_bytes()
    layered = written(tmp_path / "b.exr", {f"beauty.{name}": np.ones((4, 4), np.float16) for name in "RGB"})
    for name, content, message in (
        ("cut.exr", good[: len(good) // 2], "damaged"),
        ("head.exr", good[:20], "damaged EXR"),
        ("layers.exr", layered.read_bytes(), "has no channels R, G and B"),
        ("huge.exr", good.replace(np.int32(49).tobytes(), np.int32(60_000).tobytes()), "pixels are too many"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=rf"^.*{name}: .*{message}.*$") as caught:
            read_picture(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="damaged"):
        decode_exr(b"v/1\x01")


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"frame\.exr: cannot be written"):
        write_exr(tmp_path / "missing" / "frame.exr", {"": np.ones((2, 2), np.float16)}, {})
