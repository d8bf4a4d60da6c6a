"""Step 1: MediaPipe loaded, without what it loads for nothing.

Its version for macOS imports matplotlib, for charts that nobody here draws. Where that is missing, an empty module
stands in for it meanwhile.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

UNUSED = ("matplotlib", "matplotlib.pyplot")
"""A package and its module that MediaPipe imports and does not need."""


class MediaPipe(NamedTuple):
    """What is used of it."""

    Image: Any
    ImageFormat: Any
    BaseOptions: Any
    vision: Any


def import_mediapipe() -> MediaPipe:
    """Load MediaPipe."""
    os.environ.setdefault("GLOG_minloglevel", "3")  # the library prints to standard error otherwise
    with _stand_ins():
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
    return MediaPipe(mediapipe.Image, mediapipe.ImageFormat, BaseOptions, vision)


@contextmanager
def _stand_ins() -> Iterator[None]:
    if importlib.util.find_spec(UNUSED[0]) is not None:
        yield
        return
    sys.modules.update({name: ModuleType(name) for name in UNUSED})
    try:
        yield
    finally:
        for name in UNUSED:
            del sys.modules[name]
