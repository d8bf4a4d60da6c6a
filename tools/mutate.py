# SPDX-License-Identifier: GPL-3.0-or-later
"""Change each constant of the method, one at a time, and see whether a test notices: ``make mutate``.

  tools/mutate.py [--only PART] [--jobs N] [--output FILE]

A constant is an upper-case name of a module of `portrait_addon.pipeline` that is bound to a number or to a short tuple
of numbers. Each number is made clearly larger and clearly smaller, and the tests that need no Blender run until the
first failure, the likeliest first. A change that no test notices has survived: that value could be wrong without anyone
knowing. With the golden frames most changes are noticed in seconds; one that survives takes half a minute.

Every change has a process of its own, in which the module's source is changed while it is imported: files stay as they
are, and default arguments, derived constants and ``from x import CONSTANT`` see the new value.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "portrait_addon" / "pipeline"
TESTS = "tests/pipeline"
TRACKING_TESTS = ("tests/faults/test_faces.py", "tests/faults/test_tracker_library.py")
"""What the tracking finds is tested there; they take as long as all others, so they run for its constants alone."""

GOLDEN = "test_golden.py"
"""The golden frames see nearly everything, so they run first."""

LONGEST_TUPLE = 4
"""Longer tuples list points of the face; they are no parameters."""

SURVIVED = "SURVIVED"

Number = int | float


@dataclass(frozen=True)
class Mutant:
    """One number of the source with another value.

    Attributes
    ----------
    module : str
        Dotted name, as it is imported.
    constant : str
        ``NAME``, or ``NAME[1]`` for an element of a tuple.
    old, new : int or float
        The value in the source, and the one in its place.
    """

    module: str
    constant: str
    old: Number
    new: Number

    @property
    def title(self) -> str:
        """Short name for reports."""
        return f"{self.module.removeprefix('portrait_addon.pipeline.')}.{self.constant}"


def mutants(package: Path, root: Path) -> list[Mutant]:
    """Find all changes to make.

    Parameters
    ----------
    package : Path
        Folder whose modules are searched, in all its sub-folders.
    root : Path
        Folder from which modules are imported.

    Returns
    -------
    list of Mutant
        Two a number, sorted by module.
    """
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        for constant, node in numbers(ast.parse(path.read_text(encoding="utf-8"))):
            old = _literal(node)
            found += [Mutant(module, constant, old, new) for new in changed(old)]
    return found


def numbers(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Find the numbers of a module's constants.

    Parameters
    ----------
    tree : ast.Module
        The module's source.

    Yields
    ------
    (str, ast.expr)
        ``NAME`` or ``NAME[index]``, and the expression that gives the number.
    """
    for name, value in _constants(tree):
        if _is_number(value):
            yield name, value
        elif isinstance(value, ast.Tuple) and len(value.elts) <= LONGEST_TUPLE and all(map(_is_number, value.elts)):
            yield from ((f"{name}[{index}]", element) for index, element in enumerate(value.elts))


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Upper-case names that a module binds, and to what: ``A = 1``, ``A: int = 1`` and ``A, B = 1, 2``."""
    for statement in tree.body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            pairs = [(target, statement.value)]
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                pairs = [*zip(target.elts, statement.value.elts, strict=True)]
            for name, value in pairs:
                if isinstance(name, ast.Name) and name.id.isupper() and value is not None:
                    yield name.id, value


def _is_number(node: ast.expr) -> bool:
    """Whether an expression is a number, written out as ``0.5``, ``-3``, ``1 / 30`` or ``256 << 20``."""
    allowed = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop)
    return all(
        isinstance(part, allowed) and (not isinstance(part, ast.Constant) or type(part.value) in (int, float))
        for part in ast.walk(node)
    )


def _literal(node: ast.expr) -> Any:
    return eval(compile(ast.Expression(node), "<constant>", "eval"))


def changed(value: Number) -> list[Number]:
    """Clearly different values.

    Parameters
    ----------
    value : int or float
        A constant.

    Returns
    -------
    list of int or float
        One larger and one smaller value: 1.5 times for a float; for an integer about a half more or less and at least
        by 2, odd if it is odd, and positive if it is positive.
    """
    if isinstance(value, float):
        return [value * 1.5, value / 1.5] if value else [0.5]
    step = max(2, abs(value) // 4 * 2)
    smaller = max(1, value - step) if value > 0 else value - step
    return [new for new in (value + step, smaller) if new != value]


class MutantFinder(MetaPathFinder):
    """Import hook: one module gets another value for one of its numbers.

    Parameters
    ----------
    mutant : Mutant
        The change.

    Attributes
    ----------
    imported : bool
        Whether the module has been imported.
    """

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.imported = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the mutant's module; see `importlib.abc.MetaPathFinder`."""
        found = PathFinder.find_spec(fullname, path, target) if fullname == self.mutant.module else None
        if found is None or found.origin is None:
            return None
        self.imported = True
        return spec_from_file_location(
            fullname,
            found.origin,
            loader=_MutantLoader(fullname, found.origin, self.mutant),
            submodule_search_locations=found.submodule_search_locations,
        )


