"""`make mutate` changes the constants that it means to, and changes them everywhere."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tools import mutate

CONSTANTS = '''\
"""Documented."""
import math
SHARE: float = 0.3
"""Documented, too."""
RANGE = (0.5, -2)
LEAST, BYTES, TURN = 3, 256 << 20, math.radians(25.0)
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
        "SHARE", "RANGE[0]", "RANGE[1]", "LEAST", "BYTES", "TURN",
    ]  # fmt: skip


def test_package_is_walked(package: Path) -> None:
    found = mutate.mutants(package, package.parent)
    assert len(found) == 12
    assert {mutant.module for mutant in found} == {"method.step.constants"}
    assert [mutant.old for mutant in found[-3:]] == [256 << 20, 25.0, 25.0]


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


LIDS = "portrait_addon/pipeline/frame/lids.py"
SOURCES = {
    LIDS: ("", "SKIN"),
    "portrait_addon/pipeline/frame/eyes.py": ("portrait_addon.pipeline.frame.lids", ""),
    "tests/pipeline/frame/test_lids.py": ("portrait_addon.pipeline.frame.lids", ""),
    "tests/pipeline/clip/test_camera.py": ("", ""),
    "tests/pipeline/clip/test_neutral.py": ("portrait_addon.pipeline.frame.lids", ""),
}


def test_tests_that_read_the_constant_run_and_likely_ones_first(tmp_path: Path) -> None:
    def recorded(seconds: float, *names: str, file: str = LIDS) -> mutate.Recorded:
        return mutate.Recorded(frozenset((str(tmp_path / file), name) for name in names), seconds)

    records = {
        "tests/pipeline/clip/test_camera.py::far": recorded(2.0, "RIM"),
        "tests/pipeline/clip/test_neutral.py::imports": recorded(1.0, "RIM", "SKIN"),
        "tests/pipeline/frame/test_mouth.py::slow": recorded(4.0, "RIM"),
        "tests/pipeline/frame/test_mouth.py::other_rim": recorded(4.0, "RIM", file="portrait_addon/other.py"),
        "tests/pipeline/frame/test_lids.py::own": recorded(9.0, "RIM"),
        "tests/pipeline/frame/test_eyes.py::skin": recorded(0.1, "SKIN"),
        f"{mutate.GOLDEN}::golden": recorded(8.0, "RIM", file="portrait_addon/pipeline/frame/eyes.py"),
    }
    sources = {
        file: mutate.Source(frozenset([imports]), frozenset([name])) for file, (imports, name) in SOURCES.items()
    }

    def chosen(constant: str) -> list[str]:
        mutant = mutate.Mutant("portrait_addon.pipeline.frame.lids", constant, 0.01, 0.02)
        return [test.partition("::")[2] for test in mutate.relevant(mutant, records, sources, tmp_path)]

    assert chosen("RIM[1]") == ["own", "golden", "imports", "slow"]
    assert set(chosen("SKIN")) == {"own", "golden", "imports", "slow", "other_rim", "skin"}


def test_imports_are_found(tmp_path: Path) -> None:
    (tmp_path / "method" / "step").mkdir(parents=True)
    file = tmp_path / "method" / "step" / "user.py"
    file.write_text("import numpy\nfrom ..face import lids\nfrom .rims import RIM\n")
    assert mutate.source_of(file, tmp_path).imports == {
        "numpy", "method.face", "method.face.lids", "method.step.rims", "method.step.rims.RIM",
    }  # fmt: skip


def test_names_that_a_module_reads_while_it_is_imported() -> None:
    source = """
ONE, TWO, THREE, FOUR, FIVE, SIX = 1, 2, 3, 4, 5, 6
DERIVED = ONE * 2
def function(value=TWO):
    return THREE
class Kind:
    field: int = module.FOUR
    def method(self):
        return FIVE
later = lambda value=SIX: THREE
"""
    read = {name for name in mutate.names_at_import(ast.parse(source)) if name.isupper()}
    assert read == {"ONE", "TWO", "FOUR", "SIX"}


def in_a_fresh_process(code: str) -> str:
    """What code prints: it forks, which a process with Blender's threads must not."""
    command = [sys.executable, "-c", f"from tools import mutate\n{code}"]
    return subprocess.run(command, cwd=mutate.ROOT, capture_output=True, text=True, timeout=600, check=True).stdout


READER = """
import pytest

def read(kind):
    return kind.SOFTNESS

@pytest.fixture(scope="module")
def soft():
    return read(type("Kind", (), {"SOFTNESS": 1}))

def test_first(soft):
    pass

def test_second(soft):
    pass

def test_third():
    pass
"""


def test_what_each_test_reads_is_recorded_and_what_its_fixtures_read(tmp_path: Path) -> None:
    (tmp_path / "test_something.py").write_text(READER)
    printed = in_a_fresh_process(f"""
from pathlib import Path
mutate.ROOT = Path({str(tmp_path)!r})
((_, records),) = mutate.in_processes(mutate.record, [({str(tmp_path / "test_something.py")!r},)], 1)
print(*[len(recorded.reads) for recorded in records.values()])
""")
    assert printed.split() == ["1", "1", "0"]


def test_chosen_tests_run_in_their_order_until_the_first_failure(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("".join(f"def test_{name}():\n    assert {name!r} == 'b'\n" for name in "abc"))
    printed = in_a_fresh_process(f"""
import os
os.chdir({str(tmp_path)!r})
mutant = mutate.Mutant("method.step", "RIM", 1, 2)
for names in ("ba", "bca", "b", ""):
    calls = [(mutant, ["test_it.py::test_" + name for name in names])]
    print(*[by for _, by in mutate.in_processes(mutate.judge, calls, 1)])
""")
    assert printed.splitlines() == [
        "test_it.py::test_a", "test_it.py::test_c", mutate.SURVIVED, f"{mutate.SURVIVED}: no test reads it",
    ]  # fmt: skip


def test_what_changes_speed_alone_is_a_constant_with_a_reason() -> None:
    found = mutate.mutants(mutate.PACKAGE, mutate.ROOT)
    assert mutate.SPEED_ONLY.keys() <= {name for mutant in found for name in (mutant.title, mutant.direction)}
    assert all(mutate.SPEED_ONLY.values())


def test_a_process_that_ends_is_told_and_does_not_end_the_others() -> None:
    printed = in_a_fresh_process("""
import os
def double(value):
    return 2 * value if value != 3 else os._exit(1)
print(sorted(mutate.in_processes(double, [(1,), (3,), (5,)], 2)))
""")
    assert printed.strip() == "[(1, 2), (3, 'the process ended'), (5, 10)]"


def test_survivors_stand_first_in_the_table() -> None:
    noticed, survived = (mutate.Mutant("portrait_addon.pipeline.lids", "RIM", 0.01, new) for new in (0.005, 0.02))
    *_, first, second = mutate.report({noticed: "test_lids.py::test_rim", survived: mutate.SURVIVED}).splitlines()
    assert first == "| RIM | lids | 0.01 | 0.02 | SURVIVED |"
    assert second == "| RIM | lids | 0.01 | 0.005 | test_lids.py::test_rim |"
