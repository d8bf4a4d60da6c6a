"""Step 1: choose the library that runs the networks, MediaPipe or OpenCV.

All extensions of a Blender share one set of Python packages, so another extension may bring another version of
MediaPipe. From 0.10.35 on MediaPipe sends usage figures to its makers without the user's consent: such a version is
never imported. In that case, and if MediaPipe does not load, OpenCV runs the same networks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from importlib import metadata
from queue import SimpleQueue
from typing import TypeVar

from ..imaging.arrays import UInt8Array
from ..records.face import Face
from .closable import Closable
from .landmarker import FaceTracker
from .landmarker_dnn import DnnFaceTracker
from .matte import PersonSegmenter
from .matte_dnn import DnnPersonSegmenter

Networks = TypeVar("Networks", FaceTracker, PersonSegmenter)

FIRST_THAT_SENDS = (0, 10, 35)
"""First version of MediaPipe that sends usage figures."""

_failures: list[str] = []
"""Reasons why MediaPipe did not load although its version may be used. After the first it is not tried again."""


def open_tracker(model: bytes) -> FaceTracker | DnnFaceTracker:
    """Open the face tracker with the library that can be used.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.

    Returns
    -------
    FaceTracker or DnnFaceTracker
        The former if MediaPipe can be used.
    """
    return _by_mediapipe(FaceTracker, model) or DnnFaceTracker(model)


class FaceTrackers(Closable):
    """Pool of face trackers for several threads: a free tracker takes each picture. Use it as a context manager.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.
    count : int
        Number of trackers, at least 1.
    """

    def __init__(self, model: bytes, count: int) -> None:
        first = open_tracker(model)
        self._all = [first, *(type(first)(model) for _ in range(count - 1))]  # the same library for all frames
        self._free: SimpleQueue[FaceTracker | DnnFaceTracker] = SimpleQueue()
        for tracker in self._all:
            self._free.put(tracker)

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Detect the faces of a picture; waits until a tracker is free.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            BGR.

        Returns
        -------
        list of Face
            The largest first; empty if no face is found.
        """
        tracker = self._free.get()
        try:
            return tracker.detect(picture)
        finally:
            self._free.put(tracker)

    def close(self) -> None:
        """Release the networks of all trackers, also if one cannot be closed."""
        with ExitStack() as stack:
            for tracker in self._all:
                stack.callback(tracker.close)


def open_segmenter(model: bytes) -> PersonSegmenter | DnnPersonSegmenter:
    """Open the person segmenter with the library that can be used.

    Parameters
    ----------
    model : bytes
        The selfie segmentation network, a TFLite file.

    Returns
    -------
    PersonSegmenter or DnnPersonSegmenter
        The former if MediaPipe can be used.
    """
    return _by_mediapipe(PersonSegmenter, model) or DnnPersonSegmenter(model)


def _by_mediapipe(library: Callable[[bytes], Networks], model: bytes) -> Networks | None:
    """Networks that MediaPipe runs; None if it must not or cannot."""
    if why_not_mediapipe() is not None:
        return None
    try:
        return library(model)
    except _DOES_NOT_LOAD as error:
        _failures.append(_in_one_line(error))
        return None


_DOES_NOT_LOAD = (ImportError, OSError, RuntimeError, AttributeError, TypeError, ValueError)
"""What the import or use of a library raises if it is missing, damaged or incompatible."""


def why_not_mediapipe() -> str | None:
    """Explain to the user why OpenCV runs the networks.

    Returns
    -------
    str or None
        A sentence; None if MediaPipe runs the networks.
    """
    version = _mediapipe_version()
    reason = _failures[0] if _failures else None
    if version is None:
        reason = "it is not installed"
    elif _numbers(version) >= FIRST_THAT_SENDS:
        reason = f"version {version} sends usage figures to its makers"
    return f"MediaPipe is not used ({reason}); OpenCV finds the face instead." if reason else None


@cache
def _mediapipe_version() -> str | None:
    """Version of the installed MediaPipe, read without importing it; None if it is not installed."""
    try:
        return metadata.version("mediapipe")
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """First three numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _in_one_line(error: BaseException) -> str:
    """Reason for the user, from the first line of an error's message."""
    lines = str(error).split("\n")
    return f"it does not load: {lines[0][:100]}"
