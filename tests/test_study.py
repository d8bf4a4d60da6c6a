"""A study without its browser: orders, films, files of raters, shares with intervals."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait_addon.errors import InputError
from portrait_addon.media.clips import open_clip
from portrait_addon.media.libav import import_av
from tests.pictures import write_picture
from tools.study import building, clips
from tools.study.__main__ import main
from tools.study.analysis import NOT_DOUBTED, TAKEN_FOR_REAL, Findings, analyse, table
from tools.study.building import EXCLUSIONS, POINTS, Plan, build, page_of
from tools.study.clips import Form, Seen, Source, common_form, find_sources, squares, write_film
from tools.study.orders import paired, shuffled
from tools.study.results import Answers, read_answers, read_key, why_excluded
from tools.study.simulated import World, simulate

STUDIES = 60 if os.environ.get("FAULTS") == "long" else 20


def make_key(real: int = 12, made: int = 12, training: int = 1) -> dict[str, Any]:
    clips = {
        f"{number:03d}": {
            "source": f"{kind}_{number}.mp4",
            "kind": kind,
            "person": f"{kind} {number % 5}",
            "training": number % 100 < training,
        }
        for kind, first, count in (("real", 100, real + training), ("made", 200, made + training))
        for number in range(first, first + count)
    }
    return {
        "study": "a1b2",
        "points": list(POINTS),
        "exclusions": list(EXCLUSIONS),
        "form": {"frames": 125, "rate": "25"},
        "clips": clips,
    }


@pytest.fixture
def key() -> dict[str, Any]:
    return make_key()


def answers_of(files: list[dict[str, Any]], key: dict[str, Any], folder: Path) -> list[Answers]:
    folder.mkdir(exist_ok=True)
    for number, said in enumerate(files):
        (folder / f"{number}.json").write_text(json.dumps(said))
    return read_answers(sorted(folder.glob("*.json")), key)


# Orders


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 1000))
def test_nobody_is_seen_twice_in_a_row(whose: list[int], seed: int) -> None:
    persons = {f"{number:02d}": f"person {person}" for number, person in enumerate(whose)}
    generator = np.random.default_rng(seed)
    if max(Counter(whose).values()) > (len(whose) + 1) // 2:
        with pytest.raises(InputError, match=r"so some follow each other\. Leave some out\."):
            shuffled(persons, generator)
        return
    order = shuffled(persons, generator)
    assert sorted(order) == sorted(persons)
    assert not [a for a, b in itertools.pairwise(order) if persons[a] == persons[b]]


def test_orders_come_from_the_seed_and_every_clip_may_begin() -> None:
    persons = {str(number): str(number % 4) for number in range(8)}
    first = [shuffled(persons, np.random.default_rng(seed)) for seed in range(200)]
    assert first == [shuffled(persons, np.random.default_rng(seed)) for seed in range(200)]
    assert {order[0] for order in first} == set(persons)


def test_pairs_are_of_a_real_and_a_made_one_on_either_side() -> None:
    pairs = [pair for seed in range(50) for pair in paired(["a", "b", "c"], ["x", "y"], np.random.default_rng(seed))]
    assert len(pairs) == 100
    assert all(len({*pair} & {"a", "b", "c"}) == 1 for pair in pairs)
    assert 30 < sum(left in "abc" for left, _ in pairs) < 70


# Films


def seen(
    name: str = "a", *, frames: int = 50, rate: int = 25, size: tuple[int, int] = (640, 480), face: float = 160
) -> Seen:
    source = Source(Path(name), "real", name)
    return Seen(source, np.arange(frames) / rate, Fraction(rate), size, (size[0] / 2, size[1] / 2), face)


def test_all_films_are_as_short_slow_and_coarse_as_the_worst_clip() -> None:
    form, width = common_form([seen(frames=100), seen(rate=30, frames=90), seen(frames=100, face=100, size=(300, 250))])
    assert form == Form(frames=75, rate=Fraction(25), side=250)
    assert width == 2.5
    assert common_form([seen()], seconds=1, side=201)[0] == Form(25, Fraction(25), 200)


@pytest.mark.parametrize(
    ("clip", "options", "reason"),
    [
        (seen("short", frames=10), {"seconds": 1.0}, r"short: has 0\.40 s, shorter than 1\. Ask for less\."),
        (seen("near", face=400), {}, r"near: has no room around the face, and all are cropped alike\. Leave it out\."),
        (seen("coarse", face=40), {}, r"coarse: the face is 40 pixels high, and all clips become as coarse\. Leave"),
    ],
)
def test_a_clip_that_would_spoil_all_is_named(clip: Seen, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        common_form([seen(), clip], **options)


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Ten frames, a second each, whose grey tells their number; a white square where the face is."""
    folder = tmp_path / "anna_1"
    folder.mkdir()
    for number in range(10):
        pixels = np.full((200, 300, 3), 10 * number, np.uint8)
        pixels[80:120, 180:220] = 255
        write_picture(folder / f"{number + 1:02d}.png", pixels)
    return folder


