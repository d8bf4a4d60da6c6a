import json
from pathlib import Path
from typing import Any

import pytest

from portrait_addon.errors import InputError
from portrait_addon.jobs.settings_file import read_settings
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
