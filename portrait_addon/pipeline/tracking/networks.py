"""Step 1: who runs the networks, MediaPipe or OpenCV.

All extensions of a Blender share one set of Python packages, so another one may bring another MediaPipe than ours. From
0.10.35 on it sends usage figures to its makers, which nobody here agreed to: such a version is never imported. There,
and wherever MediaPipe does not load, OpenCV runs the same networks.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from functools import cache
from importlib import metadata
from queue import SimpleQueue
from types import TracebackType

from ..imaging.arrays import UInt8Array
from ..records.face import Face
from .landmarker import FaceTracker
from .landmarker_dnn import DnnFaceTracker
from .matte import PersonSegmenter
from .matte_dnn import DnnPersonSegmenter

FIRST_THAT_SENDS = (0, 10, 35)
"""MediaPipe's version from which on it sends usage figures."""

_failures: list[str] = []
"""Why MediaPipe could not be used although its version may be; once is enough to leave it alone."""


def open_tracker(model: bytes) -> FaceTracker | DnnFaceTracker:
    """The face tracker from its bundle, by whichever library can be used."""
    if why_not_mediapipe() is None:
        try:
            return FaceTracker(model)
        except _DOES_NOT_LOAD as error:
            _failures.append(_in_one_line(error))
    return DnnFaceTracker(model)


class FaceTrackers:
    """Several face trackers, for as many threads: each picture goes to one that is free. Use as a context manager.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.
    count : int
        At least 1.
    """

    def __init__(self, model: bytes, count: int) -> None:
        first = open_tracker(model)
        self._all = [first, *(type(first)(model) for _ in range(count - 1))]  # one library for all frames of a clip
        self._free: SimpleQueue[FaceTracker | DnnFaceTracker] = SimpleQueue()
        for tracker in self._all:
            self._free.put(tracker)

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Faces of a BGR picture of shape (h, w, 3), the largest first; an empty list if there is none."""
        tracker = self._free.get()
        try:
            return tracker.detect(picture)
        finally:
            self._free.put(tracker)

    def __enter__(self) -> FaceTrackers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            for tracker in self._all:
                stack.callback(tracker.close)


def open_segmenter(model: bytes) -> PersonSegmenter | DnnPersonSegmenter:
    """The person segmenter from its network, by whichever library can be used."""
    if why_not_mediapipe() is None:
        try:
            return PersonSegmenter(model)
        except _DOES_NOT_LOAD as error:
            _failures.append(_in_one_line(error))
    return DnnPersonSegmenter(model)


_DOES_NOT_LOAD = (ImportError, OSError, RuntimeError, AttributeError, TypeError, ValueError)
"""What a library raises that is not there, damaged, or of another kind than its version says."""


def why_not_mediapipe() -> str | None:
    """A sentence for the user that says why OpenCV runs the networks; None if MediaPipe does."""
    version = _mediapipe_version()
    reason = _failures[0] if _failures else None
    if version is None:
        reason = "it is not installed"
    elif _numbers(version) >= FIRST_THAT_SENDS:
        reason = f"version {version} sends usage figures to its makers"
    return f"MediaPipe is not used ({reason}); OpenCV finds the face instead." if reason else None


@cache
def _mediapipe_version() -> str | None:
    """Version of the MediaPipe that an import would find, told without importing it."""
    try:
        return metadata.version("mediapipe")
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _in_one_line(error: BaseException) -> str:
    lines = str(error).split("\n")
    return f"it does not load: {lines[0][:100]}"
