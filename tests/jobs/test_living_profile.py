"""A portrait for web pages: what its states are made of, and what is written, or not."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from portrait_addon.api import living_profile
from portrait_addon.command_line import main
from portrait_addon.errors import InputError
from portrait_addon.jobs.job import Cancelled
from portrait_addon.jobs.living_profile import (
    FILMS,
    IDLE,
    PAGE_NAME,
    READY,
    STATES_NAME,
    STILL_NAME,
    ProfileJob,
    ProfileRequest,
    Reaction,
    clips_of,
    page_of,
    refuse_strangers,
    states_of,
)
from portrait_addon.jobs.performance_file import load_performance
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage, read_picture
from portrait_addon.media.provenance import SYNTHETIC
from portrait_addon.media.web_film import webm_writer
from portrait_addon.pipeline.clip.idle_joints import BLINK_ROWS, idle_with_joints
from portrait_addon.pipeline.records.performance import Performance
from tests.pictures import write_picture

PICTURE = SourceImage(np.zeros((8, 6, 3), np.uint8), "portrait.png")


PERFORMANCE = Path(__file__).parents[1] / "formats" / "format_24.performance"


@pytest.fixture
def performance() -> Performance:
    return load_performance(PERFORMANCE)


def request(folder: Path, **how: Any) -> ProfileRequest:
    return ProfileRequest(PICTURE, folder, **how)


def held_states(page: str) -> Any:
    return json.loads(re.search(r"const states = (.+);\n", page)[1])


@pytest.fixture
def cut_out(assets: Path, tmp_path: Path) -> Path:
    """A small portrait with alpha."""
    pixels = cv2.resize(read_picture(assets / "ford_1888.jpg").pixels, (96, 129), interpolation=cv2.INTER_AREA)
    alpha = np.zeros(pixels.shape[:2], np.uint8)
    alpha[10:120, 10:86] = 255
    write_picture(tmp_path / "cut.png", np.dstack([pixels, alpha]))
    return tmp_path / "cut.png"


@pytest.mark.parametrize("seed", range(5))
def test_an_idle_rests_at_its_joints_and_blinks_between_them(seed: int) -> None:
    curves, joints = idle_with_joints(250, Fraction(25), seed)
    assert joints[0] == 0
    assert max(np.diff([*joints, 250])) < 3 * 25, "nobody waits long"
    for rows in (curves.weights, curves.angles, curves.shifts):
        assert not rows[joints].any()
        assert rows.any()
    assert curves.weights[:, BLINK_ROWS].max() > 0.8, "lids close as far as ever"
    gap = np.abs(np.diff(curves.angles, axis=0, append=curves.angles[:1])).max()
    assert np.abs(curves.angles[-1] - curves.angles[0]).max() <= gap < 0.02


def test_reactions_begin_and_end_with_what_the_idle_shows(tmp_path: Path, performance: Performance) -> None:
    job = TrackJob(tmp_path / "clip.mp4")
    clips, joints = clips_of(
        request(tmp_path, reactions=[Reaction("Nod", job), Reaction("Wave", job, 2, 6)]), [performance] * 2
    )
    assert [*clips] == [IDLE, "Nod", "Wave"]
    for name in ("Nod", "Wave"):
        first, *between, last = clips[name]
        assert first == last == clips[IDLE][joints[0]]
        assert any(moment.performance is performance and moment.weight > 0.4 for mix in between for moment in mix)
        assert all(sum(moment.weight for moment in mix) == pytest.approx(1, abs=1e-3) for mix in between)
    shown = [moment.t for mix in clips["Wave"] for moment in mix if moment.performance is performance]
    assert min(shown) >= 2
    assert max(shown) <= 6


def test_the_page_holds_what_states_json_says(tmp_path: Path) -> None:
    asked = request(tmp_path, background=(3, 2, 1), origins=["https://example.org"])
    states = states_of({IDLE: 100, "</script>": 20, "b": 9}, [0, 50], (301, 400), False, asked)
    page = page_of(states)
    assert held_states(page) == states
    assert page.count("</script>") == 1
    assert "{{" not in page
    assert SYNTHETIC in page
    assert (states["width"], states["height"], states["background"]) == (300, 400, "#010203")
    assert states["events"] == {"click": "</script>", "hover": "b", "keys": {"1": "</script>", "2": "b"}}


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The folder of a profile that was made before."""
    folder = tmp_path / "web" / "profile"
    (folder / FILMS).mkdir(parents=True)
    (folder / STATES_NAME).write_text(json.dumps(states_of({IDLE: 100, "a": 9}, [0], (8, 6), False, request(folder))))
    for name in (PAGE_NAME, STILL_NAME, f"{FILMS}/77.webm"):
        (folder / name).write_text("of yesterday")
    return folder


