"""What the command line says and hears: both outputs kept clean, progress, Ctrl-C."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from .pipeline.progress import Progress

SECONDS_BETWEEN_LINES = 5.0
"""Of progress, where standard error is not a terminal."""


@contextmanager
def libraries_silenced() -> Iterator[TextIO]:
    """Keep both outputs for ourselves: FFmpeg, OpenCV, MediaPipe and Blender write to their descriptors as they please.

    Yields a stream to the real standard error; tracebacks go there too.
    """
    _flush()
    try:
        output, descriptor = os.dup(1), os.dup(2)
    except OSError:  # there is none, such as in a windowed program
        yield sys.stderr
        return
    before = sys.stdout, sys.stderr
    with (
        os.fdopen(output, "w") as real_output,
        os.fdopen(descriptor, "w", errors="backslashreplace", buffering=1) as console,
        Path(os.devnull).open("w") as nothing,
    ):
        for silenced in (1, 2):
            os.dup2(nothing.fileno(), silenced)
        sys.stdout, sys.stderr = nothing, console
        try:
            yield console
        finally:
            _flush()
            sys.stdout, sys.stderr = before
            os.dup2(real_output.fileno(), 1)
            os.dup2(descriptor, 2)


def _flush() -> None:
    """Let what was written so far go where it was meant to go, that of C libraries too."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as it is in a windowed program
            stream.flush()
    ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).fflush(None)


@contextmanager
def progress_shown(console: TextIO) -> Iterator[tuple[Callable[[Progress], None], Callable[[], bool]]]:
    """What shows progress, and what says whether the user wants to stop."""
    display = _Display(console)
    with _interrupt_noticed() as interrupted:
        try:
            yield display.show, interrupted.is_set
        finally:
            display.end()


class _Display:
    """Shows progress: one line that changes on a terminal, few lines elsewhere."""

    def __init__(self, console: TextIO) -> None:
        self._console = console
        self._terminal = console.isatty()
        self._text = ""
        self._shown_at = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        line = f"{progress.text} {progress.done}" + (f" of {progress.total}" if progress.total else "")
        if self._terminal:
            print(f"\r\x1b[K{line}", end="", file=self._console, flush=True)
        elif progress.text != self._text or now - self._shown_at > SECONDS_BETWEEN_LINES:
            print(line, file=self._console, flush=True)
            self._shown_at = now
        self._text = progress.text

    def end(self) -> None:
        if self._terminal and self._text:
            print(file=self._console)


@contextmanager
def _interrupt_noticed() -> Iterator[threading.Event]:
    """Turn Ctrl-C into a flag, so that no step is left half done; a second Ctrl-C ends at once."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def notice(*_: Any) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield interrupted
    finally:
        # Blender's own handler is not Python's: it is given as None and cannot be set again; the process ends soon.
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
