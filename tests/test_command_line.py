"""The command line as scripts and farms see it: exit status, standard output, standard error, files."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from portrait_addon.command_line import _scene_frames, main
from portrait_addon.jobs.performance_file import load_performance
from portrait_addon.media.clips import open_clip
from portrait_addon.media.exr import picture_layer, write_exr
from portrait_addon.media.pictures import read_picture
from portrait_addon.media.provenance import SYNTHETIC
from tests.films import write_video
from tests.pictures import write_picture

pytestmark = pytest.mark.usefixtures("remembered_networks")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def portrait(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("portrait") / "ford.png"
    pixels = read_picture(assets / "ford_1888.jpg").pixels
    write_picture(path, cv2.resize(pixels, (192, 257), interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture(scope="module")
def clip(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("clip") / "smile.mp4"
    save_clip(path, [cv2.resize(picture, (480, 270)) for picture in first_pictures(assets / "demo_smile_mit.mp4", 12)])
    return path


def first_pictures(path: Any, count: Any) -> Any:
    capture = cv2.VideoCapture(str(path))
    pictures = [capture.read()[1] for _ in range(count)]
    capture.release()
    return pictures


def save_clip(path: Any, pictures: Any) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, pictures[0].shape[1::-1])
    for picture in pictures:
        writer.write(picture)
    writer.release()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or fills the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def portrait_command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command in this process; returns exit status, summary (or None) and standard error."""

    def command(*arguments: Any) -> Any:
        status = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return status, json.loads(out) if out else None, err

    return command


def names(folder: Any) -> Any:
    return sorted(path.name for path in folder.iterdir())


def frames(folder: Any) -> Any:
    return {path.name: path.read_bytes() for path in folder.glob("frame_*.png")}


def test_animate(portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path) -> None:
    out = tmp_path / "new" / "frames"
    status, summary, err = portrait_command("animate", portrait, clip, "--output", out)
    assert status == 0
    assert names(out) == ["bake.jsonl", *(f"frame_{number:04d}.png" for number in range(1, 13))]
    assert read_picture(out / "frame_0012.png").pixels.shape == (257, 192, 3)
    assert summary.items() >= {"frames": 12, "written": 12, "kept": 0, "bridged": [], "faces_in_portrait": 1}.items()
    assert 1 <= summary["neutral"] <= 12
    assert summary["seconds"] > 0
    assert "Tracking 1 of 12" in err
    assert "Baking 1 of 12" in err


