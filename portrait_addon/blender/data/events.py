"""Events of portraits: what changes the data emits them, what shows or uses the data subscribes to them.

So ``data`` and ``running`` need not import the views and the outputs that follow them.

Events are emitted on the main thread. A module subscribes in its `register` and unsubscribes in its `unregister`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, ParamSpec

P = ParamSpec("P")


class Event(Generic[P]):
    """Calls all subscribed functions, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[P, object]] = []

    def subscribe(self, function: Callable[P, object]) -> None:
        """Call a function at every emission from now on.

        Parameters
        ----------
        function : callable
            Takes the arguments of `emit`; what it returns is ignored.
        """
        self._subscribers.append(function)

    def unsubscribe(self, function: Callable[P, object]) -> None:
        """Call a function no longer.

        Parameters
        ----------
        function : callable

        Raises
        ------
        ValueError
            If it is not subscribed.
        """
        self._subscribers.remove(function)

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call all subscribers; an exception of one of them ends the emission and reaches the caller.

        Parameters
        ----------
        *args, **kwargs
            What the event is about; mostly the object.
        """
        for function in tuple(self._subscribers):
            function(*args, **kwargs)


Subscriptions = Sequence[tuple[Event[Any], Callable[..., object]]]
"""Events and the functions that they call."""


def subscribe_all(subscriptions: Subscriptions) -> None:
    """Call each function at every emission of its event from now on.

    Parameters
    ----------
    subscriptions : sequence of (Event, callable)
        What to call when; the order counts where an event is named twice.
    """
    for event, function in subscriptions:
        event.subscribe(function)


def unsubscribe_all(subscriptions: Subscriptions) -> None:
    """Call the functions no longer.

    Parameters
    ----------
    subscriptions : sequence of (Event, callable)
        As given to `subscribe_all`.

    Raises
    ------
    ValueError
        If one of them is not subscribed.
    """
    for event, function in subscriptions:
        event.unsubscribe(function)


@dataclass(frozen=True)
class BakedFrames:
    """The files that a bake has written.

    Attributes
    ----------
    first : Path
        File for the start frame, such as ``frame_0001.png``.
    first_file : int
        Its number.
    count : int
        Number of files.
    size : tuple of int
        Their width and height in pixels: what Blender says of a sequence holds for one file, which may not exist.
    has_alpha : bool
        Whether they can be transparent.
    offset : int
        Number of scene frames from the portrait's start frame to the first file's.
    """

    first: Path
    first_file: int
    count: int
    size: tuple[int, int]
    has_alpha: bool
    offset: int = 0


portrait_chosen = Event[[Any]]()
"""Of an object: another picture is to be animated."""

host_chosen = Event[[Any]]()
"""Of an object: another portrait is to show its face, or none any more."""

shading_chosen = Event[[Any]]()
"""Of an object: its plane is to be shadeless or lit."""

start_moved = Event[[Any]]()
"""Of an object: its clip begins at another frame of the scene."""

clip_cut = Event[[Any]]()
"""Of an object: a clip of it has another in or out point."""

points_changed = Event[[Any]]()
"""Of an object: points of its face were moved or placed, or another face was chosen."""

preview_changed = Event[[Any, Any]]()
"""Of an object in a scene: its preview or its points are shown, no longer shown, or shown in another size."""

frame_previewed = Event[[Any, Any]]()
"""Of an object: its preview shows the frame that has this `Result`; with None it shows none any more."""

clip_tracked = Event[[Any]]()
"""Of an object: its clip was tracked just now."""

frames_baked = Event[[Any, BakedFrames]]()
"""Of an object: its frames were baked just now."""

counts_changed = Event[[]]()
"""Other numbers of frames are missing or out of date than before, of any object."""
