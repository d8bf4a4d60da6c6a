"""What forges, pre-commit and citation tools read can be read, and says what is true."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps() -> Iterator[dict[str, Any]]:
    for job in read(WORKFLOW)["jobs"].values():
        yield from job["steps"]


def commands() -> list[str]:
    """Every command line that the workflow or pre-commit runs."""
    hooks = [hook for source in read(ROOT / ".pre-commit-config.yaml")["repos"] for hook in source["hooks"]]
    return [step["run"] for step in steps() if "run" in step] + [hook["entry"] for hook in hooks]


def targets(command: str) -> list[str]:
    """What a command line asks of make."""
    program, *words = command.split()
    return [word for word in words if not word.startswith("-")] if program == "make" else []


def test_the_workflow_runs_each_blender_with_its_python() -> None:
    built = re.search(r"^readonly blenders=\((.*)\)$", (ROOT / "tools" / "environments.sh").read_text(), re.MULTILINE)
    assert built
    matrix = read(WORKFLOW)["jobs"]["blender"]["strategy"]["matrix"]["include"]
    assert [f'"{row["blender"]} {row["python"]}"' for row in matrix] == re.findall(r'"[^"]*"', built[1])


def test_the_workflow_runs_tests_and_archives_and_has_no_rights_to_write() -> None:
    wanted = [target for command in commands() for target in targets(command)]
    assert {"test", "test-archives", "lint"} == {*wanted}
    assert read(WORKFLOW)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("command", [command for command in commands() if targets(command)])
def test_make_knows_what_it_is_asked_for(command: str) -> None:
    subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("command", [command for command in commands() if not targets(command)])
def test_all_else_that_is_run_prepares_the_system(command: str) -> None:
    assert command.startswith("sudo apt-get ")
    for inner in re.findall(r"\$\((.+?)\)", command):
        packages = subprocess.run(
            inner.split(), cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
        ).stdout
        assert re.fullmatch(r"(lib[a-z0-9+.-]+\n)+", packages)


def test_hooks_fetch_nothing() -> None:
    for source in read(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert source["repo"] == "local"
        assert all(hook["language"] == "system" and "additional_dependencies" not in hook for hook in source["hooks"])


def test_the_citation_is_of_this_version_and_licence() -> None:
    citation = read(ROOT / "CITATION.cff")
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert citation["version"] == manifest["version"]
    assert [f"SPDX:{citation['license']}"] == manifest["license"]
    assert citation["title"] == manifest["name"]
    assert [author["name"] for author in citation["authors"]] == [manifest["maintainer"]]
    (paper,) = citation["references"]
    assert f"doi.org/{paper['doi']}" in (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
