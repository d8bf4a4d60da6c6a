# SPDX-License-Identifier: GPL-3.0-or-later
"""Change each constant of the method, one at a time, and see whether a test notices: ``make mutate``.

  tools/mutate.py [--only PART] [--jobs N] [--output FILE]

A constant is an upper-case name of a module of `portrait_addon.pipeline` that is bound to a number or to a short tuple
of numbers. Each number is made clearly larger and clearly smaller, and the tests that need no Blender run until the
first failure. A change that no test notices has survived: that value could be wrong without anyone knowing.

The golden frames see nearly everything, so they run first. What they do not notice goes to the other tests, the likely
and the fast ones first. A file of tests is left out if nothing that it calls reads a constant of that name: this is
recorded while the tests run once on the source as it is.

Every change has a process of its own, in which the module's source is changed while it is imported: files stay as they
are, and default arguments, derived constants and ``from x import CONSTANT`` see the new value. These processes are
forks of one that has imported what the tests import, except for the code of this repository.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import connection
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "portrait_addon" / "pipeline"
GOLDEN = "tests/pipeline/test_golden.py"
TESTS = ("tests/pipeline/**/test_*.py", "tests/faults/test_faces.py", "tests/faults/test_tracker_library.py")
"""All that look at what the pipeline computes and need no Blender."""

OWN = ("portrait_addon", "tests")
"""Packages that a process imports anew."""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
"""Frames do not depend on the number of threads, and a process that has threads cannot be forked."""

FORK = multiprocessing.get_context("fork")
TIMEOUT = 60 + 10 * 120
"""Seconds after which a process is ended; that counts as noticed."""

LONGEST_TUPLE = 4
"""Longer tuples list points of the face; they are no parameters."""

SURVIVED = "SURVIVED"

Number = int | float
Result = TypeVar("Result")


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

    def __str__(self) -> str:
        return f"{self.title} {self.old:.6g} -> {self.new:.6g}"


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
    """Plugin of pytest: which test failed first.

    Attributes
    ----------
    failed : str or None
        That test, or the file that could not be imported.
    """

    def __init__(self) -> None:
        self.failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that fails."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


def run_tests(files: Sequence[str]) -> str:
    """Run files of tests until the first failure.

    Parameters
    ----------
    files : sequence of str
        Paths below the repository, in the order in which they shall run.

    Returns
    -------
    str
        The test that failed, or `SURVIVED`.
    """
    plugin = FirstFailure()
    status = pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", *files], plugins=[plugin])
    return SURVIVED if status == pytest.ExitCode.OK else plugin.failed or "the import"


def judge(mutant: Mutant, files: Sequence[str]) -> str:
    """Run tests on a change, in a process that has not imported the package yet.

    Parameters
    ----------
    mutant : Mutant
        The change.
    files : sequence of str
        See `run_tests`.

    Returns
    -------
    str
        The test that noticed, or `SURVIVED`.
    """
    finder = MutantFinder(mutant)
    sys.meta_path.insert(0, finder)
    by = run_tests(files) if files else SURVIVED
    return by if by != SURVIVED or finder.imported else f"{SURVIVED}: no test imports the module"


@dataclass(frozen=True)
class Recorded:
    """What a file of tests did on the source as it is.

    Attributes
    ----------
    by : str
        `SURVIVED`, or the test that failed.
    names : frozenset of str
        Every name that the code which it called reads, as a global or an attribute.
    seconds : float
        How long it took.
    """

    by: str
    names: frozenset[str]
    seconds: float


def record(file: str) -> Recorded:
    """Run a file of tests, and note what the code which it calls could read.

    Parameters
    ----------
    file : str
        Path below the repository.

    Returns
    -------
    Recorded
        The record.
    """
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        called.add(frame.f_code)

    began = time.monotonic()
    threading.settrace(note)
    sys.settrace(note)
    by = run_tests([file])
    sys.settrace(None)
    # A module's own code binds its constants; `names_at_import` has what it reads.
    codes = [code for code in called if code.co_name != "<module>" or OWN[0] not in code.co_filename]
    return Recorded(by, frozenset(name for code in codes for name in code.co_names), time.monotonic() - began)


def record_all(jobs: int) -> dict[str, Recorded]:
    """Record all files of tests but the golden frames; see `record`."""
    files = sorted({str(path.relative_to(ROOT)) for glob in TESTS for path in ROOT.glob(glob)} - {GOLDEN})
    records: dict[str, Recorded] = {}
    for file, recorded in in_processes(record, [(file,) for file in files], jobs):
        if isinstance(recorded, str):
            sys.exit(f"{file} could not be recorded: {recorded}.")
        _require(recorded.by)
        records[file] = recorded
    return records


def _require(by: str) -> None:
    if by != SURVIVED:
        sys.exit(f"The tests must pass before anything is changed; {by} does not.")


def names_at_import(tree: ast.AST) -> Iterator[str]:
    """Find the names that a module reads while it is imported.

    Parameters
    ----------
    tree : ast.AST
        The module's source.

    Yields
    ------
    str
        A name or an attribute: of derived constants, default arguments, decorators, bodies of classes.
    """
    if isinstance(tree, ast.Name | ast.Attribute) and isinstance(tree.ctx, ast.Load):
        yield tree.id if isinstance(tree, ast.Name) else tree.attr
    children: Iterable[ast.AST] = ast.iter_child_nodes(tree)
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        children = [*tree.decorator_list, tree.args]
    elif isinstance(tree, ast.Lambda):
        children = [tree.args]
    for child in children:
        yield from names_at_import(child)


def relevant(mutant: Mutant, records: dict[str, Recorded], at_import: Collection[str]) -> list[str]:
    """Choose the files of tests that could notice a change.

    Parameters
    ----------
    mutant : Mutant
        The change.
    records : dict of str to Recorded
        Files of tests.
    at_import : collection of str
        Names whose values other constants and defaults may contain: any test could notice these.

    Returns
    -------
    list of str
        The module's own file, its folder, the rest; of each the fast ones first.
    """
    *_, folder, stem = mutant.module.split(".")
    name = mutant.constant.partition("[")[0]

    def rank(file: str) -> tuple[int, float]:
        path = Path(file)
        distance = 0 if path.name == f"test_{stem}.py" else 1 if path.parent.name == folder else 2
        return distance, records[file].seconds

    return sorted((file for file in records if name in at_import or name in records[file].names), key=rank)


def in_processes(
    function: Callable[..., Result], calls: Iterable[tuple[Any, ...]], jobs: int
) -> Iterator[tuple[Any, Result | str]]:
    """Call a function several times, each time in a fork of this process.

    Parameters
    ----------
    function : callable
        Its result must be picklable.
    calls : iterable of tuple
        The arguments of each call.
    jobs : int
        Processes at a time.

    Yields
    ------
    (first argument, result)
        As they end; a line of text in place of the result of a process that gave none.
    """
    waiting = [*calls][::-1]
    running: dict[connection.Connection, tuple[Any, Any, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            call = waiting.pop()
            receiver, sender = FORK.Pipe(duplex=False)
            process = FORK.Process(target=_send_result, args=(sender, function, *call))
            process.start()
            sender.close()
            running[receiver] = call[0], process, time.monotonic() + TIMEOUT
        ready = connection.wait(running, timeout=1)
        for receiver, (first, process, deadline) in [*running.items()]:
            if receiver not in ready and time.monotonic() < deadline:
                continue
            result: Result | str = f"no end within {TIMEOUT} s"
            if receiver in ready:
                try:
                    result = receiver.recv()
                except EOFError:
                    result = "the process ended"
            process.kill()
            process.join()
            receiver.close()
            del running[receiver]
            yield first, result


def _send_result(sender: connection.Connection, function: Callable[..., Any], *arguments: Any) -> None:
    """Send a function's result, but nothing of what it prints, and end at once: nothing has to be put away."""
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    try:
        sender.send(function(*arguments))
    finally:
        os._exit(0)