def contents(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_a_profile_is_written_whole_over_an_earlier_one(cut_out: Path, earlier: Path) -> None:
    folder = earlier
    report = living_profile(cut_out, folder, seconds=4, side=96, background=(0, 128, 255))
    assert not (folder / FILMS / "77.webm").exists()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["profile"], "nothing hidden is left"
    assert report.page == folder / "index.html"
    states = json.loads((folder / "states.json").read_text())
    assert held_states(report.page.read_text()) == states == report.states
    assert (states["alpha"], [*states["reactions"]]) == (True, [*READY])
    assert SYNTHETIC.encode() in (folder / "still.png").read_bytes()
    for kind in ("webm", "mp4"):
        for state in (states["idle"], *states["reactions"].values()):
            with av.open(str(folder / state[kind])) as film:
                assert SYNTHETIC in {key.lower(): text for key, text in film.metadata.items()}["comment"]
                frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
            assert len(frames) == state["frames"]
            if state is states["idle"]:
                at_joints = [frames[joint].astype(int) for joint in state["joints"]]
                usual = np.median([np.abs(one.astype(int) - other).mean() for one, other in pairwise(frames)])
            else:
                for joint, end in product(at_joints, (frames[0], frames[-1])):
                    assert np.abs(joint - end).mean() < usual, "encoded, they still look the same"
            if kind == "mp4":
                assert np.abs(frames[0][2, 2].astype(int) - (0, 128, 255)).max() < 12


@pytest.mark.parametrize("name", ["profile", "another"])
def test_what_is_cancelled_leaves_what_was_there(cut_out: Path, earlier: Path, name: str) -> None:
    before, seen = contents(earlier.parent), list[str]()
    with pytest.raises(Cancelled):
        living_profile(
            cut_out,
            earlier.with_name(name),
            seconds=4,
            side=96,
            on_progress=lambda progress: seen.append(progress.text),
            cancelled=lambda: seen.count("Composing") > 2,
        )
    assert contents(earlier.parent) == before


def test_a_film_with_alpha_keeps_it(tmp_path: Path) -> None:
    pixels = np.full((32, 48, 4), 200, np.uint8)
    pixels[:, :24, 3] = 0
    pixels[:, 24:, 3] = 255
    with webm_writer(tmp_path / "film.webm", (48, 32), Fraction(25), alpha=True) as add:
        for _ in range(3):
            add(pixels)
    with av.open(str(tmp_path / "film.webm")) as film:
        assert film.streams.video[0].metadata["alpha_mode"] == "1"
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        packets = [packet for packet in film.demux(video=0) if packet.size]
        (frame, *_) = [frame for packet in packets for frame in decoder.decode(packet)]
    alpha = frame.to_ndarray(format="rgba")[..., 3]
    assert alpha[:, :20].max() < 10
    assert alpha[:, 28:].min() > 245


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (["notes.txt"], None),
        (["states.json"], None),
        (["states.json", "notes.txt"], "living profile"),
        (["states.json", "films/holiday.mp4"], "living profile"),
    ],
)
def test_files_of_others_are_never_replaced(names: list[str], folder: str | None, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"kind": folder}))
    with pytest.raises(InputError, match="holds other files than a living profile"):
        refuse_strangers(tmp_path)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"seconds": 2.0}, "An idle has 4 to 60 seconds, not 2"),
        ({"seconds": float("nan")}, "An idle has 4 to 60 seconds, not nan"),
        ({"side": 5000}, "A profile has 64 to 2048 pixels, not 5000"),
        ({"origins": ["https://example.org/page"]}, "is no origin such as https://example.org"),
        ({"origins": ["*"]}, "is no origin"),
    ],
)
def test_what_cannot_be_asked_for_is_said(how: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        ProfileJob(request(tmp_path, **how))


@pytest.mark.parametrize("names", [["Idle"], ["a", "A "], [" "]])
def test_reactions_need_names_of_their_own(names: list[str], tmp_path: Path) -> None:
    job = TrackJob(tmp_path / "clip.mp4")
    with pytest.raises(InputError, match="a name of its own"):
        ProfileJob(request(tmp_path, reactions=[Reaction(name, job) for name in names]))


def test_the_command_line_tells_the_page(cut_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "profile"
    arguments = ["profile", str(cut_out), "--output", str(folder), "--seconds", "4", "--side", "64"]
    assert main([*arguments, "--reaction", f"Nod={PERFORMANCE}", "--background", "#20242b"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["page"], said["reactions"], said["alpha"]) == (str(folder / "index.html"), ["Nod"], True)
    assert held_states((folder / "index.html").read_text())["background"] == "#20242b"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--reaction", "clip.mp4"], "is not a name and a clip such as smile=clip.mp4"),
        (["--background", "red"], "is not a colour such as 20242b"),
        (["--seed", "-1"], "is not a number from 0"),
    ],
)
def test_the_command_line_explains_what_it_wants(
    given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "portrait.png", "--output", "folder", *given]) == 2
    assert message in capsys.readouterr().err