def test_a_second_run_computes_what_is_missing(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    out = tmp_path / "frames"
    portrait_command("animate", portrait, clip, "--output", out, "--frames", "3-5")
    assert sorted(frames(out)) == ["frame_0003.png", "frame_0004.png", "frame_0005.png"]
    status, summary, err = portrait_command("animate", portrait, clip, "--output", out, "--frames", "4-6")
    assert (status, summary["frames"], summary["written"], summary["kept"]) == (0, 3, 1, 2)
    assert "Tracking" not in err  # it was kept
    _, summary, _ = portrait_command("animate", portrait, clip, "--output", out, "--frames", "4-6", "--force")
    assert (summary["written"], summary["kept"]) == (3, 0)


def test_a_tracked_clip_serves_in_place_of_the_clip(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    saved = tmp_path / "smile.performance"
    status, tracked, _ = portrait_command("track", clip, "--output", saved, "--neutral", 2)
    assert (status, tracked["frames"], tracked["neutral"], tracked["output"]) == (0, 12, 2, str(saved))
    _, summary, _ = portrait_command("animate", portrait, saved, "--output", tmp_path / "saved", "--frames", "7-8")
    assert summary["neutral"] == 2
    portrait_command("animate", portrait, clip, "--output", tmp_path / "clip", "--frames", "7-8", "--neutral", "2")
    assert frames(tmp_path / "saved") == frames(tmp_path / "clip")
    status, _, err = portrait_command("animate", portrait, saved, "--output", tmp_path / "other", "--neutral", 3)
    assert (status, "was tracked with neutral frame 2" in err) == (1, True)


def test_curves_of_a_clip_serve_in_its_place(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    curves, out = tmp_path / "smile.csv", tmp_path / "out"
    status, tracked, _ = portrait_command("track", clip, "--curves", curves)
    assert (status, tracked["curves"], tracked["output"]) == (0, str(curves), None)
    assert len(curves.read_text().splitlines()) == 1 + 12
    status, summary, _ = portrait_command("animate", portrait, curves, "--output", out, "--frames", "7-8")
    assert (status, summary["frames"], summary["neutral"]) == (0, 2, 0)
    assert sorted(frames(out)) == ["frame_0007.png", "frame_0008.png"]
    _, summary, _ = portrait_command("animate", portrait, curves, "--output", out, "--frames", "7-8")
    assert summary["kept"] == 2
    status, _, err = portrait_command("animate", portrait, curves, "--output", out, "--neutral", 3)
    assert (status, "numbers have no neutral frame and one face" in err) == (1, True)


def test_a_portrait_moves_by_its_settings_alone(
    portrait_command: Callable[..., Any], portrait: Any, tmp_path: Path
) -> None:
    settings, out = tmp_path / "dolly.json", tmp_path / "out"
    settings.write_text('{"camera_distance": [[1, 0], [3, 4]]}')
    status, summary, _ = portrait_command(
        "animate", portrait, "--output", out, "--frames", "1-3", "--settings", settings
    )
    assert (status, summary["frames"], summary["camera_distance_sure"]) == (0, 3, 0)
    assert 0.2 < summary["camera_distance"] < 5
    first, last = (read_picture(out / f"frame_000{n}.png").pixels for n in (1, 3))
    np.testing.assert_array_equal(first, read_picture(portrait).pixels)
    assert (last != first).any()
    status, _, err = portrait_command("animate", portrait, "--output", out)
    assert (status, "animate without DRIVING needs --frames A-B" in err) == (2, True)


def test_track_needs_something_to_write(portrait_command: Callable[..., Any], clip: Any) -> None:
    status, _, err = portrait_command("track", clip)
    assert (status, "track needs --output FILE, --curves FILE.csv or both" in err) == (2, True)


def test_settings_change_the_frames_they_name(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    still = tmp_path / "still.json"
    still.write_text('{"head_motion": 0, "expression": [[11, 0], [12, 1]]}')
    portrait_command("animate", portrait, clip, "--output", tmp_path / "out", "--settings", still, "--frames", "11-12")
    eleven, twelve = (read_picture(tmp_path / "out" / f"frame_00{n}.png").pixels.astype(int) for n in (11, 12))
    original = read_picture(portrait).pixels
    assert np.abs(eleven - original).max() <= 1
    assert np.abs(twelve - original).max() > 1


def film_of(path: Any) -> Any:
    """The picture stream of a film, its number of frames and its rate; and the streams' kinds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert SYNTHETIC in container.metadata["comment"]
        kinds = [stream.type for stream in container.streams]
        return len(list(container.decode(stream))), stream.average_rate, (stream.width, stream.height), kinds


def test_a_film_alone_and_with_frames(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    status, summary, err = portrait_command("animate", portrait, clip, "--video", tmp_path / "o.mp4", "--frames", "3-6")
    assert (status, summary["output"], summary["video"]) == (0, None, str(tmp_path / "o.mp4"))
    assert film_of(tmp_path / "o.mp4") == (4, 25, (192, 256), ["video"])
    assert "Filming 1 of 4" in err
    assert not list(tmp_path.glob(".*")), "frames in between are left"
    out = tmp_path / "frames"
    status, summary, _ = portrait_command(
        "animate", portrait, clip, "--video", tmp_path / "o.mp4", "--output", out, "--frames", "3-4", "--rate", "50"
    )
    assert (status, sorted(frames(out))) == (0, ["frame_0003.png", "frame_0004.png"])
    assert film_of(tmp_path / "o.mp4")[:2] == (2, 50)


def test_a_film_has_the_sound_of_its_frames(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    pictures = [picture for _, picture in open_clip(clip)]
    write_video(tmp_path / "spoken.mp4", pictures, samples=(0, np.zeros(4000, np.int16)))
    portrait_command("animate", portrait, tmp_path / "spoken.mp4", "--video", tmp_path / "o.mp4", "--frames", "2-5")
    assert film_of(tmp_path / "o.mp4") == (4, 25, (192, 256), ["video", "audio"])


def test_a_variable_rate_is_kept_or_made_even_and_said(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    pictures = [picture for _, picture in open_clip(clip)]
    stamps = [0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 850, 900]
    write_video(tmp_path / "varied.mp4", pictures, stamps=stamps)
    out = tmp_path / "frames"
    asked = "animate", portrait, tmp_path / "varied.mp4", "--output", out
    _, summary, err = portrait_command(*asked)
    assert summary["frames"] == 12
    assert "its rate varies. A frame has the clip's number; rate 20 writes even frames." in err
    _, summary, err = portrait_command(*asked, "--rate", "20")
    assert summary["frames"] == 19  # 900 ms, and the last frame is as long as most
    assert "varies" not in err
    kept = frames(out)
    assert kept["frame_0010.png"] != kept["frame_0014.png"] != kept["frame_0018.png"]
    _, summary, err = portrait_command(*asked, "--video", tmp_path / "o.mp4")
    assert film_of(tmp_path / "o.mp4")[:2] == (19, 20)
    assert "its rate varies; even frames are written, 20 a second." in err


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "1/0", "1e9", "25fps", "2000", ""])
def test_a_rate_that_is_none(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path, rate: Any
) -> None:
    status, _, err = portrait_command("animate", portrait, clip, "--output", tmp_path, f"--rate={rate}")
    assert (status, "is not a rate from 1 to 1000" in err) == (2, True)


def test_where_to_must_be_said(portrait_command: Callable[..., Any], portrait: Any, clip: Any) -> None:
    status, _, err = portrait_command("animate", portrait, clip)
    assert (status, "animate needs --output DIR, --video OUT.mp4 or both" in err) == (2, True)


def test_a_film_never_replaces_its_clip(portrait_command: Callable[..., Any], portrait: Any, clip: Any) -> None:
    before = clip.read_bytes()
    status, _, err = portrait_command("animate", portrait, clip, "--video", clip)
    assert (status, "belongs to the input and would be overwritten" in err) == (1, True)
    assert clip.read_bytes() == before


def test_16_bits_on_request(portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path) -> None:
    portrait_command("animate", portrait, clip, "--output", tmp_path / "out", "--frames", "1-1", "--format", "png16")
    assert read_picture(tmp_path / "out" / "frame_0001.png").pixels.dtype == np.uint16


def test_passes_and_exr_frames_on_request(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    asked = ["--frames", "2-3", "--format", "exr", "--passes", "shading,st_map"]
    _, summary, _ = portrait_command("animate", portrait, clip, "--output", tmp_path / "out", *asked)
    assert summary["passes"] == ["st_map", "shading"]
    numbered = ["frame_0002.exr", "frame_0003.exr"]
    assert names(tmp_path / "out") == ["bake.jsonl", *numbered, "shading", "st_map"]
    assert names(tmp_path / "out" / "shading") == names(tmp_path / "out" / "st_map") == numbered
    portrait_command("animate", portrait, clip, "--output", tmp_path / "one", *asked, "--multilayer")
    assert names(tmp_path / "one") == ["bake.jsonl", *numbered, "passes"]
    assert names(tmp_path / "one" / "passes") == numbered


def test_exr_portrait_gives_exr_frames(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    write_exr(tmp_path / "portrait.exr", {"": picture_layer(read_picture(portrait).pixels)}, {})
    portrait_command("animate", tmp_path / "portrait.exr", clip, "--output", tmp_path / "out", "--frames", "1-1")
    assert names(tmp_path / "out") == ["bake.jsonl", "frame_0001.exr"]


def test_the_larger_of_two_faces_is_taken_and_that_is_said(
    portrait_command: Callable[..., Any], assets: Path, clip: Any, tmp_path: Path
) -> None:
    ford = read_picture(assets / "ford_1888.jpg").pixels
    large = cv2.resize(ford, (384, 514), interpolation=cv2.INTER_AREA)
    small = cv2.copyMakeBorder(cv2.resize(ford, (320, 428), interpolation=cv2.INTER_AREA), 86, 0, 0, 0, 1)
    write_picture(tmp_path / "two.png", np.hstack([large, small]))
    status, summary, err = portrait_command(
        "animate", tmp_path / "two.png", clip, "--output", tmp_path / "out", "--frames", "1-1"
    )
    assert (status, summary["faces_in_portrait"]) == (0, 2)
    note = f"{tmp_path / 'two.png'}: 2 faces found; the largest is animated."
    assert f"portrait: {note}\n" in err
    assert summary["notes"] == [note]
    _, summary, _ = portrait_command(
        "animate", tmp_path / "two.png", clip, "--output", tmp_path / "out", "--frames", "1-1", "--face", 2
    )
    assert (summary["written"], summary["notes"]) == (1, [note.replace("the largest", "number 2 by size")])
    status, _, err = portrait_command("animate", tmp_path / "two.png", clip, "--output", tmp_path / "out", "--face", 3)
    assert (status, "two.png: there is no face 3; choose one from 1 to 2" in err) == (1, True)


def test_another_face_of_the_clip_is_followed(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    man = first_pictures(clip, 4)
    small = [cv2.copyMakeBorder(cv2.resize(one, (400, 226)), 0, 44, 0, 0, cv2.BORDER_REPLICATE) for one in man]
    save_clip(tmp_path / "couple.mp4", [np.hstack(pair) for pair in zip(man, small, strict=True)])
    saved = tmp_path / "second.performance"
    status, summary, _ = portrait_command("track", tmp_path / "couple.mp4", "--output", saved, "--driving-face", 2)
    assert (status, summary["faces_in_clip"]) == (0, 2)
    assert summary["notes"] == [f"{tmp_path / 'couple.mp4'}: 2 faces found; number 2 by size is followed."]
    assert load_performance(saved).points[0, :, 0].mean() > 480
    status, _, err = portrait_command("animate", portrait, saved, "--output", tmp_path / "out", "--driving-face", 2)
    assert (status, "follows the face that was chosen when it was tracked" in err) == (1, True)


def test_corrections_change_the_frames_they_concern(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    arguments = ("animate", portrait, clip, "--output", tmp_path / "out", "--neutral", 1)
    portrait_command(*arguments)
    before = frames(tmp_path / "out")
    file = tmp_path / "corrections.json"
    file.write_text('{"clip": [{"frame": 9, "handle": "outer_lips_7", "offset": [0.1, 0], "ease": 1}]}')
    _, summary, _ = portrait_command(*arguments, "--corrections", file)
    assert (summary["written"], summary["kept"]) == (3, 9)
    after = frames(tmp_path / "out")
    assert [name for name in sorted(before) if before[name] != after[name]] == [
        f"frame_{n:04d}.png" for n in (8, 9, 10)
    ]


def test_a_face_is_placed_by_hand(portrait_command: Callable[..., Any], bad: Any, clip: Any, tmp_path: Path) -> None:
    file = tmp_path / "placed.json"
    file.write_text('{"placement": {"x": 0.5, "y": 0.4, "size": 0.4}}')
    status, summary, _ = portrait_command(
        "animate", bad / "wall.png", clip, "--output", tmp_path / "out", "--corrections", file, "--frames", "3-4"
    )
    assert (status, summary["written"]) == (0, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bake"],
        ["bake", "a.blend", "--frames", "5-4"],
        ["bake", "a.blend", "--frames", "1,3"],
        ["bake", "a.blend", "--frames", "1-4", "--track"],
        ["bake", "a.blend", "--frames", "1-4", "--save"],
        ["bake", "a.blend", "--bundle", "b", "--render"],
        ["animate", "a.png", "b.mp4"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--frames", "5"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--frames", "5-4"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--frames", "0-4"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--frames", "1-2-3"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--neutral", "0"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--face", "0"],
        ["track", "b.mp4", "--output", "o", "--driving-face", "two"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--format", "gif"],
        ["animate", "a.png", "b.mp4", "--output", "o", "--passes", "mouth,normal"],
        ["track", "b.mp4"],
    ],
)
def test_wrong_usage(portrait_command: Callable[..., Any], arguments: Any) -> None:
    status, summary, err = portrait_command(*arguments)
    assert (status, summary) == (2, None)
    assert "usage: portrait" in err


@pytest.mark.parametrize(
    ("text", "first", "last"), [("7", 7, 7), ("1-50", 1, 50), ("-5-3", -5, 3), ("-9--2", -9, -2), ("0-0", 0, 0)]
)
def test_frames_of_a_scene_may_be_negative(text: str, first: int, last: int) -> None:
    assert _scene_frames(text) == range(first, last + 1)


def test_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["animate", "--help"]) == 0
    assert "frame_0001.png" in capfd.readouterr().out


@pytest.fixture
def bad(tmp_path: Path, clip: Any) -> Any:
    """A folder of things that cannot be used."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "text.png").write_text("not a picture")
    (folder / "text.mp4").write_text("not a clip")
    (folder / "empty").mkdir()
    (folder / "file").write_text("not a folder")
    (folder / "settings.json").write_text('{"smile": 1}')
    write_picture(folder / "wall.png", np.full((64, 48, 3), 99, np.uint8))
    save_clip(folder / "wall.mp4", [np.full((48, 64, 3), 99, np.uint8)] * 3)
    return folder


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target": "missing.png"}, "missing.png: there is no such file. Check the path."),
        ({"target": "empty"}, "empty: is not a file. Name a file."),
        (
            {"target": "text.png"},
            "text.png: is not a JPEG, PNG, TIFF, WebP, AVIF, PSD or EXR picture. Save it again as PNG or JPEG.",
        ),
        ({"target": "wall.png"}, "wall.png: no face found"),
        ({"driving": "missing.mp4"}, "missing.mp4: there is no such file. Check the path."),
        ({"driving": "text.mp4"}, "text.mp4: is not a clip that can be read."),
        ({"driving": "wall.png"}, "wall.png: is a single picture, not a clip."),
        ({"driving": "empty"}, "empty: holds no numbered pictures."),
        ({"driving": "wall.mp4"}, "wall.mp4: no face found in any frame"),
        ({"--output": "file"}, "file: is not a folder."),
        ({"--output": "file/below"}, "file: is not a folder."),
        ({"--settings": "missing.json"}, "missing.json: there is no such file. Check the path."),
        ({"--settings": "settings.json"}, "settings.json: smile is no parameter;"),
        ({"--corrections": "settings.json"}, "settings.json: smile is not known;"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, bad: Any, tmp_path: Path, changes: Any, reason: Any
) -> None:
    options = {"target": portrait, "driving": clip, "--output": tmp_path / "out"}
    options |= {name: bad / value for name, value in changes.items()}
    positional = [options.pop("target"), options.pop("driving")]
    before = names(bad)
    status, summary, err = portrait_command(
        "animate", *positional, *(part for option in options.items() for part in option)
    )
    assert (status, summary) == (1, None)
    *progress, line = err.splitlines()
    assert line.startswith(f"portrait: {bad / reason}")
    assert all(text.startswith("Tracking") for text in progress)
    assert names(bad) == before
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--frames", "10-13", "there is no frame 13; the clip has 12 frames. Choose frames within them."),
        ("--neutral", "13", "there is no frame 13; choose a neutral frame from 1 to 12"),
    ],
)
def test_frames_outside_the_clip(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path, option: Any, value: Any, reason: Any
) -> None:
    status, _, err = portrait_command("animate", portrait, clip, "--output", tmp_path / "out", option, value)
    assert status == 1
    assert err.splitlines()[-1] == f"portrait: {clip}: {reason}"
    assert not (tmp_path / "out").exists()


def test_track_overwrites_nothing_but_performances(
    portrait_command: Callable[..., Any], clip: Any, tmp_path: Path
) -> None:
    before = clip.read_bytes()
    status, _, err = portrait_command("track", clip, "--output", clip)
    assert (status, clip.read_bytes()) == (1, before)
    assert "smile.mp4: is another kind of file and would be overwritten" in err
    for _ in range(2):
        assert portrait_command("track", clip, "--output", tmp_path / "new" / "a.performance")[0] == 0
    assert names(tmp_path / "new") == ["a.performance"]


def test_a_performance_can_leave_out_the_mouth(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    whole, closed = tmp_path / "whole.performance", tmp_path / "closed.performance"
    portrait_command("track", clip, "--output", whole)
    status, summary, _ = portrait_command("track", whole, "--no-mouth", "--output", closed)
    assert (status, summary["bytes"]) == (0, closed.stat().st_size)
    assert closed.stat().st_size <= whole.stat().st_size
    _, summary, err = portrait_command("animate", portrait, closed, "--frames", "1-2", "--output", tmp_path / "out")
    assert "holds no picture of a mouth, so a modelled one is shown" in err
    assert summary["frames"] == 2


def test_libraries_do_not_write_to_standard_error(
    portrait_command: Callable[..., Any], portrait: Any, clip: Any, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:-4000])
    status, _, err = portrait_command("animate", portrait, cut, "--output", tmp_path / "out")
    assert status == 1
    assert len(err.splitlines()) == 1, err


class Running:
    """A command in a process of its own."""

    def __init__(self, *arguments: Any) -> None:
        command = [sys.executable, "-m", "portrait_addon", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )

    def wait_for(self, path: Any) -> None:
        deadline = time.monotonic() + 60
        while not path.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def end(self, sign: Any = None) -> Any:
        if sign is not None:
            self.process.send_signal(sign)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def long_clip(tmp_path: Path, clip: Any) -> Any:
    """The clip 4 times over, so that there is time to interrupt."""
    save_clip(tmp_path / "long.mp4", first_pictures(clip, 12) * 4)
    return tmp_path / "long.mp4"


def test_interrupted_and_killed_bakes_go_on_to_the_same_frames(
    portrait_command: Callable[..., Any], portrait: Any, long_clip: Any, tmp_path: Path
) -> None:
    tracked, out = tmp_path / "long.performance", tmp_path / "out"
    portrait_command("track", long_clip, "--output", tracked)
    animate = ("animate", portrait, tracked, "--frames", "1-48", "--output")
    interrupted = Running(*animate, out)
    interrupted.wait_for(out / "frame_0003.png")
    status, stdout, err = interrupted.end(signal.SIGINT)
    assert (status, stdout) == (130, "")
    assert err.splitlines()[-1] == "portrait: interrupted; run it again to go on"
    assert names(out) == ["bake.jsonl", *sorted(frames(out))]

    for number in (10, 20):
        killed = Running(*animate, out)
        killed.wait_for(out / f"frame_{number:04d}.png")
        assert killed.end(signal.SIGKILL)[0] == -signal.SIGKILL
        assert all(cv2.imdecode(np.frombuffer(data, np.uint8), -1) is not None for data in frames(out).values())

    status, summary, _ = portrait_command(*animate, out)
    assert (status, summary["frames"]) == (0, 48)
    assert summary["kept"] >= 15
    assert names(out) == ["bake.jsonl", *sorted(frames(out))]
    portrait_command(*animate, tmp_path / "at once")
    assert frames(out) == frames(tmp_path / "at once")


def test_mouth_cues_drive_a_portrait(portrait: Path, portrait_command: Callable[..., Any], tmp_path: Path) -> None:
    cues = tmp_path / "voice.tsv"
    cues.write_text("0.00\tX\n0.04\tD\n0.12\tX\n")
    status, summary, _ = portrait_command("animate", portrait, cues, "--output", tmp_path / "out", "--workers", "1")
    assert (status, summary["frames"]) == (0, 4)
    assert len({path.read_bytes() for path in (tmp_path / "out").glob("frame_*.png")}) > 2
