"""Several faces of one picture, each with a driver of its own: from files to frames, by command line and script."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait_addon.api import animate
from portrait_addon.command_line import main
from portrait_addon.jobs import baking
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline.records.settings import Settings
from tests.family import APART, TOUCHING, faces_of, family_picture
from tests.pictures import write_picture

FRAMES = {"1": 6, "3": 3}
"""Number of frames of each driver."""


@pytest.fixture(scope="module")
def folder(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures of three people, and drivers: jaws that open, and a smile that is over sooner."""
    folder = tmp_path_factory.mktemp("family")
    write_picture(folder / "apart.png", family_picture(assets, APART, 240))
    write_picture(folder / "touching.png", family_picture(assets, TOUCHING, 240))
    for name, shape, frames in (("jaw", "JawOpen", FRAMES["1"]), ("smile", "MouthSmileLeft", FRAMES["3"])):
        lines = [f"10:59:00:{row:02}.000,61,{(row + 1) / 8:.3f}" for row in range(frames)]
        (folder / f"{name}.csv").write_text("\n".join([f"Timecode,BlendShapeCount,{shape}", *lines]) + "\n")
    return folder


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run `animate`; gives exit status, summary (or None) and standard error."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments: Any) -> Any:
        status = main(["animate", *map(str, arguments), "--workers", "1"])
        out, err = capfd.readouterr()
        return status, json.loads(out) if out else None, err

    return run


def frames(folder: Path) -> list[Any]:
    return [read_picture(path).pixels for path in sorted(folder.glob("frame_*.png"))]


def boxes(picture: Path) -> list[tuple[slice, slice]]:
    """Rows and columns of each face, the largest first."""
    return [
        tuple(slice(int(low), int(high)) for low, high in zip(*extent, strict=True))  # type: ignore[misc]
        for face in faces_of(read_picture(picture).pixels)
        for extent in [(face.points[:, 1::-1].min(axis=0), face.points[:, 1::-1].max(axis=0))]
    ]


