"""The same work in several processes.

Threads share Python's lock, and a frame is so many small steps on points that two of them hardly get on faster than
one. Processes have a lock each. They are this very Python, started with this package; they listen on a pipe from here
and on nothing else, and end when it closes, however this process ends.

What all items share goes over once, in a file that every process maps: a long clip lies in memory once.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Generic, TypeVar

import numpy as np

from . import process_main

PROGRAM = Path(process_main.__file__)
PACKAGE = __name__.rsplit(".", 2)[0]

LOST = OSError, EOFError, pickle.UnpicklingError
"""What is raised where a process has ended."""

PATIENCE = 5.0
"""Seconds in which a process ends by itself once its pipe is closed."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def can_be_started() -> bool:
    """Whether the running Python is a program of its own: where another has it built in, that would start instead."""
    return Path(sys.executable or "").name.lower().startswith("python")


class Processes(Generic[Item, Result]):
    """A function that is called from several threads, and computes in a process for each.

    A context manager: the processes start when it is entered and end when it is left. What one of them should do that
    cannot start, or ends before its time, is done in the calling thread.

    Parameters
    ----------
    work : callable
        It, its items, results and errors can be pickled.
    count : int
        Processes, and threads that may call at once.
    """

    def __init__(self, work: Callable[[Item], Result], count: int) -> None:
        self._work = work
        self._processes = [_Process() for _ in range(count)]
        self._free: SimpleQueue[_Process | None] = SimpleQueue()

    def __enter__(self) -> Processes[Item, Result]:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with suppress(OSError):
            file = Path(self._folder.name) / "work"
            with file.open("wb") as stream:
                _pack(self._work, stream)
            for process in self._processes:
                process.start(file)
        for process in self._processes:
            self._free.put(process if process.is_ready() else None)
        self._folder.cleanup()  # what is mapped stays; where it cannot be removed yet, it is when all have ended
        return self

    def __call__(self, item: Item) -> Result:
        """Do the work for an item.

        Raises
        ------
        Exception
            Whatever the work raises.
        """
        process = self._free.get()
        try:
            if process is not None:
                done, answer = process.ask(item)
        except LOST:
            process = None
        finally:
            self._free.put(process)
        if process is None:
            return self._work(item)
        if not done:
            raise answer
        result: Result = answer
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.end()
        self._folder.cleanup()


class _Process:
    """One process and both its pipes."""

    _popen: subprocess.Popen[bytes] | None = None

    def start(self, file: Path) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-I", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # the other cores are for the other processes
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._tell((sys.path, PACKAGE, str(PROGRAM.parents[1]), str(file)))

    def is_ready(self) -> bool:
        """Whether it has taken over the work; waits for that."""
        try:
            return self._popen is not None and self._hear() == "ready"
        except LOST:
            return False

    def ask(self, item: Any) -> tuple[bool, Any]:
        """Whether the work could be done for an item, and its result or error."""
        self._tell(item)
        answer: tuple[bool, Any] = self._hear()
        return answer

    def end(self) -> None:
        if self._popen is None:
            return
        with suppress(OSError):
            self._stdin.close()
        try:
            self._popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._stdout.close()

    def _tell(self, what: Any) -> None:
        self._stdin.write(pickle.dumps(what))
        self._stdin.flush()

    def _hear(self) -> Any:
        return pickle.load(self._stdout)

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._popen is not None and self._popen.stdin is not None
        return self._popen.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._popen is not None and self._popen.stdout is not None
        return self._popen.stdout


class _Pickler(pickle.Pickler):
    """Takes arrays that are mapped for what they are: else their values would be copied in."""

    def reducer_override(self, obj: Any) -> Any:
        return np.asarray(obj).__reduce_ex__(pickle.HIGHEST_PROTOCOL) if isinstance(obj, np.memmap) else NotImplemented


def _pack(work: Any, stream: IO[bytes]) -> None:
    """Write how the work is made anew and where its arrays lie, and then these."""
    buffers: list[pickle.PickleBuffer] = []
    data = BytesIO()
    _Pickler(data, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append).dump(work)
    arrays = [buffer.raw() for buffer in buffers]
    pickle.dump((data.getvalue(), [len(array) for array in arrays]), stream)
    for array in arrays:
        stream.seek(process_main.aligned(stream.tell()))
        stream.write(array)
