"""What all long work has in common: one generator of steps, driven by a loop or by a timer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from ..errors import InputError
from ..pipeline.records.face import NoFaceError
from ..pipeline.records.performance import NeutralFrameError
from ..pipeline.records.progress import Progress

T = TypeVar("T")


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """The job was cancelled; what it had finished stays."""


class Job(ABC, Generic[T]):
    """Long work that reports its progress and can be given up between any two steps.

    Attributes
    ----------
    title : str
        What the job does, for the user.
    notes : list of str
        What the user should know although the job goes on, such as that a clip was cut short. Grows while it runs.
    """

    title: str

    def __init__(self) -> None:
        self.notes: list[str] = []

    @abstractmethod
    def steps(self) -> Generator[Progress, None, T]:
        """Do the work; yields after every step and returns the result.

        Closing the generator cancels the job: threads end, temporary files and locks go.

        Raises
        ------
        InputError
            If what the user gave cannot be used.
        """

    def part(self, job: Job[SubResult]) -> Generator[Progress, None, SubResult]:
        """Do another job as a part of this one."""
        try:
            return (yield from job.steps())
        finally:
            self.note(*job.notes)

    def note(self, *notes: str) -> None:
        """Tell the user something; once is enough."""
        self.notes += [note for note in notes if note not in self.notes]


SubResult = TypeVar("SubResult")


def run(
    job: Job[T],
    on_progress: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> T:
    """Do a job to its end.

    Parameters
    ----------
    job : Job
    on_progress : callable, optional
        Is told of every step.
    cancelled : callable, optional
        Asked after every step whether to give up.

    Raises
    ------
    Cancelled
        If `cancelled` said so.
    InputError
        If what the user gave cannot be used.
    """
    steps = job.steps()
    try:
        while not cancelled():
            on_progress(next(steps))
        raise Cancelled
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


@contextmanager
def prefix_errors(name: str) -> Iterator[None]:
    """Put the name of the picture or clip before the reason why the method cannot use it."""
    try:
        yield
    except (NoFaceError, NeutralFrameError) as error:
        raise InputError(f"{name}: {error}") from error
