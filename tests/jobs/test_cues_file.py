"""Mouth cues of programs for lip synchronisation: every format, what is wrong with one, and lips that speak."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.cues_file import is_cues_file, read_cues
from portrait_addon.jobs.driving_file import holds_numbers, read_numbers, shows_pictures
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves
from portrait_addon.pipeline.clip.mouth_cues import CHANGE, PRESTON_BLAIR_E, SHAPES, Cue, curves_of_cues
from portrait_addon.pipeline.face.openings import mouth_gap
from portrait_addon.pipeline.records.expression import UNITS

TSV = "0.00\tX\n0.40\tD\n0.80\tA\n1.20\tX\n"
JSON = json.dumps({"mouthCues": [{"start": 0, "end": 0.4, "value": "X"}, {"start": 0.4, "end": 0.8, "value": "D"}]})
MOHO = "MohoSwitch1\n1 rest\n11 AI\n21 MBP\n"
PAPAGAYO = "lipsync version 1\nvoice.wav\n24\n48\n1\n\tname\n\t\t\t\t1 rest\n\t\t\t\t13 E\n\t\t\t\t25 etc\n"


def jaw(curves: ExpressionCurves, seconds: float) -> float:
    return float(np.interp(seconds, curves.times, curves.weights[:, UNITS.index("jawOpen")]))


def written(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_rhubarbs_table(tmp_path: Path) -> None:
    curves, notes = read_cues(written(tmp_path, "a.tsv", TSV))
    assert notes == []
    np.testing.assert_allclose(curves.times, np.arange(31) / 25)
    assert jaw(curves, 0.2) == 0
    assert jaw(curves, 0.6) == pytest.approx(SHAPES["D"]["jawOpen"])
    assert jaw(curves, 1.0) == 0
    assert curves.weights[25, UNITS.index("mouthPressLeft")] > 0.2
    assert not curves.angles.any()


def test_rhubarbs_json_ends_at_rest(tmp_path: Path) -> None:
    curves, _ = read_cues(written(tmp_path, "a.json", JSON), Fraction(50))
    np.testing.assert_allclose(curves.times, np.arange(41) / 50)
    assert jaw(curves, 0.6) == pytest.approx(SHAPES["D"]["jawOpen"])
    assert jaw(curves, 0.8) == pytest.approx(SHAPES["D"]["jawOpen"] / 2)


def test_mohos_frames_count_from_one(tmp_path: Path) -> None:
    path = written(tmp_path, "a.dat", MOHO)
    curves, notes = read_cues(path)
    assert notes == ["it does not tell its rate; 24 frames a second are assumed"]
    assert jaw(curves, 15 / 24) == pytest.approx(SHAPES["AI"]["jawOpen"])
    assert read_cues(path, Fraction(12))[0].times[-1] == pytest.approx(20 / 12)


def test_papagayo_tells_its_rate_and_its_flat_e(tmp_path: Path) -> None:
    curves, notes = read_cues(written(tmp_path, "a.pgo", PAPAGAYO))
    assert notes == []
    assert curves.times[-1] == pytest.approx(2)
    row = curves.weights[18]
    assert row[UNITS.index("mouthStretchLeft")] == pytest.approx(PRESTON_BLAIR_E["mouthStretchLeft"])
    assert row[UNITS.index("mouthFunnel")] == 0


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.tsv", "", "it has no cue"),
        ("a.tsv", "0.0\tX\nsoon\tA\n", "line 2 holds no time"),
        ("a.tsv", "0.0\tX\n1.0\tQ\n", "the mouth shape Q is not known"),
        ("a.tsv", "1.0\tX\n0.5\tA\n", "its times do not increase"),
        ("a.tsv", "0.0\tX\n1e9\tA\n", "it is longer than 100000 frames"),
        ("a.tsv", "nan\tX\n", "line 1 holds no time"),
        ("a.json", "{", "it is not valid JSON"),
        ("a.json", "[]", "it has no list mouthCues"),
        ("a.json", '{"mouthCues": [{"start": "0", "value": "A"}]}', "cue 1 has no start and value"),
        ("a.json", '{"mouthCues": [{"start": true, "value": "A"}]}', "cue 1 has no start and value"),
        ("a.json", "[" * 100_000, "nested too deeply|not valid JSON|no list"),
        ("a.dat", "1 rest\n", "its first line is not MohoSwitch1"),
        ("a.dat", "MohoSwitch1\nx rest\n", "line 2 has no frame number"),
        ("a.pgo", "hello\n", "its first line is not lipsync version"),
        ("a.pgo", "lipsync version 1\na\n0\n9\n", "line 3 holds no frame rate"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(name: str, text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"^\S*{name}: cannot be read as mouth cues, .*({reason})") as caught:
        read_cues(written(tmp_path, name, text))
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"a\.tsv: is not a text file of mouth cues"):
        read_cues(tmp_path / "a.tsv")


def test_kinds_of_driving_files_are_told_by_their_names(tmp_path: Path) -> None:
    for name in ("a.TSV", "a.json", "a.dat", "a.pgo"):
        assert is_cues_file(tmp_path / name)
    for name in ("a.csv", "a.tsv"):
        assert holds_numbers(tmp_path / name)
        assert not shows_pictures(tmp_path / name)
    assert shows_pictures(tmp_path / "a.mp4")
    assert read_numbers(written(tmp_path, "a.tsv", TSV))[0].times[-1] == pytest.approx(1.2)


def test_cues_drive_as_a_clip_does(tmp_path: Path) -> None:
    (job := TrackJob(written(tmp_path, "a.tsv", TSV))).files()
    performance = job.fetch()
    assert performance is not None
    gaps = [mouth_gap(points) for points in performance.points]
    assert gaps[15] > 0.2 > 0.05 > gaps[25]


def test_quick_lips_reach_every_shape() -> None:
    cues = [Cue(0.1 * row, "AD"[row % 2]) for row in range(20)]
    times = np.arange(0, 2, 0.01)
    opened = curves_of_cues(cues, times).weights[:, UNITS.index("jawOpen")]
    for row in range(1, 19):
        middle = opened[round(100 * (0.1 * row + 0.05))]
        assert middle == pytest.approx(SHAPES["AD"[row % 2]].get("jawOpen", 0), abs=1e-6)
    assert CHANGE > 0.1


def test_shapes_are_of_known_expressions() -> None:
    for weights in (*SHAPES.values(), PRESTON_BLAIR_E):
        assert {*weights} <= {*UNITS}
        assert all(0 < weight <= 1 for weight in weights.values())
