"""The package from Python: by paths, by arrays, and as docs/api.md shows it."""

import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait_addon import api, pipeline
from portrait_addon.jobs.job import Cancelled
from portrait_addon.media.pictures import read_picture
from portrait_addon.media.provenance import SYNTHETIC
from portrait_addon.pipeline import Compositor, Moment, PreparedPortrait, Settings
from tests.family import APART, family_picture

ROOT = Path(__file__).parents[1]
SAVED = ROOT / "tests" / "formats" / "format_22.performance"


@pytest.fixture(scope="module")
def picture(assets: Path) -> Any:
    """(382, 256, 3) uint8, BGR; brown, so that RGB is another picture."""
    return cv2.resize(cv2.imread(str(assets / "mona_lisa.jpg")), (256, 382), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def frames(assets: Path) -> Any:
    """Four frames of a beginning smile."""
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    pictures = [capture.read()[1] for _ in range(28)]
    capture.release()
    return [cv2.resize(one, (480, 270), interpolation=cv2.INTER_AREA) for one in pictures[::9]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, picture: Any, frames: Any) -> Any:
    """A folder with ``portrait.jpg`` and ``clip.mp4``."""
    folder = tmp_path_factory.mktemp("api")
    cv2.imwrite(str(folder / "portrait.jpg"), picture)
    writer = cv2.VideoWriter(str(folder / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25, (480, 270))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return folder


def test_page_runs_as_it_is_printed(
    folder: Any,
    picture: Any,
    frames: Any,
    assets: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    cv2.imwrite("family.jpg", family_picture(assets, APART, 200))
    for name in ("a.mp4", "film.mp4", "driver.mp4"):
        shutil.copyfile("clip.mp4", name)
    api.track("clip.mp4", curves="b.csv")
    names = {"picture": picture, "frames": frames}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        exec(block, names)
    assert re.fullmatch(r"4 frames written, neutral frame [1-4]\n", capsys.readouterr().out)
    assert sorted(path.name for path in Path("frames").glob("*.png")) == [f"frame_000{n}.png" for n in (1, 2, 3, 4)]
    assert SYNTHETIC.encode() in Path("frames/frame_0001.png").read_bytes()
    assert Path("portrait.mp4").stat().st_size
    assert [len(list(Path(name).glob("*.png"))) for name in ("preview", "family", "film")] == [3, 4, 4]
    assert Path("dubbed.mp4").stat().st_size
    assert (names["result"].shape, names["result"].dtype) == (picture.shape, np.uint8)
    assert np.abs(names["result"].astype(int) - picture).max() > 9
    assert set(names["frame"].passes) == {"st_map", "shading"}


def test_paths_and_arrays_give_the_same_frame(folder: Any, tmp_path: Path) -> None:
    api.animate(folder / "portrait.jpg", SAVED, tmp_path, frames=range(3, 4))
    compositor = Compositor(PreparedPortrait(pipeline.analyse(read_picture(folder / "portrait.jpg").pixels)))
    frame = compositor.frame([Moment(api.track(SAVED), 3)], Settings()).picture
    assert np.array_equal(read_picture(tmp_path / "frame_0003.png").pixels, frame)


def test_rgb_is_turned_into_bgr_by_a_view(picture: Any) -> None:
    rgb = np.ascontiguousarray(picture[..., ::-1])
    portrait, turned = pipeline.analyse(picture), pipeline.analyse(rgb[..., ::-1])
    assert np.array_equal(turned.points, portrait.points)
    assert not np.array_equal(pipeline.analyse(rgb).palette.skin, portrait.palette.skin)
    mix = [Moment(api.track(SAVED), 3)]
    one, other = (Compositor(PreparedPortrait(p)).frame(mix, Settings()).picture for p in (portrait, turned))
    assert np.array_equal(one, other)


def test_threads_and_progress_of_track_change_nothing(frames: Any) -> None:
    clip = [(number / 25, frame) for number, frame in enumerate(frames)]
    reports: list[Any] = []
    performance = pipeline.track(clip, neutral=2, on_progress=reports.append)
    alone = pipeline.track(clip, neutral=2, workers=0)
    assert [report.text for report in reports[:4]] == ["Tracking"] * 4
    assert (reports[-1].done, reports[-1].total) == (8, 8)  # two passes over four frames
    assert performance.neutral == 2
    assert all(np.array_equal(array, alone.to_arrays()[name]) for name, array in performance.to_arrays().items())


def test_clip_must_be_readable_twice(frames: Any) -> None:
    with pytest.raises(ValueError, match="is read more than once: pass a list of its frames, not an iterator"):
        pipeline.track((n / 25, frame) for n, frame in enumerate(frames))


WALL = np.full((64, 48, 3), 99, np.uint8)


@pytest.mark.parametrize(
    ("clip", "message"),
    [
        ([WALL], "a clip is a list of pairs, the seconds and the pixels of each frame; pair them first"),
        ([(0.0, WALL), (0.0, WALL)], "the time of frame 2, 0 s, does not come after the one before it"),
        ([(float("nan"), WALL)], "the time of frame 1, nan s, does not come after"),
        ([(0.0, WALL), (1.0, WALL[:32])], "frame 2 has the shape (32, 48, 3), not that of the first one, (64, 48, 3)"),
        ([(0.0, WALL / 255)], "a frame of a clip is grey or BGR in uint8, not float32 of shape (64, 48, 3)"),
    ],
)
def test_wrong_clips_are_named(clip: Any, message: Any) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        pipeline.track(clip)


def test_arrays_without_a_face() -> None:
    with pytest.raises(pipeline.NoFaceError, match="no face found"):
        pipeline.analyse(WALL)
    with pytest.raises(pipeline.NoFaceError, match="no face found in any frame"):
        pipeline.track([(0.0, WALL)])
    with pytest.raises(pipeline.NoFaceError, match="no face found in any frame"):
        pipeline.track([])


def test_settings_over_time_and_settings_of_all_frames(folder: Any, tmp_path: Path) -> None:
    still = api.AnimatedSettings({"head_motion": ((1, 0.0),), "expression": ((1, 0.0), (2, 0.0), (3, 1.0))})
    given: dict[str, Any] = {"frames": range(2, 4), "format": "png16"}
    api.animate(folder / "portrait.jpg", SAVED, tmp_path / "keyed", settings=still, **given)
    api.animate(folder / "portrait.jpg", SAVED, tmp_path / "moved", settings=Settings(head_motion=0), **given)
    keyed, moved = (
        [read_picture(tmp_path / name / f"frame_000{n}.png").pixels for n in (2, 3)] for name in ("keyed", "moved")
    )
    assert keyed[0].dtype == np.uint16
    assert not np.array_equal(keyed[0], moved[0])
    assert np.array_equal(keyed[1], moved[1])


def test_settings_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="smile is no parameter; there are head_motion, "):
        api.AnimatedSettings({"smile": ((1, 0.0),)})


def test_mask_protects_what_it_covers(folder: Any, tmp_path: Path, picture: Any) -> None:
    white = np.full(picture.shape[:2], 255, np.uint8)
    cv2.imwrite(str(tmp_path / "white.png"), white)
    masks = {"still": tmp_path / "white.png"}
    assert api.analyse(folder / "portrait.jpg", masks=masks).masks["still"].min() == 255
    api.animate(folder / "portrait.jpg", SAVED, tmp_path / "out", frames=range(3, 4), masks=masks)
    frame, original = (read_picture(path).pixels for path in (tmp_path / "out/frame_0003.png", folder / "portrait.jpg"))
    assert np.abs(frame.astype(int) - original).max() <= 1


def test_notes_are_logged_or_handed_over(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        api.track(SAVED)
    notes: list[Any] = []
    api.track(SAVED, on_note=notes.append)
    assert caplog.messages == notes
    assert "cut at 7" in notes[0]


def test_work_can_be_cancelled(folder: Any, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        api.animate(folder / "portrait.jpg", SAVED, tmp_path / "out", cancelled=lambda: True)
    assert not (tmp_path / "out").exists()


def test_performance_without_the_mouth(tmp_path: Path) -> None:
    assert api.track(SAVED).has_mouth
    assert not api.track(SAVED, tmp_path / "new" / "closed.performance", mouth=False).has_mouth
    assert not api.track(str(tmp_path / "new" / "closed.performance")).has_mouth


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"passes": ["motion"]}, "there is no pass 'motion'; there are st_map, "),
        ({"format": "gif"}, "there is no format 'gif'; there are png, png16, exr"),
        ({"masks": {"hat": "hat.png"}}, "there is no mask 'hat'; there are person, rigid, still, teeth"),
        ({"rate": 0}, "a rate is from 1 to 1000 frames a second, not 0"),
        ({"rate": float("nan")}, "a rate is from 1 to 1000 frames a second, not nan"),
        ({"frames": range(0, 4)}, "frames count from 1 and cannot be range(0, 4)"),
        ({"frames": range(4, 4)}, "frames count from 1 and cannot be range(4, 4)"),
        ({"settings": Settings(wrinkles=5)}, "wrinkles is 5, not between 0 and 4"),
        ({"settings": Settings(brows=float("nan"))}, "brows is nan, not between 0 and 3"),
        ({"face": 0}, "face counts from 1 and cannot be 0"),
        ({"driving_face": 0}, "driving_face counts from 1 and cannot be 0"),
        ({"neutral": 0}, "neutral counts from 1 and cannot be 0"),
    ],
)
def test_wrong_arguments_are_named_before_any_work(folder: Any, tmp_path: Path, options: Any, message: Any) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        api.animate(folder / "portrait.jpg", SAVED, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_every_public_name_is_found_and_listed() -> None:
    for name in pipeline.__all__:
        assert getattr(pipeline, name).__doc__
    assert {*pipeline.__all__} == {*pipeline._MODULES} <= {*dir(pipeline)}
    assert {*api.__all__} <= {*dir(api)}
    with pytest.raises(AttributeError, match="has no attribute 'tracks'"):
        pipeline.tracks  # noqa: B018


def test_names_are_imported_when_they_are_used() -> None:
    """A Blender without a portrait loads neither OpenCV nor MediaPipe; reading settings needs neither."""
    code = (
        "import sys; from portrait_addon.pipeline import Settings; loaded = {'cv2', 'mediapipe'} & {*sys.modules};"
        "from portrait_addon.pipeline import *; sys.exit(str(loaded) if loaded or 'mediapipe' in sys.modules else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
