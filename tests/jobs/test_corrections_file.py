"""Corrections as text: there and back, and what is wrong with a file in one line."""

import json
from pathlib import Path

import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.corrections_file import corrections_text, parse_corrections, read_corrections
from portrait_addon.pipeline.editing.corrections import ClipCorrection, Corrections
from portrait_addon.pipeline.editing.placing import Placement

ALL = Corrections(
    Placement(0.5, 0.3, 0.2, 10, -5, 0),
    (("right_eye_1", (0.02, -0.01)), ("jaw_9", (0.0, 0.1))),
    (ClipCorrection(12, "nose_4", (0.0, 0.03), 4),),
)


def test_there_and_back() -> None:
    assert parse_corrections(corrections_text(ALL)) == ALL
    assert corrections_text(Corrections()) == ""
    assert parse_corrections("") == Corrections()


def test_a_person_can_read_and_write_them() -> None:
    text = '{"clip": [{"frame": 3, "handle": "jaw_9", "offset": [0, 0.1]}]}'
    assert parse_corrections(text).clip == (ClipCorrection(3, "jaw_9", (0.0, 0.1)),)
    assert json.loads(corrections_text(ALL))["portrait"] == {"right_eye_1": [0.02, -0.01], "jaw_9": [0.0, 0.1]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "must name placement, portrait, clip"),
        ('{"lips": {}}', "lips is not known; there are placement, portrait, clip"),
        ('{"portrait": []}', "portrait must be named points, and clip a list"),
        ('{"portrait": {"chin": [0, 0]}}', "chin is no point; there are jaw_1 to left_pupil"),
        ('{"portrait": {"jaw_9": [0]}}', "an offset must be a pair of numbers"),
        ('{"portrait": {"jaw_9": [0, 1e999]}}', "an offset must be a number from -10 to 10"),
        ('{"portrait": {"jaw_9": [0, true]}}', "an offset must be a number from -10 to 10"),
        ('{"portrait": {"jaw_9": [0, NaN]}}', "an offset must be a number from -10 to 10"),
        ('{"clip": [{"frame": 0, "handle": "jaw_9", "offset": [0, 0]}]}', "frame must be a number from 1"),
        ('{"clip": [{"frame": 1, "handle": ["jaw_9"], "offset": [0, 0]}]}', "is no point"),
        ('{"clip": [{"frame": 1, "handle": "jaw_9", "offset": [0, 0], "ease": 1e9}]}', "ease one from 0 to 1000"),
        (
            '{"clip": [{"frame": 1, "handle": "jaw_9", "offset": [0, 0]}, '
            '{"frame": 1, "handle": "jaw_9", "offset": [1, 0]}]}',
            "a point is moved twice in one frame",
        ),
        ('{"placement": {"size": 0}}', "size must be a number from 0.001 to 2"),
        ('{"placement": {"yaw": 0}}', "yaw is not known; there are x, y, size, roll, nod, turn"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "corrections.json"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"^\S*corrections\.json: .*{reason}") as caught:
        read_corrections(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "corrections.json"
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(InputError, match="is not valid JSON"):
        read_corrections(path)
