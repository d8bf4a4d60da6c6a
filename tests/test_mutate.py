"""`make mutate` changes the constants that it means to, and changes them everywhere."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tools import mutate

CONSTANTS = '''\
"""Documented."""
SHARE: float = 0.3
"""Documented, too."""
RANGE = (0.5, -2)
LEAST, BYTES = 3, 256 << 20
DERIVED = SHARE * 2
POINTS = (1, 2, 3, 4, 5)
NAMES = ("left", "right")
ON = True
lower = 1


def share(value=SHARE):
    LOCAL = 7
    return value * LOCAL
'''
USER = "from .constants import RANGE, SHARE\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "method" / "step"
    folder.mkdir(parents=True)
    (folder / "constants.py").write_text(CONSTANTS)
    (folder / "user.py").write_text(USER)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "method"


@pytest.fixture
def imported(package: Path) -> Iterator[Callable[[mutate.Mutant, str], ModuleType]]:
    finders = []

    def run(mutant: mutate.Mutant, name: str) -> ModuleType:
        finders.append(mutate.MutantFinder(mutant))
        sys.meta_path.insert(0, finders[-1])
        return importlib.import_module(name)

    yield run
    for finder in finders:
        sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.split(".")[0] == "method"]:
        del sys.modules[name]


def test_numbers_and_short_tuples_are_found() -> None:
    assert [name for name, _ in mutate.numbers(ast.parse(CONSTANTS))] == [
        "SHARE", "RANGE[0]", "RANGE[1]", "LEAST", "BYTES",
    ]  # fmt: skip


def test_package_is_walked(package: Path) -> None:
    found = mutate.mutants(package, package.parent)
    assert len(found) == 10
    assert {mutant.module for mutant in found} == {"method.step.constants"}
    assert found[-1].old == 256 << 20


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.3, [0.45, 0.2]), (0.0, [0.5]), (10, [14, 6]), (7, [9, 5]), (2, [4, 1]), (1, [3]), (0, [2, -2]), (-2, [0, -4])],
)
def test_changes_are_clear(value: float, expected: list[float]) -> None:
    assert mutate.changed(value) == pytest.approx(expected)


def test_change_reaches_defaults_derived_values_and_copies(imported: Callable[..., ModuleType]) -> None:
    mutant = mutate.Mutant("method.step.constants", "SHARE", 0.3, 0.5)
    user = imported(mutant, "method.step.user")
    constants = sys.modules["method.step.constants"]
    assert user.SHARE == constants.SHARE == 0.5
    assert constants.DERIVED == 1
    assert constants.share() == 3.5


def test_one_element_changes_and_nothing_else(imported: Callable[..., ModuleType]) -> None:
    constants = imported(mutate.Mutant("method.step.constants", "RANGE[1]", -2, -4), "method.step.constants")
    assert constants.RANGE == (0.5, -4)
    assert (constants.SHARE, constants.LEAST, constants.POINTS) == (0.3, 3, (1, 2, 3, 4, 5))


def test_files_stay_as_they_are(package: Path, imported: Callable[..., ModuleType]) -> None:
    imported(mutate.Mutant("method.step.constants", "LEAST", 3, 5), "method.step.constants")
    assert (package / "step" / "constants.py").read_text() == CONSTANTS
    assert not [*package.rglob("constants*.pyc")]


def test_likely_tests_come_first() -> None:
    plugin = mutate.FirstFailure("portrait_addon.pipeline.frame.lids")
    names = ["test_golden.py", "frame/test_lids.py", "frame/test_mouth.py", "clip/test_camera.py"]
    assert [plugin.rank(Path("tests/pipeline", name)) for name in names] == [0, 1, 2, 3]


def test_survivors_stand_first_in_the_table() -> None:
    noticed, survived = (mutate.Mutant("portrait_addon.pipeline.lids", "RIM", 0.01, new) for new in (0.005, 0.02))
    *_, first, second = mutate.report({noticed: "test_lids.py::test_rim", survived: mutate.SURVIVED}).splitlines()
    assert first == "| RIM | lids | 0.01 | 0.02 | SURVIVED |"
    assert second == "| RIM | lids | 0.01 | 0.005 | test_lids.py::test_rim |"
