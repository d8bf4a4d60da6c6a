"""Curves of expressions as text: there and back, files of other programs, and what is wrong with a file in one line."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.curves_file import (
    COLUMNS,
    SHAPES,
    check_curves_target,
    read_curves,
    write_curves,
)
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS

FRAMES = 30


@pytest.fixture
def curves() -> ExpressionCurves:
    rng = np.random.default_rng(3)
    return ExpressionCurves(
        np.arange(FRAMES) / 25,
        rng.uniform(0, 1, (FRAMES, len(EXPRESSION_UNITS))),
        rng.uniform(-0.4, 0.4, (FRAMES, 3)),
        rng.uniform(-0.2, 0.2, (FRAMES, 2)),
        rng.uniform(0.9, 1.1, FRAMES),
    )


def of_lines(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def jaw(frames: int, code: str = "10:59:{:02}:{:02}.000", rate: int = 30) -> list[str]:
    codes = [code.format(*divmod(row, rate)) for row in range(frames)]
    return ["Timecode,BlendShapeCount,JawOpen", *(f"{code},61,{row / frames:.3f}" for row, code in enumerate(codes))]


def test_there_and_back(curves: ExpressionCurves, tmp_path: Path) -> None:
    write_curves(curves, tmp_path / "a.csv")
    read, notes = read_curves(tmp_path / "a.csv")
    assert notes == []
    for name, values in vars(curves).items():
        np.testing.assert_allclose(getattr(read, name), values, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(60), Fraction(12)])
def test_the_rate_comes_back_from_two_frames(curves: ExpressionCurves, rate: Fraction, tmp_path: Path) -> None:
    times = np.arange(FRAMES) / float(rate)
    write_curves(ExpressionCurves(times, *(vars(curves)[name] for name in list(vars(curves))[1:])), tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    of_lines(tmp_path / "two.csv", *lines[:3])
    for name, count in (("a.csv", FRAMES), ("two.csv", 2)):
        read, notes = read_curves(tmp_path / name)
        np.testing.assert_allclose(read.times, times[:count], atol=1e-3 / float(rate))
        assert notes == []


def test_the_header_is_that_of_live_link_face(curves: ExpressionCurves, tmp_path: Path) -> None:
    write_curves(curves, tmp_path / "a.csv")
    header, first = (line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()[:2])
    assert tuple(header) == COLUMNS
    assert header[:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"]
    assert header[53:57] == ["TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"]
    assert header[63:] == ["HeadX", "HeadY", "HeadScale"]
    assert first[1] == "61"
    assert sorted(name[0].lower() + name[1:] for name in SHAPES) == sorted(EXPRESSION_UNITS)


def test_names_are_found_in_any_order_and_case(tmp_path: Path) -> None:
    lines = ["jawopen,TIMECODE,BlendShapeCount,headyaw,Mood", "0.5,10:00:00:29,61,0.25,9", "0.75,10:00:01:00,61,0,9"]
    read, _ = read_curves(of_lines(tmp_path / "a.csv", *lines))
    np.testing.assert_allclose(read.weights[:, EXPRESSION_UNITS.index("jawOpen")], np.array([0.5, 0.75]))
    assert np.count_nonzero(read.weights) == 2
    np.testing.assert_allclose(read.angles, np.diag([0.25, 0, 0])[:2])
    np.testing.assert_allclose(read.times, np.arange(2) / 30)
    np.testing.assert_array_equal(read.scales, 1)


def test_a_rate_overrules_the_timecodes(tmp_path: Path) -> None:
    path = of_lines(tmp_path / "a.csv", *jaw(10, code="{}{}"))
    read, notes = read_curves(path, Fraction(24))
    np.testing.assert_allclose(read.times, np.arange(10) / 24)
    assert notes == []


def test_a_file_too_short_to_tell_its_rate_is_noted(tmp_path: Path) -> None:
    read, notes = read_curves(of_lines(tmp_path / "a.csv", *jaw(10)))
    np.testing.assert_allclose(read.times, np.arange(10) / 60)
    assert notes == ["it is too short to tell its rate; 60 frames a second are assumed"]


def test_lines_without_values_are_bridged(tmp_path: Path) -> None:
    lines = jaw(60)
    lines[11:13] = ["10:59:00:10.000,0", "10:59:00:11.000,0,"]
    read, notes = read_curves(of_lines(tmp_path / "a.csv", *lines))
    np.testing.assert_allclose(read.weights[:, EXPRESSION_UNITS.index("jawOpen")], np.arange(60) / 60, atol=1e-3)
    assert notes == ["2 lines without values are bridged"]


def test_degrees_are_told_from_radians(tmp_path: Path) -> None:
    lines = [f"{line},{'HeadYaw' if not row else 30}" for row, line in enumerate(jaw(60))]
    read, notes = read_curves(of_lines(tmp_path / "a.csv", *lines))
    np.testing.assert_allclose(read.angles[:, 0], np.radians(30))
    assert notes == ["angles beyond a half turn are taken for degrees"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([""], "it is empty"),
        (["Frame,Mood", "1,2"], "names none of the 52 shapes, such as JawOpen"),
        (["Timecode,BlendShapeCount,JawOpen"], "it has no line of values"),
        ([*jaw(60), "10:59:02:00.000,61,wide"], "line 62 holds something that is no number"),
        ([*jaw(60), "10:59:02:00.000,61,nan"], "line 62 holds something that is no number"),
        (jaw(10, code="soon {}{}"), "have no timecodes such as 10:59:01:24.000; give a rate"),
        (
            [*jaw(60), "10:59:00:00.000,61,0"],
            "line 62 is not after that of the line before; give a rate",
        ),
        (
            ["Timecode,BlendShapeCount,JawOpen,HeadYaw", "1:00:00:29,61,0,400", "1:00:01:00,61,0,0"],
            "beyond a half turn",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(lines: list[str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"^\S*a\.csv: cannot be read as curves, .*{reason}") as caught:
        read_curves(of_lines(tmp_path / "a.csv", *lines))
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\xff\xfe\x00")
    with pytest.raises(InputError, match=r"a\.csv: is not a text file of curves"):
        read_curves(tmp_path / "a.csv")


def test_only_earlier_curves_are_replaced(curves: ExpressionCurves, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    check_curves_target(path)
    write_curves(curves, path)
    check_curves_target(path)
    (tmp_path / "b.csv").write_text("name,price\n")
    with pytest.raises(InputError, match=r"b\.csv: is another kind of file and would be overwritten"):
        check_curves_target(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"a\.txt: curves are written as CSV\. Choose a name that ends with \.csv"):
        check_curves_target(tmp_path / "a.txt")