def test_a_film_shows_the_square_around_the_face(sequence: Path) -> None:
    clip = Seen(Source(sequence, "real", "anna"), np.arange(10) / 25, Fraction(25), (300, 200), (199.5, 99.5), 40)
    pictures = list(squares(clip, Form(5, Fraction(25, 2), 80), 2.0))
    assert [int(picture[0, 0, 0]) for picture in pictures] == [0, 20, 40, 60, 80], "the frames nearest in time"
    white = np.argwhere(pictures[0][..., 0] > 127)
    assert (white.min(axis=0).tolist(), white.max(axis=0).tolist()) == ([20, 20], [59, 59])


def test_films_differ_in_their_pictures_alone(sequence: Path, tmp_path: Path) -> None:
    clip = Seen(Source(sequence, "real", "anna"), np.arange(10) / 25, Fraction(25), (300, 200), (20, 180), 60)
    for name in ("001", "002"):
        write_film(clip, Form(10, Fraction(25), 90), 2.0, tmp_path / f"{name}.mp4")
    assert (tmp_path / "001.mp4").read_bytes() == (tmp_path / "002.mp4").read_bytes()
    assert (tmp_path / "001.mp4").stat().st_mtime == clips.MODIFIED
    with import_av().open(str(tmp_path / "001.mp4")) as film:
        assert film.metadata["comment"] == clips.COMMENT
        assert "anna" not in str(film.metadata)
    assert len(list(open_clip(tmp_path / "001.mp4"))) == 10


