"""Clips and portraits of the benchmark, and the steps of the method as rows of a table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import PICTURE_SUFFIXES, read_picture
from portrait_addon.models import load_model
from portrait_addon.pipeline.clip.recording import track_clip
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from portrait_addon.pipeline.tracking.matte import PersonSegmenter

CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".mpg"})

RAW, WITHOUT_OUTLIERS, WHOLE = "raw", "without outliers", "whole"
"""The performance without the last two parts of step 4, without the last, and as the product has it."""


@dataclass(frozen=True)
class Step:
    """A row of the table: the method up to some step."""

    name: str
    performance: str
    settings: Settings


_DELAUNAY = Settings(smoothing=0, mouth_transfer=0, wrinkles=0)
_SMOOTHING = replace(_DELAUNAY, smoothing=1)
_MOUTH = replace(_SMOOTHING, mouth_transfer=1)

STEPS = (
    Step("similarity only", RAW, replace(_DELAUNAY, expression=0, depth=0)),
    Step("Delaunay", RAW, _DELAUNAY),
    Step("+ smoothing", RAW, _SMOOTHING),
    Step("+ mouth", RAW, _MOUTH),
    Step("+ shading", RAW, Settings()),
    Step("+ outliers", WITHOUT_OUTLIERS, Settings()),
    Step("+ temporal filter", WHOLE, Settings()),
)
"""Each adds one thing to the row before; the last is the product."""

PRODUCT = STEPS[-1]

MADE_UP = (
    Step("modelled mouth", WHOLE, Settings(mouth_modelled=1)),
    Step("learned creases", WHOLE, Settings(crease_bank=1)),
)
"""The product without the driver's mouth, or without his creases."""


class RememberingTracker(FaceTracker):
    """Tracks the same picture only once: a clip is recorded several times, and its frames are the truth too."""

    def __init__(self, model: bytes) -> None:
        super().__init__(model)
        self._seen: dict[bytes, list[Face]] = {}

    def detect(self, picture: NDArray[np.uint8]) -> list[Face]:
        """As the product's tracker."""
        key = hashlib.blake2b(picture.tobytes(), digest_size=16).digest()
        if key not in self._seen:
            self._seen[key] = super().detect(picture)
        return self._seen[key]

    def points(self, picture: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """Points of the largest face, or None."""
        faces = self.detect(picture)
        return faces[0].points if faces else None


@dataclass(frozen=True, eq=False)
class Clip:
    """The first frames of a clip, to be read as often as needed."""

    path: Path
    limit: int | None = None

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        for number, timed in enumerate(open_clip(self.path)):
            if self.limit is not None and number >= self.limit:
                return
            yield timed

    def frames(self, limit: int | None = None) -> list[NDArray[np.uint8]]:
        """The pictures of the first `limit` frames."""
        found: list[NDArray[np.uint8]] = []
        for _, frame in self:
            if limit is not None and len(found) >= limit:
                break
            found.append(frame)
        return found


class Studio(ExitStack):
    """The networks, and what is made with them."""

    tracker: RememberingTracker

    def __enter__(self) -> Studio:
        super().__enter__()
        self.tracker = RememberingTracker(load_model("face_landmarker.task"))
        self.callback(self.tracker.close)
        self._segmenter = self.enter_context(PersonSegmenter(load_model("selfie_segmentation.tflite")))
        return self

    def record(self, clip: Clip, kind: str = WHOLE, neutral: int | None = None) -> Performance:
        """Track a clip."""
        parts = {"drop_outliers": kind != RAW, "filter_in_time": kind == WHOLE}
        recording = track_clip(clip, self.tracker, self._segmenter, neutral=neutral, **parts)
        while True:
            try:
                next(recording)
            except StopIteration as finished:
                performance: Performance = finished.value
                return performance

    def portrait(self, picture: NDArray[Any]) -> Portrait:
        """Find the face of a portrait."""
        return analyse_portrait(picture, self.tracker)


def read_portrait(path: Path) -> NDArray[np.uint8]:
    """A portrait in 8 bits, opaque."""
    pixels = read_picture(path).pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels // 257).astype(np.uint8)
    return np.ascontiguousarray(pixels[..., :3])


def as_grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture without colour, in three equal channels."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


@dataclass(frozen=True)
class Subjects:
    """What a run compares."""

    portraits: tuple[Path, ...]
    driving: tuple[Path, ...]
    selves: tuple[Path, ...]

    @classmethod
    def of(cls, places: list[Path]) -> Subjects:
        """Look for subjects.

        Parameters
        ----------
        places : list of Path
            Files, or folders. Of a folder, ``portraits/`` holds pictures, ``driving/`` clips that animate them, and
            ``self/`` clips that animate their own first frame; without these, its clips serve for both.
        """
        portraits: list[Path] = []
        driving: list[Path] = []
        selves: list[Path] = []
        for place in places:
            sorted_out = place.is_dir() and any((place / room).is_dir() for room in ("portraits", "driving", "self"))
            portraits += _files(place / "portraits" if sorted_out else place, PICTURE_SUFFIXES)
            driving += _files(place / "driving" if sorted_out else place, CLIP_SUFFIXES)
            selves += _files(place / "self" if sorted_out else place, CLIP_SUFFIXES)
        return cls(tuple(portraits), tuple(driving), tuple(selves))


def _files(place: Path, suffixes: frozenset[str]) -> list[Path]:
    found = sorted(place.iterdir()) if place.is_dir() else [place]
    return [path for path in found if path.is_file() and path.suffix.lower() in suffixes]
