"""Tables of functions that Blender calls by itself, put in place and taken away together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy

Handlers = Mapping[str, Callable[..., Any]]
"""Persistent functions by names of the lists in `bpy.app.handlers`."""


def append_handlers(handlers: Handlers) -> None:
    """Let Blender call functions from now on.

    Parameters
    ----------
    handlers : mapping from str to callable
        By names of the lists in `bpy.app.handlers`; each function is appended to its list.
    """
    for name, handler in handlers.items():
        getattr(bpy.app.handlers, name).append(handler)


def remove_handlers(handlers: Handlers) -> None:
    """Let Blender call functions no longer.

    Parameters
    ----------
    handlers : mapping from str to callable
        As given to `append_handlers`.

    Raises
    ------
    ValueError
        If one of them is not in its list.
    """
    for name, handler in handlers.items():
        getattr(bpy.app.handlers, name).remove(handler)
