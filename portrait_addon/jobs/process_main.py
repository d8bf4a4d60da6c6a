"""The program of a process of `processes`. It is started by its path, and is told first where the package is."""

from __future__ import annotations

import importlib.util
import mmap
import os
import pickle
import signal
import sys
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

ALIGNMENT = 64
"""Arrays begin at multiples of so many bytes."""


def main() -> None:
    """Receive the work, then do it for one item after another until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process also ends it
    requests, answers = _own_ends()
    search_path, package, folder, file = pickle.load(requests)
    sys.path[:] = search_path
    _make_importable(package, folder)
    import cv2  # not to be found before

    cv2.setNumThreads(1)
    work = _unpacked(Path(file))
    _send(answers, "ready")
    while True:
        try:
            item = pickle.load(requests)
        except EOFError:
            return
        try:
            _send(answers, (True, work(item)))
        except Exception as error:
            _send(answers, (False, error))


def _own_ends() -> tuple[BinaryIO, BinaryIO]:
    """Take both pipes for the protocol alone, so that libraries neither read nor print there."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return requests, answers


def _send(answers: BinaryIO, answer: Any) -> None:
    answers.write(pickle.dumps(answer))
    answers.flush()


def _make_importable(package: str, folder: str) -> None:
    """Import the package under the name that it has elsewhere: in Blender, ``bl_ext.<repository>.<id>``."""
    *parents, _ = accumulate(package.split("."), "{}.{}".format)
    for name in parents:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__path__ = []
    spec = importlib.util.spec_from_file_location(
        package, Path(folder) / "__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[package] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[package])


def _unpacked(path: Path) -> Any:
    """Read the work. Its arrays are mapped; writing into one changes this process's own copy."""
    with path.open("rb") as file:
        data, lengths = pickle.load(file)
        end, whole = file.tell(), memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    arrays = []
    for length in lengths:
        start = aligned(end)
        end = start + length
        arrays.append(whole[start:end])
    return pickle.loads(data, buffers=arrays)


def aligned(position: int) -> int:
    """Round a position up to a multiple of `ALIGNMENT`, where an array can begin.

    Parameters
    ----------
    position : int
        Offset in a file, in bytes.

    Returns
    -------
    int
        Offset in bytes.
    """
    return -(-position // ALIGNMENT) * ALIGNMENT


if __name__ == "__main__":
    main()
