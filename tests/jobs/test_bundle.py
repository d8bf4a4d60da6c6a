"""What a render farm is given, as `openjd check` and the manual of Flamenco want it; `make test-farm` runs both."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from portrait_addon.command_line import main
from portrait_addon.errors import InputError
from portrait_addon.jobs.bundle import FLAMENCO_JOB_TYPE, TEMPLATE, Bundle, write_bundle

NAMES = ["parameter_values.json", "parameters.json", "template.yaml"]


@pytest.fixture
def bundle() -> Bundle:
    return Bundle(Path("shot.blend"), range(1, 301), ("Ford", 'Mona "Lisa" ü'), 40)


def template() -> dict[str, Any]:
    return yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))


def test_a_bundle_names_file_frames_and_portraits(bundle: Bundle, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path / "new" / "bundle")
    files = {path.name: path.read_bytes() for path in (tmp_path / "new" / "bundle").iterdir()}
    assert sorted(files) == NAMES
    assert files["template.yaml"] == TEMPLATE.read_bytes()
    parameters = {
        "BlendFile": str(Path("shot.blend").absolute()),
        "Frames": "1-300",
        "ChunkSize": 40,
        "Portraits": 'Ford\nMona "Lisa" ü',
    }
    assert json.loads(files["parameters.json"]) == parameters
    listed = json.loads(files["parameter_values.json"])["parameterValues"]
    assert {item["name"]: item["value"] for item in listed} == parameters


def test_what_is_filled_in_are_parameters_of_the_template(bundle: Bundle) -> None:
    defined = {item["name"]: item for item in template()["parameterDefinitions"]}
    assert bundle.parameters().keys() <= defined.keys()
    assert [name for name, item in defined.items() if "default" not in item] == ["BlendFile"]


def test_every_task_is_a_command_that_we_know(capfd: pytest.CaptureFixture[str]) -> None:
    """All but the last argument are right: then `bake` says only that there is no such file."""
    values = {"Param.BlendFile": "none.blend", "Param.Portraits": "a\nb", "Task.Param.Frames": "1-50"}
    for step in template()["steps"]:
        action = step["script"]["actions"]["onRun"]
        arguments = action["args"]
        for name, value in values.items():
            arguments = [argument.replace(f"{{{{{name}}}}}", value) for argument in arguments]
        assert (action["command"], arguments[:3]) == ("{{Param.Blender}}", ["--command", "portrait", "bake"])
        assert main(arguments[2:]) == 1
        assert "openjd_fail: none.blend: there is no such file. Check the path.\n" in capfd.readouterr().err


def test_steps_follow_each_other() -> None:
    after = {step["name"]: [item["dependsOn"] for item in step.get("dependencies", [])] for step in template()["steps"]}
    assert after == {"Track": [], "Bake": ["Track"], "Render": ["Bake"]}


def test_an_earlier_bundle_is_replaced_and_nothing_else(bundle: Bundle, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path)
    write_bundle(Bundle(bundle.file, range(5, 6)), tmp_path)
    assert json.loads((tmp_path / "parameters.json").read_text())["Frames"] == "5-5"
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InputError, match=r"holds other files than a job bundle\. Choose an empty folder\."):
        write_bundle(bundle, tmp_path)
    (tmp_path / "mine.txt").unlink()
    (tmp_path / "template.yaml").write_text("specificationVersion: jobtemplate-2023-09\n")
    with pytest.raises(InputError, match="holds other files than a job bundle"):
        write_bundle(bundle, tmp_path)
    assert (tmp_path / "template.yaml").read_text() == "specificationVersion: jobtemplate-2023-09\n"


def test_more_portraits_than_can_be_named(tmp_path: Path) -> None:
    many = tuple(f"portrait {number}" for number in range(100))
    with pytest.raises(InputError, match="Portraits has more than 1024 characters"):
        write_bundle(Bundle(Path("shot.blend"), range(1, 2), many), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_the_job_type_of_flamenco_is_in_the_archive() -> None:
    assert "function compileJob(job)" in FLAMENCO_JOB_TYPE.read_text(encoding="utf-8")