def test_each_face_follows_its_own_clip(command: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    picture, jaw, smile = folder / "apart.png", folder / "jaw.csv", folder / "smile.csv"
    both = [picture, "--drive", f"1={jaw}", "--drive", f"3={smile}"]
    status, summary, _ = command(*both, "--output", tmp_path / "both")
    assert status == 0
    assert (summary["frames"], summary["faces"]["3"]["clip_frames"]) == (FRAMES["1"], FRAMES["3"])
    shown, still = frames(tmp_path / "both"), read_picture(picture).pixels
    places = boxes(picture)
    command(picture, jaw, "--frames", "1-3", "--output", tmp_path / "first")
    command(picture, smile, "--face", "3", "--output", tmp_path / "third")
    first, third = frames(tmp_path / "first"), frames(tmp_path / "third")
    for row, frame in enumerate(shown):
        np.testing.assert_array_equal(frame[places[1]], still[places[1]])
        if row < len(first):
            np.testing.assert_array_equal(frame[places[0]], first[row][places[0]])
        if row < FRAMES["3"]:
            np.testing.assert_array_equal(frame[places[2]], third[row][places[2]])
    away = [np.abs(frame[places[2]].astype(float) - still[places[2]]).mean() for frame in shown]
    assert away[2] > away[3] > away[5], "a face whose clip has ended comes to rest"

    status, summary, _ = command(*both, "--output", tmp_path / "both")
    assert (status, summary["written"], summary["kept"]) == (0, 0, FRAMES["1"])
    (tmp_path / "strong.json").write_text('{"expression": 1.4}')
    more = ["--settings", f"3={tmp_path / 'strong.json'}", "--output", tmp_path / "both"]
    assert command(*both, *more)[1]["written"] == FRAMES["1"]
    changed = frames(tmp_path / "both")[2]
    np.testing.assert_array_equal(changed[places[0]], shown[2][places[0]])
    assert (changed[places[2]] != shown[2][places[2]]).any()


def test_only_frames_that_change_are_made_again(command: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    """What is keyed for one face concerns its frames alone; another point of one face concerns all."""
    both = [folder / "apart.png", *drivers(folder), "--output", tmp_path / "out"]
    command(*both)
    (tmp_path / "keyed.json").write_text('{"expression": [[4, 1], [5, 0.5]]}')
    assert command(*both, "--settings", f"3={tmp_path / 'keyed.json'}")[1]["written"] == 2
    (tmp_path / "moved.json").write_text('{"portrait": {"right_eye_1": [0.05, 0.0]}}')
    assert command(*both, "--corrections", f"3={tmp_path / 'moved.json'}")[1]["written"] == FRAMES["1"]


def drivers(folder: Path) -> list[str]:
    return ["--drive", f"1={folder / 'jaw.csv'}", "--drive", f"3={folder / 'smile.csv'}"]


def test_processes_and_scripts_make_the_same_frames(
    folder: Path, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, drive = folder / "touching.png", {3: folder / "smile.csv", 1: folder / "jaw.csv"}
    command(picture, *drivers(folder), "--passes", "face_matte", "--output", tmp_path / "one")
    monkeypatch.setattr(baking, "FRAMES_FOR_PROCESSES", 1)
    monkeypatch.setattr(baking, "can_be_started", lambda: True)
    strong = {1: Settings(), 3: Settings()}
    report = animate(picture, None, tmp_path / "many", drive=drive, settings=strong, passes=["face_matte"], workers=2)
    assert report.bake.written == FRAMES["1"]
    for name in ("face_matte_1", "face_matte_3"):
        assert len(list((tmp_path / "many" / name).glob("*.exr"))) == FRAMES["1"]
    for one, other in zip(frames(tmp_path / "one"), frames(tmp_path / "many"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_number_that_is_not_there(command: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    status, summary, err = command(
        folder / "apart.png", "--drive", f"4={folder / 'jaw.csv'}", "--output", tmp_path / "out"
    )
    assert (status, summary) == (1, None)
    assert err.splitlines()[-1] == f"portrait: {folder / 'apart.png'}: there is no face 4; choose one from 1 to 3"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["b.mp4", "--drive", "1=a.mp4"], "or --drive N=DRIVING for each face"),
        (["--drive", "1=a.mp4", "--face", "2"], "or --drive N=DRIVING for each face"),
        (["--drive", "1=a.mp4", "--drive", "1=b.mp4"], "--drive is given twice for face 1"),
        (["--drive", "a.mp4"], "a.mp4 is not the number of a face and a clip such as 1=clip.mp4"),
        (["--drive", "0=a.mp4"], "0 is not the number of a face"),
        (["--drive", "1=a.mp4", "--neutral", "2=7"], "--neutral 2=...: face 2 has no --drive"),
        (["b.mp4", "--settings", "2=a.json"], "--settings 2=...: face 2 has no --drive"),
        (["b.mp4", "--neutral", "3", "--neutral", "4"], "--neutral is given twice"),
        (["--drive", "1=a.mp4", "--driving-face", "1=0"], "0 is not the number of a face"),
    ],
)
def test_wrong_usage(command: Callable[..., Any], arguments: list[str], message: str) -> None:
    status, summary, err = command("a.png", *arguments, "--output", "out")
    assert (status, summary) == (2, None)
    assert message in err


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"clip": "a.mp4"}, "leave out clip and face"),
        ({"face": 2}, "leave out clip and face"),
        ({"neutral": {2: 5}}, "neutral of face 2: that face has no clip"),
        ({"driving_face": {1: 0}}, "driving_face counts from 1"),
    ],
)
def test_what_a_script_may_not_say(said: dict[str, Any], message: str, tmp_path: Path) -> None:
    clip = said.pop("clip", None)
    with pytest.raises(ValueError, match=message):
        animate("a.png", clip, tmp_path / "out", drive={1: "a.mp4"}, **said)