class _MutantLoader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed source; neither reads nor writes a compiled file."""
        tree = ast.parse(self.get_data(self.path))
        number = dict(numbers(tree))[self.mutant.constant]
        return compile(_Replacement(number, self.mutant.new).visit(tree), self.path, "exec", dont_inherit=True)


class _Replacement(ast.NodeTransformer):
    def __init__(self, number: ast.expr, new: Number) -> None:
        self.number, self.new = number, new

    def visit(self, node: ast.AST) -> Any:
        if node is self.number:
            return ast.copy_location(ast.Constant(self.new), node)
        return self.generic_visit(node)


class FirstFailure:
    """Plugin of pytest: likely tests first, and which test failed first.

    Parameters
    ----------
    module : str
        Dotted name of the changed module: its own tests are the likeliest to notice, after the golden frames.
    """

    def __init__(self, module: str) -> None:
        *_, self.folder, self.stem = module.split(".")
        self.failed: str | None = None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the tests by how likely they notice."""
        items.sort(key=lambda item: self.rank(item.path))

    def rank(self, path: Path) -> int:
        """Place of a test file: golden frames, the module's own file, its folder, the rest."""
        if path.name == GOLDEN:
            return 0
        if path.name == f"test_{self.stem}.py":
            return 1
        return 2 if path.parent.name == self.folder else 3

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that fails."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


def judge(mutant: Mutant | None) -> str:
    """Run the tests in this process, which must not have imported the package yet.

    Parameters
    ----------
    mutant : Mutant or None
        The change, or None for the source as it is.

    Returns
    -------
    str
        The test that noticed, or `SURVIVED`.
    """
    finder = MutantFinder(mutant) if mutant else None
    if finder:
        sys.meta_path.insert(0, finder)
    plugin = FirstFailure(mutant.module if mutant else ".")
    tests = [TESTS, *TRACKING_TESTS] if mutant is None or ".tracking." in mutant.module else [TESTS]
    status = pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests], plugins=[plugin])
    if status == pytest.ExitCode.OK:
        return SURVIVED if not finder or finder.imported else f"{SURVIVED}: no test imports the module"
    return plugin.failed or "the import"


def judge_in_process(mutant: Mutant | None, timeout: float) -> str:
    """Run the tests in a fresh process; see `judge`.

    Parameters
    ----------
    mutant : Mutant or None
        The change, or None for the source as it is.
    timeout : float
        Seconds after which the process is ended; that counts as noticed.

    Returns
    -------
    str
        What noticed, or `SURVIVED`.
    """
    command = [sys.executable, __file__, "--judge", json.dumps(mutant and asdict(mutant))]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | one_thread, capture_output=True, text=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return f"no end within {timeout:.0f} s"
    if done.returncode:
        return f"exit status {done.returncode}"
    return done.stdout.strip().splitlines()[-1]


def report(results: dict[Mutant, str]) -> str:
    """Write the table.

    Parameters
    ----------
    results : dict of Mutant to str
        What noticed each change.

    Returns
    -------
    str
        Markdown: survivors first.
    """
    survivors = [mutant for mutant, by in results.items() if by.startswith(SURVIVED)]
    rows = sorted(results, key=lambda mutant: (mutant not in survivors, mutant.title, mutant.new))
    lines = [
        "# Changed constants\n",
        f"{len(results)} changes, {len(survivors)} survived.\n",
        "| constant | module | old | new | noticed by |",
        "|---|---|---:|---:|---|",
    ]
    for mutant in rows:
        module = mutant.title.removesuffix(f".{mutant.constant}")
        lines.append(f"| {mutant.constant} | {module} | {mutant.old:.6g} | {mutant.new:.6g} | {results[mutant]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make all changes, and print and write what became of them."""
    parser = argparse.ArgumentParser(prog="make mutate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", help="changes whose module and constant contain this text")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "mutate.md")
    parser.add_argument("--judge", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if "--judge" in sys.argv:
        print(judge(arguments.judge and Mutant(**arguments.judge)))
        return
    chosen = [mutant for mutant in mutants(PACKAGE, ROOT) if arguments.only in mutant.title]
    if not chosen:
        parser.error(f"no constant contains {arguments.only!r}")
    began = time.monotonic()
    unchanged = judge_in_process(None, 3600)
    if unchanged != SURVIVED:
        sys.exit(f"The tests must pass before anything is changed; {unchanged} does not.")
    timeout = 60 + 10 * (time.monotonic() - began)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    results: dict[Mutant, str] = {}
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for mutant, by in zip(chosen, pool.map(lambda one: judge_in_process(one, timeout), chosen), strict=True):
            results[mutant] = by
            progress = f"{len(results)}/{len(chosen)}  {mutant.title} {mutant.old:.6g} -> {mutant.new:.6g}  {by}"
            print(progress, flush=True)
            arguments.output.write_text(report(results), encoding="utf-8")
    print(f"table: {arguments.output}")


if __name__ == "__main__":
    main()
