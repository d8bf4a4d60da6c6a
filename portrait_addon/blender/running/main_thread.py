"""Calls on Blender's main thread, for handlers that a render calls on its own.

F12 in a window renders in threads of its own and calls `render_init`, `render_pre`, `render_complete`, `render_cancel`
and `frame_change_post` there, while the window goes on working on the main thread. Blender's data must not be touched,
nor a timer be registered, anywhere but on the main thread. So one timer that always runs takes the calls from a queue.
In background, and where a script renders, all of these are called on the main thread.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from queue import Empty, SimpleQueue

import bpy

INTERVAL = 0.05
"""Seconds between two looks at the queue."""

_calls: SimpleQueue[Callable[[], object]] = SimpleQueue()


def call_soon(function: Callable[[], object]) -> None:
    """Call a function in the window's next idle moment; at once in background, where there is none.

    Parameters
    ----------
    function : callable
        Takes nothing; what it returns is ignored. An exception is printed.
    """
    if bpy.app.background:
        function()
    else:
        _calls.put(function)


def call_and_wait(function: Callable[[], object], seconds: float) -> bool:
    """Call a function on the main thread and wait until it is done.

    Parameters
    ----------
    function : callable
        Takes nothing; what it returns is ignored.
    seconds : float
        How long to wait at most. A main thread that waits for the caller's thread, as when Blender quits during a
        render, would otherwise wait for ever.

    Returns
    -------
    bool
        Whether it was called in time; if not, it still is called later.
    """
    if threading.current_thread() is threading.main_thread():
        function()
        return True
    done = threading.Event()

    def call() -> None:
        try:
            function()
        finally:
            done.set()

    _calls.put(call)
    return done.wait(seconds)


def make_calls() -> float:
    """Make the calls that wait.

    Returns
    -------
    float
        Seconds until the timer calls this again.
    """
    while True:
        try:
            function = _calls.get_nowait()
        except Empty:
            return INTERVAL
        try:
            function()
        except Exception:  # must not end the timer, nor keep the other calls from being made
            traceback.print_exc()


def register() -> None:
    """Look at the queue from now on, where there is a window; whatever file is opened."""
    if not bpy.app.background:
        bpy.app.timers.register(make_calls, persistent=True)


def unregister() -> None:
    """Make what calls are left, and look no more."""
    make_calls()
    if bpy.app.timers.is_registered(make_calls):
        bpy.app.timers.unregister(make_calls)