def test_who_is_seen_stands_in_the_name(sequence: Path) -> None:
    (sequence.parent / "ben.mp4").touch()
    (sequence.parent / ".hidden").touch()
    assert [(one.path.name, one.person) for one in find_sources(sequence.parent, "real")] == [
        ("anna_1", "anna"),
        ("ben.mp4", "ben"),
    ]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_folders_without_clips(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    arguments = ["build", str(tmp_path / name), str(tmp_path / "empty"), "--output", str(tmp_path / "study")]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert re.fullmatch(rf"study: .*{name}: (there is no such folder|holds no clips)\. .*\n", said)
    assert not (tmp_path / "study").exists()


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(InputError, match="is not empty"):
        build(Plan(tmp_path, tmp_path, tmp_path))


def test_what_is_built_hides_which_is_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And comes out of the seed."""

    def write(clip: Seen, form: Form, width: float, path: Path) -> None:
        path.write_text(f"{form.frames}")

    monkeypatch.setattr(building, "look_at", lambda source: replace(seen(), source=source))
    monkeypatch.setattr(building, "write_film", write)
    for kind in ("real", "made"):
        (tmp_path / kind).mkdir()
        for number in range(6):
            (tmp_path / kind / f"{kind}person{number % 3}_{number}.mp4").touch()
    keys, said = [], list[str]()
    for name in ("one", "two"):
        plan = Plan(tmp_path / "real", tmp_path / "made", tmp_path / name, seed=7, training=2)
        keys.append(build(plan, said.append))
    assert keys[0] == keys[1] == {**read_key(tmp_path / "one" / "key.json"), "points": POINTS, "exclusions": EXCLUSIONS}
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["key.json", "page"]
    films = sorted((tmp_path / "one" / "page" / "films").iterdir())
    assert [path.name for path in films] == [f"{number:03d}.mp4" for number in range(1, 13)]
    training = Counter(clip["kind"] for clip in keys[0]["clips"].values() if clip["training"])
    assert training == {"real": 2, "made": 2}
    kinds = "".join(clip["kind"][0] for clip in keys[0]["clips"].values())
    assert kinds not in ("r" * 6 + "m" * 6, "m" * 6 + "r" * 6)
    page = (tmp_path / "one" / "page" / "study.html").read_text()
    given_away = page[page.index("const STUDY = ") : page.index("const STORE")]
    assert not re.search(
        r"person|real\w*_|made|kind|mp4", given_away.replace("likely real", "").replace("not real", "")
    )
    assert said[0] == "12 films of 2.0 s, 480 pixels; about 2 minutes."


def test_no_text_ends_the_script_of_the_page(key: dict[str, Any]) -> None:
    page = page_of(key, [], pairs=True, reasons=True, contact="</script><script>alert(1)</script>")
    assert page.count("</script>") == 1


def test_a_long_session_is_told(key: dict[str, Any]) -> None:
    assert building._minutes(key, pairs=True, reasons=True) == pytest.approx((26 + 12 + 6) * 9 / 60)


# Files of raters


@pytest.fixture
def said(key: dict[str, Any]) -> dict[str, Any]:
    return simulate(key, World(), 1, 3)[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"study": "other"}, "answers another study. Name the files of study a1b2."),
        ({"participant": "1"}, "is damaged. Ask the rater for the file again, or leave it out."),
        ({"ratings": [{"clip": "101", "point": 6, "seconds": 1}]}, "is damaged."),
        ({"ratings": [{"clip": "101", "point": True, "seconds": 1}]}, "is damaged."),
        ({"ratings": [{"clip": "100", "point": 3, "seconds": 1}]}, "is damaged."),  # one of the training
        ({"ratings": [{"clip": "101", "point": 3, "seconds": float("nan")}]}, "is damaged."),
        ({"ratings": [{"clip": "101", "point": 3, "seconds": 1}] * 2}, "is damaged."),
        ({"ratings": None}, "is damaged."),
        ({"pairs": [{"left": "101", "right": "201", "chosen": "102"}]}, "is damaged."),
        ({"pairs": [{"left": "101", "right": "101", "chosen": "101"}]}, "is damaged."),
        ({"reasons": [{"clip": "201", "reasons": ["<b>"]}]}, "is damaged."),
    ],
)
def test_files_that_do_not_count(
    said: dict[str, Any], change: dict[str, Any], reason: str, key: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(said | change))
    with pytest.raises(InputError, match=re.escape(reason)):
        read_answers([tmp_path / "a.json"], key)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"study": "a1b2"}'])
def test_files_that_are_none(text: str, key: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json: is "):
        read_answers([tmp_path / "a.json"], key)


def test_a_rater_counts_once(said: dict[str, Any], key: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1\.json: rater 1 has another file too\. Leave one out\."):
        answers_of([said, said], key, tmp_path)


def test_simulated_raters_are_not_mixed_with_others(said: dict[str, Any], key: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Simulated raters are among others"):
        answers_of([said, said | {"participant": 2, "simulated": False}], key, tmp_path)


def test_who_is_left_out(said: dict[str, Any], key: dict[str, Any], tmp_path: Path) -> None:
    ratings = said["ratings"]
    files = [
        said,
        said | {"participant": 2, "ratings": ratings[: len(ratings) * 8 // 10]},
        said | {"participant": 3, "ratings": [one | {"point": 4} for one in ratings]},
        said | {"participant": 4, "ratings": [one | {"seconds": 0.1} for one in ratings]},
    ]
    answers = answers_of(files, key, tmp_path)
    assert [why_excluded(one, key) for one in answers] == [None, *EXCLUSIONS]
    findings = without_pairs(answers, key)
    assert (findings.raters, findings.excluded) == (1, dict(zip((2, 3, 4), EXCLUSIONS, strict=True)))


# Shares


def without_pairs(answers: list[Answers], key: dict[str, Any], seed: int = 1, resamples: int = 400) -> Findings:
    """What needs no library that the default environment lacks."""
    return analyse([replace(one, pairs=()) for one in answers], key, seed, resamples)


def test_shares_are_counted(key: dict[str, Any], tmp_path: Path) -> None:
    points = [1, 2, 3, 4, 5, 5, 4, 3, 3, 2, 1, 1]
    rated = [name for name, clip in key["clips"].items() if not clip["training"]]
    ratings = [{"clip": name, "point": point, "seconds": 2.0} for name, point in zip(rated, points * 2, strict=True)]
    said = {"study": "a1b2", "participant": 1, "ratings": ratings, "pairs": [], "reasons": []}
    findings = without_pairs(answers_of([said], key, tmp_path), key)
    share = findings.shares["real", TAKEN_FOR_REAL]
    assert (share.count, share.total, share.value) == (4, 12, 4 / 12)
    assert share.wilson == pytest.approx((0.138, 0.609), abs=0.001)  # Wilson 1927, by hand
    assert findings.shares["made", NOT_DOUBTED].count == 7
    assert findings.points["real"].tolist() == [3, 2, 3, 2, 2]
    text = table(findings, key)
    assert "| real clips rated 4 or 5 | 0.33 | 12 | 0.14 to 0.61 |" in text
    assert "imulated" not in text


def test_nobody_has_answered(key: dict[str, Any]) -> None:
    findings = without_pairs([], key)
    assert findings.raters == 0
    assert np.isnan(findings.shares["real", 4].value)


def test_the_truth_lies_in_the_intervals_as_often_as_they_say(key: dict[str, Any], tmp_path: Path) -> None:
    """Studies of known truth: Wilson's interval is too narrow where raters differ, the bootstrap is not."""
    world, inside, narrow, off = World(), 0, 0, []
    truth = {kind: world.share(kind, TAKEN_FOR_REAL) for kind in ("real", "made")}
    difference = truth["real"] - truth["made"]
    of_difference = 0
    for study in range(STUDIES):
        findings = without_pairs(answers_of(simulate(key, world, 30, study), key, tmp_path / f"{study}"), key, study)
        for kind, true in truth.items():
            share = findings.shares[kind, TAKEN_FOR_REAL]
            inside += share.bootstrap[0] <= true <= share.bootstrap[1]
            narrow += share.wilson[0] <= true <= share.wilson[1]
            off.append(share.value - true)
        _, low, high = findings.difference
        of_difference += low <= difference <= high
    assert findings.simulated
    assert "no findings" in table(findings, key)
    assert abs(np.mean(off)) < 0.02
    assert inside >= 0.88 * 2 * STUDIES
    assert of_difference >= 0.88 * STUDIES
    assert narrow < 0.7 * 2 * STUDIES


def test_a_world_says_its_own_shares(tmp_path: Path) -> None:
    key, world = make_key(200, 200), World(real=0.9, made=-0.3, raters=0.3)
    files = simulate(key, world, 40, 1)
    for kind in ("real", "made"):
        for least in (2, 3, 4, 5):
            given_points = [
                one["point"] >= least
                for said in files
                for one in said["ratings"]
                if key["clips"][one["clip"]]["kind"] == kind
            ]
            assert np.mean(given_points) == pytest.approx(world.share(kind, least), abs=0.04)
