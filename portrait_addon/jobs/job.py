"""The base class of all long work: one generator of steps, which a loop or a timer drives."""

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
    """The user cancelled the job. Finished parts of its work stay."""


class Job(ABC, Generic[T]):
    """Long work that reports its progress and can be cancelled between any two steps.

    Attributes
    ----------
    title : str
        Name of the work, for the user.
    notes : list of str
        Facts that the user should know although the job goes on, for example that a clip was cut short. The list grows
        while the job runs.
    """

    title: str

    def __init__(self) -> None:
        self.notes: list[str] = []

    @abstractmethod
    def steps(self) -> Generator[Progress, None, T]:
        """Do the work, and yield after every step.

        Closing the generator cancels the job: its threads end, and its temporary files and locks are removed.

        Yields
        ------
        Progress
            How far the work is.

        Returns
        -------
        T
            The result of the job.

        Raises
        ------
        InputError
            If the user's input cannot be used.
        """

    def part(self, job: Job[SubResult]) -> Generator[Progress, None, SubResult]:
        """Do another job as a part of this one, and take over its notes.

        Parameters
        ----------
        job : Job
            The part.

        Yields
        ------
        Progress
            That of the part.

        Returns
        -------
        SubResult
            The result of the part.

        Raises
        ------
        InputError
            If the user's input cannot be used.
        """
        try:
            return (yield from job.steps())
        finally:
            self.note(*job.notes)

    def note(self, *notes: str) -> None:
        """Add notes for the user. A note that was added before is not repeated.

        Parameters
        ----------
        *notes : str
            One sentence each.
        """
        self.notes += [note for note in notes if note not in self.notes]


SubResult = TypeVar("SubResult")


def run(
    job: Job[T],
    on_progress: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> T:
    """Do a job from its first step to its last.

    Parameters
    ----------
    job : Job
        The work.
    on_progress : callable, optional
        Is called with the `Progress` after every step.
    cancelled : callable, optional
        Is called after every step; if it returns True, the job is cancelled.

    Returns
    -------
    T
        The result of the job.

    Raises
    ------
    Cancelled
        If `cancelled` returned True.
    InputError
        If the user's input cannot be used.
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
    """Put the name of the picture or clip before the reason why the method cannot use it.

    Parameters
    ----------
    name : str
        As the user knows it.

    Yields
    ------
    None
        While errors are caught.

    Raises
    ------
    InputError
        In place of `NoFaceError` and `NeutralFrameError`.
    """
    try:
        yield
    except (NoFaceError, NeutralFrameError) as error:
        raise InputError(f"{name}: {error}") from error
