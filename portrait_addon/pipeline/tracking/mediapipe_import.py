"""Step 1: import MediaPipe without the modules that it does not need.

MediaPipe for macOS imports matplotlib for charts that are not drawn here. If matplotlib is missing, an empty module
takes its place during the import.
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
"""A package and its submodule that MediaPipe imports but does not need."""


class MediaPipe(NamedTuple):
    """Parts of MediaPipe that are used.

    Attributes
    ----------
    Image, ImageFormat : type
        A picture for the networks, and its layouts.
    BaseOptions : type
        Options of every network.
    vision : module
        The networks for pictures.
    FaceLandmarkerResultC : type
        C structure of what is found of faces.
    """

    Image: Any
    ImageFormat: Any
    BaseOptions: Any
    vision: Any
    FaceLandmarkerResultC: Any


def import_mediapipe() -> MediaPipe:
    """Import MediaPipe.

    Returns
    -------
    MediaPipe

    Raises
    ------
    ImportError, OSError, AttributeError
        If MediaPipe is missing, damaged or incompatible.
    """
    os.environ.setdefault("GLOG_minloglevel", "3")  # the library prints to standard error otherwise
    with _stand_ins():
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
        from mediapipe.tasks.python.vision.face_landmarker import FaceLandmarkerResultC
    return MediaPipe(mediapipe.Image, mediapipe.ImageFormat, BaseOptions, vision, FaceLandmarkerResultC)


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Replace the unneeded modules with empty ones inside the context, if they are not installed."""
    if importlib.util.find_spec(UNUSED[0]) is not None:
        yield
        return
    sys.modules.update({name: ModuleType(name) for name in UNUSED})
    try:
        yield
    finally:
        for name in UNUSED:
            del sys.modules[name]
