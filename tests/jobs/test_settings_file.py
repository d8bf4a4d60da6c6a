import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.settings_file import AnimatedSettings, read_settings
from portrait_addon.pipeline.records.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Any:
    return tmp_path / "settings.json"


def test_numbers_and_pairs(file: Any) -> None:
    file.write_text(json.dumps({"expression": 0.5, "head_motion": [[10, 0], [20, 1.5]]}))
    settings = read_settings(file)
    assert settings.at(1) == Settings(expression=0.5, head_motion=0.0)
    assert settings.at(15) == Settings(expression=0.5, head_motion=0.75)
    assert settings.at(99.5) == Settings(expression=0.5, head_motion=1.5)


def test_what_is_not_named_keeps_its_default(file: Any) -> None:
    file.write_text("{}")
    assert read_settings(file).at(7) == Settings()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not valid JSON"),
        ("\xff", "is no list of named parameters|is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "is no list of named parameters"),
        ('{"smile": 1}', "smile is no parameter; there are head_motion, expression"),
        ('{"smi\\nle": 1}', r"smi\\nle is no parameter"),
        ('{"expression": "1"}', "expression must be a number or a list"),
        ('{"expression": true}', "expression must be a number or a list"),
        ('{"expression": null}', "expression must be a number or a list"),
        ('{"expression": NaN}', "expression must be a number or a list"),
        ('{"expression": 1e999}', "expression must be a number or a list"),
        ('{"expression": []}', "expression must be a number or a list"),
        ('{"expression": [1, 2]}', "expression must be a number or a list"),
        ('{"expression": [[1, 2, 3]]}', "expression must be a number or a list"),
        ('{"expression": [[1, 0], [1, 1]]}', "the frames of expression must increase"),
        ('{"expression": -0.5}', "expression is -0.5, not between 0 and"),
        ('{"expression": [[1, 1], [2, 99]]}', "expression is 99, not between 0 and"),
    ],
)
def test_bad_settings(file: Any, text: str, reason: str) -> None:
    file.write_text(text, "latin-1")
    with pytest.raises(InputError, match=rf"settings\.json: .*({reason})") as refusal:
        read_settings(file)
    assert "\n" not in str(refusal.value)


def test_missing_settings(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json: there is no such file"):
        read_settings(tmp_path / "gone.json")


def test_a_camera_moves_evenly_in_the_inverse_of_its_distance() -> None:
    settings = AnimatedSettings({"camera_distance": ((1.0, 0.5), (3.0, 2.0))})
    assert [settings.at(frame).camera_distance for frame in (1, 2, 3)] == pytest.approx([0.5, 0.8, 2.0])
    assert not settings.needs_camera


def test_a_camera_that_leaves_its_place_begins_where_the_portrait_was_taken() -> None:
    settings = AnimatedSettings({"camera_distance": ((1.0, 0.0), (3.0, 4.0))})
    assert settings.needs_camera
    known = replace(settings, taken_at=1.0)
    assert [known.at(frame).camera_distance for frame in (1, 2, 3)] == pytest.approx([0.0, 1.6, 4.0])


def test_a_camera_that_stays_needs_no_distance() -> None:
    for distance in (0.0, 3.0):
        settings = AnimatedSettings({"camera_distance": ((1.0, distance), (9.0, distance))})
        assert not settings.needs_camera
        assert settings.at(5).camera_distance == distance
