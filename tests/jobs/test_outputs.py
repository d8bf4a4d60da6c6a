"""The passes and formats of a bake, file by file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from portrait_addon import srgb
from portrait_addon.errors import InputError
from portrait_addon.jobs.baking import BakeJob, BakeReport, Fingerprints, analyse, stale_specs
from portrait_addon.jobs.frame_specs import FrameSpec
from portrait_addon.jobs.job import run
from portrait_addon.jobs.outputs import Outputs
from portrait_addon.jobs.requests import BakeOptions
from portrait_addon.media.pictures import SourceImage
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.passes import PASSES
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

ROUNDING = 1e-6
"""Of an ST map: OpenCV rounds the last bit of a float by how many threads it works in."""

ALL = tuple(item.name for item in PASSES)
SETTINGS = Settings(wrinkles=1.5)


def specs(performance: Performance, settings: Settings = SETTINGS) -> list[FrameSpec]:
    return [FrameSpec(number, (Moment(performance, float(number)),), settings) for number in (4, 5, 6)]


@pytest.fixture
def bake(portrait: Portrait, performance: Performance, tmp_path: Path) -> Callable[..., BakeReport | None]:
    def bake_into(
        *,
        by: Portrait = portrait,
        settings: Settings = SETTINGS,
        force: bool = False,
        format: str = "png",
        passes: tuple[str, ...] | list[str] = (),
        multilayer: bool = False,
    ) -> BakeReport | None:
        options = BakeOptions(Outputs(tmp_path, format, tuple(passes), multilayer), force=force)
        return run(BakeJob(by, performance, specs(performance, settings), options))

    return bake_into


def pixels(path: Path) -> dict[str, NDArray[Any]]:
    with OpenEXR.File(str(path)) as opened:
        return {name: channel.pixels for name, channel in opened.channels().items()}


def ages(folder: Path) -> dict[Path, int]:
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("frame_*")}


def test_passes_are_sequences_of_their_own(
    bake: Callable[..., BakeReport | None], tmp_path: Path, portrait: Portrait, performance: Performance
) -> None:
    assert bake(passes=ALL).written == 3
    frame = compose(portrait, performance, SETTINGS, 5.0, ALL)
    for name in ALL:
        (written,) = pixels(tmp_path / name / "frame_0005.exr").values()
        assert written.dtype == (np.float32 if name in ("st_map", "depth") else np.float16)
        np.testing.assert_allclose(written, frame.passes[name], atol=ROUNDING)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "frame_0005.png")), frame.picture)


def test_passes_in_one_file(
    bake: Callable[..., BakeReport | None], tmp_path: Path, portrait: Portrait, performance: Performance
) -> None:
    chosen = ("st_map", "mouth", "face_matte")
    bake(passes=chosen, multilayer=True)
    assert sorted(path.name for path in (tmp_path / "passes").iterdir()) == [f"frame_000{n}.exr" for n in (4, 5, 6)]
    layers = pixels(tmp_path / "passes" / "frame_0004.exr")
    assert sorted(layers) == ["Portrait.face_matte.V", "Portrait.mouth", "Portrait.st_map"]
    made = compose(portrait, performance, SETTINGS, 4.0, chosen).passes
    np.testing.assert_allclose(layers["Portrait.st_map"], made["st_map"], atol=ROUNDING)


def test_only_frames_with_a_missing_or_damaged_pass_are_made_again(
    bake: Callable[..., BakeReport | None], tmp_path: Path
) -> None:
    bake(passes=["st_map", "mouth"])
    before = ages(tmp_path)
    assert bake(passes=["st_map", "mouth"]).kept == 3
    assert bake().kept == 3
    (tmp_path / "mouth" / "frame_0004.exr").unlink()
    damaged = tmp_path / "st_map" / "frame_0006.exr"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert bake(passes=["st_map", "mouth"]).written == 2
    after = ages(tmp_path)
    assert after.keys() == before.keys()
    assert {path.name for path in after if after[path] == before[path]} == {"frame_0005.png", "frame_0005.exr"}
    assert bake(passes=["st_map", "mouth"]).kept == 3


def test_another_choice_of_passes_makes_frames_again_and_nothing_is_taken_for_a_stranger(
    bake: Callable[..., BakeReport | None], tmp_path: Path
) -> None:
    bake(passes=["mouth"])
    assert bake(passes=["mouth", "shading"]).written == 3
    assert bake(passes=["shading"]).kept == 3
    assert bake(passes=["mouth", "shading"], multilayer=True).written == 3
    assert bake(passes=["mouth"], force=True).written == 3


def test_passes_of_an_earlier_state_do_not_count(
    bake: Callable[..., BakeReport | None], tmp_path: Path, portrait: Portrait, performance: Performance
) -> None:
    bake(passes=["mouth"])
    prints = Fingerprints.of(portrait, performance)
    changed = specs(performance, Settings())
    bake(settings=Settings())
    assert stale_specs(prints, changed, Outputs(tmp_path)) == []
    assert stale_specs(prints, changed, Outputs(tmp_path, passes=("mouth",))) == changed
    assert bake(settings=Settings(), passes=["mouth"]).written == 3


def test_a_stranger_among_the_passes_is_not_overwritten(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    (tmp_path / "mouth").mkdir()
    (tmp_path / "mouth" / "frame_0005.exr").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"frame_0005\.exr: is not from an earlier bake"):
        bake(passes=["mouth"])
    assert (tmp_path / "mouth" / "frame_0005.exr").read_bytes() == b"mine"


def test_exr_frames_are_the_same_picture_in_linear_light(
    bake: Callable[..., BakeReport | None], tmp_path: Path, portrait: Portrait, performance: Performance
) -> None:
    bake(format="exr")
    assert not list(tmp_path.glob("*.png"))
    (light,) = pixels(tmp_path / "frame_0005.exr").values()
    assert light.dtype == np.float16
    frame = compose(portrait, performance, SETTINGS, 5.0).picture
    assert np.abs(255 * srgb.linear_to_srgb(light[..., ::-1].astype(np.float32)) - frame).max() < 0.6


def test_float_portrait_keeps_its_highlights(
    bake: Callable[..., BakeReport | None], tmp_path: Path, sitter: SourceImage
) -> None:
    floats = sitter.pixels.astype(np.float32) / np.float32(255)
    floats[:20, :20] = srgb.linear_to_srgb(np.array([4.0], np.float32))
    bake(by=analyse(SourceImage(floats, "bright.exr")), format="exr")
    (light,) = pixels(tmp_path / "frame_0004.exr").values()
    assert light[2, 2] == pytest.approx(4, rel=0.01)
    bake(by=analyse(SourceImage(floats, "bright.exr")), format="png")
    deep = cv2.imread(str(tmp_path / "frame_0004.png"), cv2.IMREAD_UNCHANGED)
    assert deep.dtype == np.uint16
    assert deep[2, 2].tolist() == [65535] * 3


def test_soft_edges_are_right_over_black_and_over_white(
    bake: Callable[..., BakeReport | None], tmp_path: Path, sitter: SourceImage
) -> None:
    """A cut-out in one colour: over any ground its edge holds nothing but that colour and the ground."""
    alpha = np.zeros(sitter.pixels.shape[:2], np.uint8)
    cv2.circle(alpha, (96, 130), 90, (255,), -1, cv2.LINE_AA)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 4), np.uint8)
    cut = np.dstack([np.where(alpha[..., None] > 0, sitter.pixels, 0), alpha])
    ring = (alpha > 0) & (alpha < 200)
    cut[ring, :3] = (30, 60, 200)
    bake(by=analyse(SourceImage(cut, "cut.png")), format="exr", passes=["step2"])
    bake(by=analyse(SourceImage(cut, "cut.png")))
    straight = cv2.imread(str(tmp_path / "frame_0005.png"), cv2.IMREAD_UNCHANGED).astype(np.float32) / 255
    (light,) = pixels(tmp_path / "frame_0005.exr").values()
    (warped,) = pixels(tmp_path / "step2" / "frame_0005.exr").values()
    edge = np.zeros(alpha.shape, bool)
    edge[:60] = True  # above the face, where nothing else is painted
    edge &= (straight[..., 3] > 0.02) & (straight[..., 3] < 0.6)
    assert edge.sum() > 100
    paint = srgb.srgb_to_linear(np.array([200, 60, 30], np.float32) / 255)
    for layer in (light, warped):
        for ground in (0.0, 1.0):
            over = layer[..., :3] + (1 - layer[..., 3:]) * ground
            wanted = straight[..., 3:] * paint + (1 - straight[..., 3:]) * ground
            assert np.abs(over - wanted)[edge].max() < 0.02


def test_parameters_are_written_and_no_path_is(bake: Callable[..., BakeReport | None], tmp_path: Path) -> None:
    bake(passes=["mouth"])
    for path in (tmp_path / "frame_0004.png", tmp_path / "mouth" / "frame_0004.exr"):
        content = path.read_bytes()
        assert b"compositeSynthetic" in content
        assert b"wrinkles" in content
        assert str(tmp_path).encode() not in content
        assert b"ford" not in content
