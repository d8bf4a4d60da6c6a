# SPDX-License-Identifier: GPL-3.0-or-later
"""Change each constant of the method, one at a time, and see whether a test notices: ``make mutate``.

  tools/mutate.py [--only PART] [--golden] [--jobs N] [--output FILE]

A constant is an upper-case name of a module of `portrait_addon.pipeline` that is bound to a number, to a short tuple of
numbers, or to a function of one number. Each number is made clearly larger and clearly smaller, and tests run until the
first failure. A change that no test notices has survived: that value could be wrong without anyone knowing.
`SPEED_ONLY` lists what is left out.

Of a constant, the golden frames are made first, without pytest: they notice most. Where they do not, and without
``--golden``, tests run: those of its room, and all files that import its module; of them only the tests that call a
function which reads the constant. Which these are is recorded while every test runs once on the source as it is.

Every change has a process of its own, in which the module's source is changed while it is imported: files stay as they
are, and default arguments, derived constants and ``from x import CONSTANT`` see the new value. These processes are
forks of one that has imported what the tests import, except for the code of this repository.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import multiprocessing
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
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
PERFORMANCE = "performance_"
"""Begins the name of a golden case that is a tracked clip; the others are frames made of these clips."""

FINER = "a finer grid looks the same and takes longer"

SPEED_ONLY = {
    "tracking.searching.FRAMED_SIDE": "a face that fills the picture has detail enough at half of it, too",
    "clip.cuts.UNCHANGED larger": "pictures that are alike are compared by their corners, too, with the same result",
    "frame.mouth.MOUTH_CELLS": "noise is as near to its exact warp with a third of the cells as with more",
    "frame.face_warp.CELLS larger": FINER,
    "frame.lids.CELLS larger": FINER,
    "portrait.surround_grid.CELLS larger": FINER,
    "portrait.headroom.CELLS": "skin is smooth",
    "portrait.headroom._BLACK": "it keeps a logarithm finite; no gain is as large",
}
"""Constants, by `Mutant.title`, or one way to change them, that no test needs to hold, and why: they alter speed alone,
or nothing."""


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

    @property
    def direction(self) -> str:
        """Title, and whether the number becomes larger or smaller."""
        return f"{self.title} {'larger' if self.new > self.old else 'smaller'}"

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
        if isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords:
            (value,) = value.args  # np.radians(25.0)
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
    """Plugin of pytest: run some tests in a given order, and tell which failed first.

    Parameters
    ----------
    chosen : dict of str to int
        Node identifiers of the tests to run, and their places.

    Attributes
    ----------
    failed : str or None
        The first test that failed, or the file that could not be imported.
    """

    def __init__(self, chosen: dict[str, int]) -> None:
        self.chosen = chosen
        self.failed: str | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out and sort tests."""
        items[:] = sorted((item for item in items if item.nodeid in self.chosen), key=self._place)

    def _place(self, item: pytest.Item) -> int:
        return self.chosen[item.nodeid]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that fails."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


def run_pytest(files: Iterable[str], plugin: object) -> int:
    """Run pytest in this process; gives its exit status."""
    return pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", *files], plugins=[plugin])


def judge(mutant: Mutant, tests: Sequence[str]) -> str:
    """Run tests on a change until the first failure, in a process that has not imported the package yet.

    Parameters
    ----------
    mutant : Mutant
        The change.
    tests : sequence of str
        Node identifiers, in the order in which they shall run.

    Returns
    -------
    str
        The test that noticed, or `SURVIVED`.
    """
    if not tests:
        return f"{SURVIVED}: no test reads it"
    sys.meta_path.insert(0, MutantFinder(mutant))
    plugin = FirstFailure({test: place for place, test in enumerate(tests)})
    status = run_pytest(dict.fromkeys(map(file_of, tests)), plugin)
    return SURVIVED if status == pytest.ExitCode.OK else plugin.failed or "the import"


def golden_performances() -> dict[str, dict[str, Any]]:
    """Arrays of the clips that the golden frames are made of, by name, from the source as it is."""
    golden = import_module("tests.pipeline.golden")
    names = [case.removeprefix(PERFORMANCE) for case in golden.CASES if case.startswith(PERFORMANCE)]
    return {name: golden.performance(name).to_arrays() for name in names}


