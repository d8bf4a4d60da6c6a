"""Two checkouts in turn: each row is run here, then there, and in the next round the other way round.

Each checkout has a process with its own code, also that of `tests.bench`, so that its modules may be named otherwise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.speed_clock import Taken

ROOT = Path(__file__).parents[2]
PARTS = ("job", "preview")
WORKER = "tests.bench.speed_worker"


class Worker:
    """A checkout's process; see `tests.bench.speed_worker`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.rows: list[str] = self._answer()

    def take(self, row: str) -> Taken:
        """Run a row once."""
        assert self.process.stdin
        print(json.dumps(row), file=self.process.stdin, flush=True)
        return Taken(**self._answer())

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The worker ended: {' '.join(map(str, self.process.args))}")  # type: ignore[arg-type]
        return json.loads(line)


@contextmanager
def worker(checkout: Path, part: str, material: Path) -> Iterator[Worker]:
    """Start a checkout's process, and end it in the end."""
    with tempfile.TemporaryDirectory() as scratch:
        process = subprocess.Popen(
            [sys.executable, "-m", WORKER, part, str(material.resolve())],
            cwd=_with_worker(checkout, Path(scratch)),
            env=os.environ | {"BLENDER_USER_RESOURCES": scratch},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process:
            try:
                yield Worker(process)
            finally:
                process.kill()


def _with_worker(checkout: Path, scratch: Path) -> Path:
    """The checkout; if it is older than the worker, a folder with its package and the tests of this one."""
    if (checkout / f"{WORKER.replace('.', '/')}.py").is_file():
        return checkout
    (scratch / "portrait_addon").symlink_to(checkout / "portrait_addon")
    (scratch / "blender_manifest.toml").symlink_to(checkout / "blender_manifest.toml")
    (scratch / "tests").symlink_to(ROOT / "tests")
    return scratch


def measure(part: str, there: Path, material: Path, rounds: int) -> dict[str, Any]:
    """Medians of all rows that both checkouts have, and of the ratio here / there of each round."""
    with worker(ROOT, part, material) as here, worker(there, part, material) as other:
        figures = {}
        for row in here.rows:
            if row in other.rows:
                figures[row] = compare(here, other, row, rounds)
                print(f"{row}: {figures[row]}", file=sys.stderr, flush=True)
        return figures


def compare(here: Worker, there: Worker, row: str, rounds: int) -> dict[str, float]:
    """One row: a round to warm up, then those that count, in each of which the other side begins."""
    sides = {"here": here, "there": there}
    samples: dict[str, list[Taken]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name in [*sides] if number % 2 else [*reversed(sides)]:
            samples[name].append(sides[name].take(row))
    figures: dict[str, float] = {}
    for kind, title in (("wall", "wall ms"), ("cpu", "CPU ms")):
        values = {name: np.array([getattr(one, kind) for one in taken[1:]]) for name, taken in samples.items()}
        figures |= {f"{title} {name}": round(float(np.median(of_side)), 3) for name, of_side in values.items()}
        figures[f"{title.split()[0]} ratio"] = round(float(np.median(values["here"] / values["there"])), 3)
    return figures
