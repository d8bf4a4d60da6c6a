"""From a driving clip to a performance, computed once and kept."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Generator
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from ..errors import InputError
from ..media.archive import read_archive, write_archive
from ..media.clips import Clip, open_clip
from ..media.files import check_folder, shown
from ..models import load_model
from ..pipeline.in_order import WORKERS
from ..pipeline.performance import METHOD_VERSION, Performance
from ..pipeline.progress import Progress
from ..pipeline.recording import record_performance
from ..pipeline.tracking.landmarker import Face
from ..pipeline.tracking.networks import FaceTrackers, open_segmenter, open_tracker, why_not_mediapipe
from .job import Job, blaming

KIND = "performance"
SUFFIX = ".performance"

SEARCHED = 100
"""Frames in which several faces are looked for: about two seconds of work."""


class TrackJob(Job[Performance]):
    """Track a driving clip, or fetch the performance from the cache if that was done before.

    Parameters
    ----------
    clip : Path
        A video or a sequence of pictures, see `media.clips.open_clip`; or a performance that was saved.
    neutral : int, optional
        Number of the neutral frame; found by itself if left out.
    face : int
        Which of several faces to follow; 1 is the largest when so many are first seen.
    cache : Path, optional
        Folder of the cache. One that cannot be used is noted, and done without.
    workers : int
        Frames that are looked at at the same time; see `in_order`.
    """

    title = "Track"

    def __init__(
        self,
        clip: Path,
        *,
        neutral: int | None = None,
        face: int = 1,
        cache: Path | None = None,
        workers: int = WORKERS,
    ) -> None:
        super().__init__()
        self.clip = clip
        self.neutral = neutral
        self.face = face
        self.cache = cache
        self.workers = workers

    def steps(self) -> Generator[Progress, None, Performance]:
        """Track; returns the performance."""
        if is_performance_file(self.clip):
            saved, name = self._saved(), shown(self.clip)
            self.note(*performance_notes(name, saved), *mouth_notes(name, saved))
            return saved
        clip = open_clip(self.clip)
        kept_as = self._kept_as(clip)
        performance = _fetch(kept_as) if kept_as else None
        if performance is None:
            performance = yield from self._record(clip)
            if kept_as:
                self._keep(performance, kept_as)
        shortfall = clip.shortfall(performance.times)
        if shortfall:
            self.note(f"{shown(self.clip)}: {shortfall}.")
        self.note(*performance_notes(shown(self.clip), performance, self.face))
        return performance

    def fetch(self) -> Performance | None:
        """What was tracked before; None if it would have to be tracked now.

        Raises
        ------
        InputError
            If the clip cannot be opened.
        """
        if is_performance_file(self.clip):
            return self._saved()
        kept_as = self._kept_as(open_clip(self.clip))
        return _fetch(kept_as) if kept_as else None

    def _saved(self) -> Performance:
        performance = load_performance(self.clip)
        if self.neutral not in (None, performance.neutral):
            raise InputError(
                f"{shown(self.clip)}: was tracked with neutral frame {performance.neutral}. "
                f"Choose that, or track the clip again with neutral frame {self.neutral}."
            )
        if self.face > 1:
            raise InputError(
                f"{shown(self.clip)}: follows the face that was chosen when it was tracked. "
                f"Choose driving face 1, or track the clip again with driving face {self.face}."
            )
        return performance

    def _kept_as(self, clip: Clip) -> Path | None:
        return self.cache / _cache_name(clip, self.neutral, self.face) if self.cache else None

    def _record(self, clip: Clip) -> Generator[Progress, None, Performance]:
        with (
            FaceTrackers(load_model("face_landmarker.task"), max(self.workers, 1)) as tracker,
            open_segmenter(load_model("selfie_segmentation.tflite")) as segmenter,
            blaming(shown(self.clip)),
        ):
            recording = record_performance(
                clip, tracker, segmenter, neutral=self.neutral, face=self.face, workers=self.workers
            )
            try:
                while True:
                    progress = next(recording)
                    total = progress.total or max(clip.frame_count_declared, progress.done)
                    yield Progress(progress.done, total, progress.text)
            except StopIteration as end:
                performance: Performance = end.value
                return performance
            finally:
                recording.close()
                self.note(*tracker_notes())

    def _keep(self, performance: Performance, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_performance(performance, path)
        except (InputError, OSError):
            self.note(f"{shown(path.parent)}: the cache cannot be written, so the clip is tracked every time.")


def several_faces(clip: Path) -> tuple[int, list[Face]]:
    """The first frame of a clip that shows several faces, and these, the largest first; 0 and none if there is none.

    Only the first `SEARCHED` frames are looked at. The faces' numbers are those of `TrackJob`.

    Raises
    ------
    InputError
        If the clip cannot be opened.
    """
    if is_performance_file(clip):
        return 0, []  # what it follows is decided
    with open_tracker(load_model("face_landmarker.task")) as tracker:
        for number, (_, frame) in zip(range(1, SEARCHED + 1), open_clip(clip), strict=False):
            faces = tracker.detect(frame)
            if len(faces) > 1:
                return number, faces
    return 0, []


def save_performance(performance: Performance, path: Path) -> None:
    """Write a performance into one file, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_archive(path, performance.to_arrays(), KIND, METHOD_VERSION)