def judge_by_golden(mutant: Mutant, cases: Sequence[str], performances: dict[str, dict[str, Any]]) -> str:
    """Make golden frames with a change until one differs, in a process that has not imported the package yet.

    Parameters
    ----------
    mutant : Mutant
        The change.
    cases : sequence of str
        Those that read the constant. If no clip is among them, the clips are taken as they are.
    performances : dict
        See `golden_performances`.

    Returns
    -------
    str
        The case that differs or cannot be made, or `SURVIVED`.
    """
    sys.meta_path.insert(0, MutantFinder(mutant))
    golden = import_module("tests.pipeline.golden")
    if not any(case.startswith(PERFORMANCE) for case in cases):
        known = {name: golden.Performance.from_arrays(arrays) for name, arrays in performances.items()}
        golden.performance = known.__getitem__  # type: ignore[attr-defined]
    hashes = golden.stored_hashes()["environments"][golden.environment()]
    for case in cases:
        try:
            made = golden.made(case)
        except Exception as error:
            return f"{GOLDEN}[{case}]: {type(error).__name__}"
        if any(golden.digest(values) != hashes[name] for name, values in made.items()):
            return f"{GOLDEN}[{case}]"
    return SURVIVED


def file_of(test: str) -> str:
    """The file of a node identifier."""
    return test.partition("::")[0]


Reads = frozenset[tuple[str, str]]
"""Pairs of a file and an upper-case name that its code reads, as a global or an attribute."""


@dataclass(frozen=True)
class Recorded:
    """What a test did on the source as it is.

    Attributes
    ----------
    reads : frozenset of (str, str)
        See `Reads`; of all code that was called, in the test or in its fixtures.
    seconds : float
        How long it took, without its fixtures.
    """

    reads: Reads
    seconds: float


