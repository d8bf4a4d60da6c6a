"""The same work in several processes.

Threads share Python's lock, and a frame takes so many small steps on points that two threads are hardly faster than
one. Each process has a lock of its own. The processes run this same Python with this package. They listen on a pipe
from here and on nothing else, and end when it closes, however this process ends.

The data that all items share is sent once, in a file that every process maps: a long clip lies in memory once.
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

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""One thread for products of matrices: the other cores are for the other processes. And glibc, where that is the C
library, keeps the memory of one frame's arrays for the next: to get it from the system again, page by page, takes a
twentieth of a frame of 1080p."""

LOST = OSError, EOFError, pickle.UnpicklingError
"""Errors of a pipe whose process has ended."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def can_be_started() -> bool:
    """Tell whether the running Python is a program of its own. Where another program has it built in, that would start.

    Returns
    -------
    bool
        Whether processes can be used.
    """
    return Path(sys.executable or "").name.lower().startswith("python")


class Processes(Generic[Item, Result]):
    """A function that several threads call, and that computes in one process for each of them.

    Use it as a context manager: the processes start when it is entered and end when it is left, when no thread calls
    any more. If a process cannot start or ends too early, its work is done in the calling thread.

    Parameters
    ----------
    work : callable
        Takes an item, returns a result. The function, its items, results and errors can be pickled.
    count : int
        Number of processes, and of threads that may call at the same time.
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

        Parameters
        ----------
        item : Item
            It can be pickled.

        Returns
        -------
        Result
            What the work returns.

        Raises
        ------
        Exception
            What the work raises.
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
            process.kill()
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
            env=os.environ | ENVIRONMENT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._tell((sys.path, PACKAGE, str(PROGRAM.parents[1]), str(file)))

    def is_ready(self) -> bool:
        """Wait until the process has received the work, and tell whether it has."""
        try:
            return self._popen is not None and self._hear() == "ready"
        except LOST:
            return False

    def ask(self, item: Any) -> tuple[bool, Any]:
        """Tell whether the work could be done for an item, and give its result or its error."""
        self._tell(item)
        answer: tuple[bool, Any] = self._hear()
        return answer

    def kill(self) -> None:
        """End the process, which waits for work: Python takes much longer to end by itself."""
        if self._popen is not None:
            self._popen.kill()

    def end(self) -> None:
        """Wait for the end of the process, and close its pipes."""
        if self._popen is None:
            return
        self._popen.wait()
        with suppress(OSError):
            self._stdin.close()
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
    """Pickles mapped arrays as plain ones, so that their values are not copied into the pickle."""

    def reducer_override(self, obj: Any) -> Any:
        return np.asarray(obj).__reduce_ex__(pickle.HIGHEST_PROTOCOL) if isinstance(obj, np.memmap) else NotImplemented


def _pack(work: Any, stream: IO[bytes]) -> None:
    """Write how to rebuild the work, then its arrays."""
    buffers: list[pickle.PickleBuffer] = []
    data = BytesIO()
    _Pickler(data, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append).dump(work)
    arrays = [buffer.raw() for buffer in buffers]
    pickle.dump((data.getvalue(), [len(array) for array in arrays]), stream)
    for array in arrays:
        stream.seek(process_main.aligned(stream.tell()))
        stream.write(array)