def check_performance_target(path: Path) -> None:
    """Find out before long work whether a performance can be written to `path`, and nothing else would be lost.

    Raises
    ------
    InputError
        If another kind of file has this name, or the folder cannot be written.
    """
    check_folder(path.parent)
    if os.path.lexists(path) and not is_performance_file(path):
        raise InputError(f"{shown(path)}: is another kind of file and would be overwritten. Choose another name.")


def performance_bytes(performance: Performance) -> int:
    """How large the file of `save_performance` is, but for a few thousand bytes: nothing in it is compressed."""
    return sum(array.nbytes for array in performance.to_arrays().values())


def load_performance(path: Path) -> Performance:
    """Read what `save_performance` wrote; long arrays are mapped, not loaded.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another version of the method.
    """
    arrays = read_archive(path, KIND, METHOD_VERSION)
    try:
        return Performance.from_arrays(arrays)
    except ValueError as error:
        raise InputError(f"{shown(path)}: is a damaged performance file, {error}. Track the clip again.") from error


def performance_notes(name: str, performance: Performance, face: int = 1) -> list[str]:
    """Tell the user what to know of a clip's faces, of which one is followed."""
    notes = []
    if performance.faces > 1:
        notes.append(f"{name}: {performance.faces} faces found; {which_face(face)} is followed.")
    if performance.bridged:
        frames = ", ".join(map(str, performance.bridged[:20])) + (" ..." if len(performance.bridged) > 20 else "")
        notes.append(f"{name}: no face found in {len(performance.bridged)} frames, which are bridged: {frames}.")
    return notes


def mouth_notes(name: str, performance: Performance) -> list[str]:
    """Tell the user if a performance cannot give the inside of a mouth."""
    return [] if performance.has_mouth else [f"{name}: holds no picture of a mouth, so its inside is not transferred."]


def tracker_notes() -> list[str]:
    """Tell the user if the face is not found by the library that should find it."""
    return [note] if (note := why_not_mediapipe()) else []


def is_performance_file(path: Path) -> bool:
    """Whether a file is an archive and not a clip, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def performance_fingerprint(performance: Performance) -> str:
    """Hexadecimal SHA-256 of the content, remembered: every frame of a bake names what it is made of."""
    if performance not in _fingerprints:
        _fingerprints[performance] = _content_hash(performance)
    return _fingerprints[performance]


_fingerprints: WeakKeyDictionary[Performance, str] = WeakKeyDictionary()


def _content_hash(performance: Performance) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(performance.to_arrays().items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def user_cache_folder() -> Path:
    """Where this system keeps what programs can make again."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Living Portraits" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "Living Portraits"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "living_portraits"


def which_face(face: int) -> str:
    """Name a face by its number, for the user."""
    return "the largest" if face == 1 else f"number {face} by size"


def _cache_name(clip: Clip, neutral: int | None, face: int) -> str:
    key = f"{METHOD_VERSION} {clip.fingerprint()} {neutral or 'found'}" + (f" face {face}" if face > 1 else "")
    return hashlib.sha256(key.encode()).hexdigest() + SUFFIX


def _fetch(path: Path) -> Performance | None:
    """Read a performance that was kept; None if there is none, or it is damaged and must be made again."""
    try:
        return load_performance(path)
    except InputError:
        return None
