"""The one job that runs in Blender, driven by a blocking loop or by a window's timer.

A job outlives undo, and must not outlive the file it was started in: it knows its object by `session_uid`, which undo
keeps, never by a reference, which undo frees.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any

import bpy

from ..pipeline.progress import Progress

if TYPE_CHECKING:
    from ..jobs.job import Job

STEP_SECONDS = 0.05
"""Of one timer event that the job may take; the artist gets the rest."""


class RunningJob:
    """A job, the object it works for, and what to do with its result.

    Parameters
    ----------
    title : str
        What goes on, for the user.
    job : Job
    ob : bpy.types.Object
    finish : callable
        Takes the object, as it then is, and the job's result; returns a sentence for the user.
    """

    def __init__(self, title: str, job: Job[Any], ob: Any, finish: Callable[[Any, Any], str]) -> None:
        self.title = title
        self.progress = Progress(0, 0, title)
        self.message = ""
        self._job = job
        self._uid: int = ob.session_uid
        self._finish = finish
        self._steps: Generator[Progress, None, Any] = job.steps()

    @property
    def object(self) -> Any | None:
        """The object the job works for, or None if it was deleted."""
        return find(bpy.data.objects, self._uid)

    @property
    def notes(self) -> list[str]:
        """What the user should know although the job goes on."""
        return self._job.notes

    def step(self, seconds: float = STEP_SECONDS) -> bool:
        """Work for about so long; whether the job is done, `message` then says what came of it.

        Raises
        ------
        InputError
            The job cannot go on; the user can mend it.
        """
        if self.object is None:
            self.close()
            self.message = f"{self.title} ended: its portrait was deleted"
            return True
        end = monotonic() + seconds
        try:
            while monotonic() < end:
                self.progress = next(self._steps)
        except StopIteration as stop:
            self.message = self._finish(self.object, stop.value)
            return True
        return False

    def close(self) -> None:
        """Stop; the job cleans up behind itself."""
        self._steps.close()


def find(data_blocks: Iterable[Any], session_uid: int) -> Any | None:
    """Find the data-block of a `session_uid`; None if it was deleted."""
    return next((block for block in data_blocks if block.session_uid == session_uid), None)


_current: RunningJob | None = None


def current() -> RunningJob | None:
    """The job that runs, if one does."""
    return _current


def begin(running: RunningJob) -> None:
    """Make it the job that runs."""
    global _current
    if _current is not None:
        raise RuntimeError("two jobs at once")
    _current = running


def end() -> None:
    """Stop the job that runs, finished or not."""
    global _current
    if _current is not None:
        running, _current = _current, None
        running.close()
