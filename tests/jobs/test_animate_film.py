"""A film as the target of the command line and of scripts."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait_addon import api
from portrait_addon.command_line import main
from portrait_addon.errors import InputError
from portrait_addon.jobs.cache import Cache
from portrait_addon.media.clips import is_film, open_clip
from portrait_addon.media.pictures import read_picture
from tests.clips import PERFORMANCE

COUNT = 8


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], cache: Cache) -> Callable[..., Any]:
    """Run a command in this process; returns exit status, summary (or None) and standard error."""

    def run(*arguments: Any) -> Any:
        status = main([str(argument) for argument in arguments], cache)
        out, err = capfd.readouterr()
        return status, json.loads(out) if out else None, err

    return run


def test_a_film_drives_itself(command: Callable[..., Any], film: Path, tmp_path: Path) -> None:
    status, summary, _ = command("animate", film, film, "--output", tmp_path / "out", "--video", tmp_path / "new.mp4")
    assert status == 0
    assert (summary["frames"], summary["written"], summary["film"]["faces_in_clip"]) == (COUNT, COUNT, 1)
    for number, (_, frame) in enumerate(open_clip(film), 1):
        written = read_picture(tmp_path / "out" / f"frame_{number:04d}.png").pixels
        np.testing.assert_array_equal(written, frame)
    new = open_clip(tmp_path / "new.mp4")
    assert (len([*new]), new.rate) == (COUNT, Fraction(30))


def test_another_face_drives_a_film(command: Callable[..., Any], film: Path, tmp_path: Path) -> None:
    asked = "animate", film, PERFORMANCE, "--output", tmp_path
    status, summary, err = command(*asked, "--driving-start", 7)
    assert (status, summary["frames"]) == (0, 5)  # the driver has no more
    assert "format_22.performance: ends beside frame 5 of " in err
    _, summary, _ = command(*asked, "--frames", "4-5", "--driving-start", 3)
    assert (summary["written"], summary["kept"]) == (2, 0)  # other moments of the driver
    _, summary, _ = command(*asked, "--frames", "4-6", "--driving-start", 3)
    assert (summary["written"], summary["kept"]) == (1, 2)


def test_settings_of_a_film(command: Callable[..., Any], film: Path, tmp_path: Path) -> None:
    given = tmp_path / "settings.json"
    asked = "animate", film, PERFORMANCE, "--output", tmp_path / "out", "--frames", "2-2", "--settings", given
    given.write_text('{"replaced": [[1, 0], [3, 1]], "eyes": 1}')
    assert command(*asked)[0] == 0
    given.write_text('{"head_motion": 1}')
    status, _, err = command(*asked)
    assert (status, "head_motion is no parameter; there are expression" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{clip}", "--frames", "5-9"], "smile.mp4: there is no frame 9; the film has 8 frames."),
        (["{clip}", "--frames", "2-8", "--driving-start", "7"], "format_22.performance: ends beside frame 5 of "),
        (["{clip}", "--driving-start", "11"], "format_22.performance: there is no frame 11 to begin with"),
        (["{clip}", "--rate", "30"], "--rate: the frames of "),
        (["{clip}", "--person", "mask.png"], "--person: "),
        (["--drive", "1={clip}"], "--drive: "),
        (["--frames", "1-2"], "smile.mp4: is a film. Name what drives it, too."),
        (["{clip}", "--corrections", "{corrections}"], "--corrections: correct a picture, and "),
    ],
)
def test_what_cannot_be_is_told(
    command: Callable[..., Any], film: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    corrections = tmp_path / "corrections.json"
    corrections.write_text('{"portrait": {"jaw_1": [0.1, 0.0]}}')
    filled = [argument.format(clip=PERFORMANCE, corrections=corrections) for argument in arguments]
    status, summary, err = command("animate", film, *filled, "--output", tmp_path / "out")
    assert (status, summary) == (1, None)
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_picture_has_no_frame_to_begin_with(command: Callable[..., Any], assets: Path, tmp_path: Path) -> None:
    status, _, err = command(
        "animate", assets / "ford_1888.jpg", PERFORMANCE, "--output", tmp_path, "--driving-start", 2
    )
    assert (status, "--driving-start: " in err, "is no film" in err) == (1, True, True)


def test_scripts_do_the_same(film: Path, tmp_path: Path, cache: Cache) -> None:
    report = api.animate_film(film, PERFORMANCE, tmp_path, frames=range(2, 4), cache=cache, passes=["face_matte"])
    assert (report.bake.written, report.target.frame_count, report.performance.frame_count) == (2, COUNT, 10)
    assert (tmp_path / "face_matte" / "frame_0002.exr").is_file()
    with pytest.raises(ValueError, match="driving_start counts from 1"):
        api.animate_film(film, PERFORMANCE, tmp_path, driving_start=0)


def test_a_film_is_never_written_over(film: Path, tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(InputError, match=r"smile\.mp4"):
        api.animate_film(film, PERFORMANCE, tmp_path, video=film, cache=cache)


def test_films_are_told_from_pictures(film: Path, assets: Path, tmp_path: Path) -> None:
    assert is_film(film)
    assert not is_film(tmp_path)
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "shot_0001.png").write_bytes(b"")
    assert is_film(tmp_path / "shots")
    assert is_film(tmp_path / "shot_####.png")
    (tmp_path / "words.txt").write_text("once upon a time")
    (tmp_path / "still.heic").write_bytes(b"\0\0\0\x18ftypheic")
    for path in (assets / "ford_1888.jpg", PERFORMANCE, tmp_path / "words.txt", tmp_path / "still.heic"):
        assert not is_film(path)
    assert not is_film(tmp_path / "missing.mp4")
