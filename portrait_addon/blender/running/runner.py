"""The one job that runs in Blender, driven by a blocking loop or by a window's timer, and those that wait for it.

A job outlives undo, and must not outlive the file it was started in: it knows its object by `session_uid`, which undo
keeps, never by a reference, which undo frees.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import bpy

from ...pipeline.records.progress import Progress

if TYPE_CHECKING:
    from ...jobs.job import Job

STEP_SECONDS = 0.05
"""Of one timer event that the job may take; the artist gets the rest."""


SECONDS_TO_TELL = 1.0
"""Of work before the time that is left is told."""


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
        self.result: Any = None
        self._part_began, self._first_done = monotonic(), 0
        self._job = job
        self._uid: int = ob.session_uid
        self._finish = finish
        self._steps: Generator[Progress, None, Any] = job.steps()

    @property
    def object(self) -> Any | None:
        """The object the job works for, or None if it was deleted."""
        return find_in_scenes(self._uid)

    @property
    def notes(self) -> list[str]:
        """What the user should know although the job goes on."""
        return self._job.notes

    def step(self, seconds: float = STEP_SECONDS) -> bool:
        """Work for about so long; whether the job is done, `message` and `result` are then what came of it.

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
                self._note(next(self._steps))
        except StopIteration as stop:
            self.result = stop.value
            self.message = self._finish(self.object, stop.value)
            return True
        return False

    @property
    def seconds_left(self) -> float | None:
        """How long what it does now will still take, if it goes on as so far; None while that cannot be told."""
        done, elapsed = self.progress.done - self._first_done, monotonic() - self._part_began
        if not self.progress.total or done <= 0 or elapsed < SECONDS_TO_TELL:
            return None
        return elapsed / done * max(self.progress.total - self.progress.done, 0)

    def _note(self, progress: Progress) -> None:
        if progress.text != self.progress.text or progress.done < self.progress.done:
            self._part_began, self._first_done = monotonic(), progress.done
        self.progress = progress

    def close(self) -> None:
        """Stop; the job cleans up behind itself."""
        self._steps.close()


def find_in_scenes(session_uid: int) -> Any | None:
    """Find the object of a `session_uid` in any scene; None if it was deleted, though a strip may still name it."""
    ob = find(bpy.data.objects, session_uid)
    return ob if ob is not None and ob.users_scene else None


def find(data_blocks: Iterable[Any], session_uid: int) -> Any:
    """Find the data-block of a `session_uid`; None if it was deleted."""
    return next((block for block in data_blocks if block.session_uid == session_uid), None)


@dataclass(frozen=True)
class Waiting:
    """A job that begins when those before it are done.

    Attributes
    ----------
    title : str
        What it will do, for the user.
    ob, scene : int
        The `session_uid` of object and scene.
    start : callable
        Makes the job of object and scene.
    """

    title: str
    ob: int
    scene: int
    start: Callable[[Any, Any], RunningJob]

    @property
    def object(self) -> Any | None:
        """The object it will work for, or None if it was deleted."""
        return find_in_scenes(self.ob)


_current: RunningJob | None = None
_waiting: deque[Waiting] = deque()


def current() -> RunningJob | None:
    """The job that runs, if one does."""
    return _current


def waiting() -> list[Waiting]:
    """The jobs that wait, in their order."""
    return list(_waiting)


def is_busy_with(ob: Any) -> bool:
    """Whether a job works for an object, or waits to."""
    return (_current is not None and _current.object == ob) or any(job.ob == ob.session_uid for job in _waiting)


def begin(running: RunningJob) -> None:
    """Make it the job that runs."""
    global _current
    if _current is not None:
        raise RuntimeError("two jobs at once")
    _current = running


def wait(job: Waiting) -> None:
    """Let a job begin after those that run and wait."""
    _waiting.append(job)


def take_next() -> RunningJob | None:
    """Begin the next of the jobs that wait; None if none does. Those whose object is gone are passed over.

    Raises
    ------
    InputError
        If it cannot begin; the others still wait.
    """
    while _waiting:
        job = _waiting.popleft()
        ob, scene = job.object, find(bpy.data.scenes, job.scene)
        if ob is not None and scene is not None:
            running = job.start(ob, scene)
            begin(running)
            return running
    return None


def end() -> None:
    """Stop the job that runs, finished or not."""
    global _current
    if _current is not None:
        running, _current = _current, None
        running.close()


def end_all() -> None:
    """Stop the job that runs, and send home those that wait."""
    _waiting.clear()
    end()
