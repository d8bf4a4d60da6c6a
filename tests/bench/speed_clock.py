"""Time taken, in a way that bears a busy machine: processor seconds beside the wall's, in turn, medians."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """Milliseconds: on the wall, and of all processors together."""

    wall: float
    cpu: float

    def per(self, count: float) -> Taken:
        """The share of one of so many."""
        return Taken(self.wall / count, self.cpu / count)

    def figures(self) -> dict[str, float]:
        """For a report."""
        return {"wall ms": round(self.wall, 3), "CPU ms": round(self.cpu, 3)}


def taken(work: Callable[[], T]) -> tuple[T, Taken]:
    """What `work` gives, and what it took, processes that it started and ended included."""
    wall, cpu = time.perf_counter(), _processor_seconds()
    result = work()
    return result, Taken((time.perf_counter() - wall) * 1000, (_processor_seconds() - cpu) * 1000)


def _processor_seconds() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def in_turn(works: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, Taken]:
    """Medians of several rounds in which each work has its turn: what slows the machine slows them all."""
    samples: dict[str, list[Taken]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            samples[name].append(taken(work)[1])
    return {
        name: Taken(*(float(np.median([getattr(one, kind) for one in of_name])) for kind in ("wall", "cpu")))
        for name, of_name in samples.items()
    }