class Recorder:
    """Plugin of pytest: note which code each test and each fixture calls.

    Attributes
    ----------
    records : dict of str to Recorded
        By the node identifiers of tests.
    failed : str or None
        The first test that failed.
    """

    def __init__(self) -> None:
        self.records: dict[str, Recorded] = {}
        self.failed: str | None = None
        self._called: dict[int, CodeType] = {}
        self._fixtures: dict[Any, dict[int, CodeType]] = {}

    def note(self, frame: FrameType, event: str, argument: Any) -> None:
        """Note a call; see `sys.settrace`."""
        self._called[id(frame.f_code)] = frame.f_code  # to hash the code itself takes long

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """Note what a fixture calls: it is made once, and read by all tests that ask for it."""
        before, self._called = self._called, {}
        try:
            return (yield)
        finally:
            called, self._called = self._called, before
            self._fixtures.setdefault(fixturedef, {}).update(called)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, Any, Any]:
        """Note what a test calls."""
        self._called, began = {}, time.monotonic()
        try:
            return (yield)
        finally:
            seconds = time.monotonic() - began
            called, self._called = self._called, {}
            for definition in itertools.chain(*item._fixtureinfo.name2fixturedefs.values()):
                called |= self._fixtures.get(definition, {})
            self.records[item.nodeid] = Recorded(reads_of(called.values()), seconds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that fails."""
        if report.failed and self.failed is None:
            self.failed = report.nodeid


def reads_of(called: Iterable[CodeType]) -> Reads:
    """Find the upper-case names that code of this repository reads."""
    # A module's own code binds its constants; `names_at_import` has what it reads.
    own = [code for code in called if code.co_name != "<module>" and code.co_filename.startswith(str(ROOT))]
    return frozenset((code.co_filename, name) for code in own for name in code.co_names if name.isupper())


def record(file: str) -> dict[str, Recorded] | str:
    """Run a file of tests, and note what the code which each test calls could read.

    Parameters
    ----------
    file : str
        Path below the repository.

    Returns
    -------
    dict of str to Recorded, or str
        By test; or the test that failed.
    """
    recorder = Recorder()
    threading.settrace(recorder.note)
    sys.settrace(recorder.note)
    status = run_pytest([file], recorder)
    sys.settrace(None)
    return recorder.records if status == pytest.ExitCode.OK else recorder.failed or f"the import of {file}"


def record_all(files: Iterable[str], jobs: int) -> dict[str, Recorded]:
    """Record files of tests; see `record`."""
    records: dict[str, Recorded] = {}
    for file, recorded in in_processes(record, [(file,) for file in files], jobs):
        if isinstance(recorded, str):
            sys.exit(f"The tests must pass before anything is changed; in {file}: {recorded}.")
        records |= recorded
    return records


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


@dataclass(frozen=True)
class Source:
    """What a file says without being run.

    Attributes
    ----------
    imports : frozenset of str
        Dotted names of modules, and of what is imported from them.
    at_import : frozenset of str
        See `names_at_import`.
    """

    imports: frozenset[str]
    at_import: frozenset[str]


def source_of(path: Path, root: Path) -> Source:
    """Read a file's imports and the names that it reads while it is imported."""
    tree = ast.parse(path.read_bytes())
    package = path.relative_to(root).parts[:-1]
    imports: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            imports.update([module, *(f"{module}.{alias.name}" for alias in node.names)])
    return Source(frozenset(imports), frozenset(names_at_import(tree)))


def readers(mutant: Mutant, sources: dict[str, Source]) -> list[str]:
    """List the files that could read a constant by name: its module, and those that import it."""
    own = mutant.module.replace(".", "/") + ".py"
    return [file for file, source in sources.items() if file == own or mutant.module in source.imports]


def near(mutant: Mutant, sources: dict[str, Source], files: Iterable[str]) -> list[str]:
    """Choose files of tests.

    Parameters
    ----------
    mutant : Mutant
        The change.
    sources : dict of str to Source
        All files of the package and of the tests, by their paths below the repository.
    files : iterable of str
        Files of tests.

    Returns
    -------
    list of str
        The golden frames, those of the module's room, and those that import it.
    """
    room, importing = mutant.module.split(".")[-2], readers(mutant, sources)
    return [file for file in files if file == GOLDEN or file in importing or Path(file).parent.name == room]


def relevant(mutant: Mutant, records: dict[str, Recorded], sources: dict[str, Source], root: Path) -> list[str]:
    """Choose the tests that could notice a change.

    Parameters
    ----------
    mutant : Mutant
        The change.
    records : dict of str to Recorded
        All tests.
    sources : dict of str to Source
        All files of the package and of the tests, by their paths below the repository.
    root : Path
        The repository.

    Returns
    -------
    list of str
        Node identifiers: the module's own file, the golden frames, the rest; of each the fast ones first.
    """
    stem, name = mutant.module.split(".")[-1], mutant.constant.partition("[")[0]
    importing = readers(mutant, sources)
    pairs = {(str(root / file), name) for file in importing}
    # Other constants and defaults may contain the value: then any test could notice.
    contained = any(name in sources[file].at_import for file in importing)
    files = {*near(mutant, sources, map(file_of, records))}

    def rank(test: str) -> tuple[int, float]:
        file = file_of(test)
        distance = 0 if Path(file).name == f"test_{stem}.py" else 1 if file == GOLDEN else 2
        return distance, records[test].seconds

    chosen = [test for test, recorded in records.items() if contained or pairs & recorded.reads]
    return sorted((test for test in chosen if file_of(test) in files), key=rank)


def cases_of(tests: Iterable[str]) -> list[str]:
    """Golden cases of node identifiers, each once, in their order."""
    return [*dict.fromkeys(case for test in tests for case in re.findall(r"\[(\w+)\]$", test))]


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
    parser.add_argument(
        "--only", default="", help="changes whose module and constant contain this, a regular expression"
    )
    parser.add_argument("--golden", action="store_true", help="only make golden frames; the rest counts as survivors")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "mutate.md")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in mutants(PACKAGE, ROOT) if re.search(arguments.only, mutant.title)]
    chosen = [mutant for mutant in chosen if not {mutant.title, mutant.direction} & SPEED_ONLY.keys()]
    if not chosen:
        parser.error(f"no constant contains {arguments.only!r}")
    os.chdir(ROOT)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    import_once()
    paths = [*PACKAGE.parent.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    sources = {str(path.relative_to(ROOT)): source_of(path, ROOT) for path in paths}
    tests = sorted({str(path.relative_to(ROOT)) for glob in TESTS for path in ROOT.glob(glob)} - {GOLDEN})
    results: dict[Mutant, str] = {}

    def note(mutant: Mutant, by: str) -> None:
        results[mutant] = by
        print(f"{len(results)}/{len(chosen)}  {mutant}  {by}", flush=True)
        arguments.output.write_text(report(results), encoding="utf-8")

    frames = record_all([GOLDEN], 1)
    ((_, performances),) = in_processes(lambda _: golden_performances(), [("",)], 1)
    cases = {mutant: cases_of(relevant(mutant, frames, sources, ROOT)) for mutant in chosen}
    left = [mutant for mutant in chosen if not cases[mutant]]
    if arguments.golden:
        for mutant in left:
            note(mutant, f"{SURVIVED}: no golden frame reads it")
    calls = [(mutant, cases[mutant], performances) for mutant in chosen if cases[mutant]]
    for mutant, by in in_processes(judge_by_golden, calls, arguments.jobs):
        if by == SURVIVED and not arguments.golden:
            left.append(mutant)
        else:
            note(mutant, by)
    if arguments.golden:
        left.clear()
    records = record_all(sorted({file for mutant in left for file in near(mutant, sources, tests)}), arguments.jobs)
    for mutant, by in in_processes(
        judge, [(mutant, relevant(mutant, records, sources, ROOT)) for mutant in left], arguments.jobs
    ):
        note(mutant, by)
    print(f"table: {arguments.output}")


if __name__ == "__main__":
    main()