def import_once() -> None:
    """Import what the tests import, and forget the code of this repository: forks import it anew."""
    os.environ |= ONE_THREAD
    sys.path.insert(0, str(ROOT))
    for module in ("tests.pipeline.golden", "portrait_addon.jobs.animate", "scipy.spatial", "scipy.sparse.linalg"):
        import_module(module)
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]


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
    arguments = parser.parse_args()
    chosen = [mutant for mutant in mutants(PACKAGE, ROOT) if arguments.only in mutant.title]
    if not chosen:
        parser.error(f"no constant contains {arguments.only!r}")
    os.chdir(ROOT)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    import_once()
    for _, unchanged in in_processes(run_tests, [([GOLDEN],)], 1):
        _require(unchanged)
    results: dict[Mutant, str] = {}
    for mutant, by in in_processes(judge, [(mutant, [GOLDEN]) for mutant in chosen], arguments.jobs):
        results[mutant] = by
        print(f"{len(results)}/{len(chosen)}  {mutant}  {by}", flush=True)
    unseen = [mutant for mutant in chosen if results[mutant].startswith(SURVIVED)]
    if unseen:
        records = record_all(arguments.jobs)
        at_import: set[str] = set()
        for path in PACKAGE.parent.rglob("*.py"):
            at_import.update(names_at_import(ast.parse(path.read_bytes())))
        calls = [(mutant, relevant(mutant, records, at_import)) for mutant in unseen]
        for count, (mutant, by) in enumerate(in_processes(judge, calls, arguments.jobs), 1):
            results[mutant] = by
            print(f"{count}/{len(calls)}  {mutant}  {by}", flush=True)
            arguments.output.write_text(report(results), encoding="utf-8")
    arguments.output.write_text(report(results), encoding="utf-8")
    print(f"table: {arguments.output}")


if __name__ == "__main__":
    main()
