"""All that a driving clip says, independent of any portrait."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .face_mesh import ALL_POINTS, SKIN_POINTS
from .matte import PersonSegmenter
from .neutral import activity, neutral_frame
from .peripheral import detect_features, follow, steady_tracks
from .progress import Progress
from .similarity import best_similarity
from .smoothing import smooth_points
from .tracking import BLENDSHAPES, Face, FaceTracker

METHOD_VERSION = 1
"""Changes whenever the same clip would give other numbers: caches of older versions are then made again."""


class NoFaceError(InputError):
    """No face was found in a picture or in a whole clip."""


class NeutralFrameError(InputError):
    """The neutral frame asked for is not in the clip, or shows no face."""


class FrameSource(Protocol):
    """A clip: can be read from its start as often as needed."""

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Seconds and BGR picture of shape (h, w, 3), frame by frame."""
        ...


@dataclass(frozen=True, eq=False)
class Performance:
    """What a clip says. Frames count from 1; rows of the arrays from 0.

    Attributes
    ----------
    times : (n,) float64 array
        Seconds, increasing.
    size : (2,) int64 array
        Width and height of the clip in pixels.
    neutral : int
        Number of the neutral driving frame.
    found : (n,) bool array
        Whether the face was seen; the frames between are bridged.
    points : (n, 478, 3) float32 array
        Smoothed control points in pixels of the clip.
    blendshapes : (n, 52) float32 array
    head_matrices : (n, 4, 4) float32 array
    peripheral : (m, 2) float32 array
        Points outside the face in the neutral frame.
    peripheral_offsets : (n, m, 2) float32 array
        Their displacement in each frame.
    faces : int
        Most faces seen in one frame; the largest is followed.
    """

    times: NDArray[np.float64]
    size: NDArray[np.int64]
    neutral: int
    found: NDArray[np.bool_]
    points: NDArray[np.float32] = field(repr=False)
    blendshapes: NDArray[np.float32] = field(repr=False)
    head_matrices: NDArray[np.float32] = field(repr=False)
    peripheral: NDArray[np.float32] = field(repr=False)
    peripheral_offsets: NDArray[np.float32] = field(repr=False)
    faces: int = 1

    @property
    def frame_count(self) -> int:
        """Number of frames of the clip."""
        return len(self.times)

    @property
    def bridged(self) -> list[int]:
        """Numbers of the frames in which no face was seen."""
        return [int(row) + 1 for row in np.flatnonzero(~self.found)]

    @property
    def neutral_points(self) -> NDArray[np.float32]:
        """(478, 3) points of the neutral frame."""
        return np.asarray(self.points[self.neutral - 1])

    def points_at(self, t: float) -> NDArray[np.float32]:
        """(478, 3) points at a real clip time; times outside the clip hold its first or last frame."""
        return self._at(self.points, t)

    def peripheral_offsets_at(self, t: float) -> NDArray[np.float32]:
        """(m, 2) displacement of the peripheral points at a real clip time."""
        return self._at(self.peripheral_offsets, t)

    def frame_at(self, seconds: float) -> float:
        """Clip time, in frames from 1, of a moment in seconds; held at both ends."""
        return float(np.interp(seconds, self.times, np.arange(1.0, self.frame_count + 1)))

    def _at(self, rows: NDArray[np.float32], t: float) -> NDArray[np.float32]:
        position = min(max(t - 1.0, 0.0), self.frame_count - 1.0)
        before = int(position)
        share = np.float32(position - before)
        if share == 0:
            return np.asarray(rows[before])
        return np.asarray(rows[before] * (1 - share) + rows[before + 1] * share)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The whole performance as named arrays, for a file."""
        return {item.name: np.asarray(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Performance:
        """The performance that `to_arrays` took apart.

        Raises
        ------
        ValueError
            If a part is missing or has another shape, type or range; the reason in one line.
        """
        _check_arrays(arrays)
        whole = {name: int(arrays[name]) for name in ("neutral", "faces")}
        return cls(**{item.name: arrays[item.name] for item in fields(cls)} | whole)  # type: ignore[arg-type]


def record_performance(
    clip: FrameSource, tracker: FaceTracker, segmenter: PersonSegmenter, *, neutral: int | None = None
) -> Generator[Progress, None, Performance]:
    """Track a clip; a generator that reports its progress and returns the performance.

    The clip is read twice: once for the face, and, when the neutral frame is known, once for what is measured against
    it.

    Parameters
    ----------
    clip : FrameSource
    tracker, segmenter
        The networks.
    neutral : int, optional
        Number of the neutral frame; found by itself if left out.

    Raises
    ------
    NoFaceError
        If no frame shows a face.
    NeutralFrameError
        If `neutral` is outside the clip or shows no face.
    """
    times, sightings, faces, size = yield from _track_faces(clip, tracker)
    found = np.array([face is not None for face in sightings])
    if not found.any():
        raise NoFaceError("no face found in any frame; choose a clip of one face that looks at the camera")
    points = smooth_points(_bridge([face.points if face else None for face in sightings]), times)
    blendshapes = _bridge([face.blendshapes if face else None for face in sightings])
    matrices = _bridge([face.head_matrix if face else None for face in sightings])
    if neutral is None:
        neutral = neutral_frame(activity(points, blendshapes, matrices), found) + 1
    elif not 1 <= neutral <= len(times):
        raise NeutralFrameError(f"there is no frame {neutral}; choose a neutral frame from 1 to {len(times)}")
    elif not found[neutral - 1]:
        raise NeutralFrameError(f"no face found in frame {neutral}; choose another neutral frame")
    peripheral, offsets = yield from _follow_peripheral(clip, segmenter, points, times, neutral - 1)
    return Performance(times, size, neutral, found, points, blendshapes, matrices, peripheral, offsets, faces)


def _track_faces(
    clip: FrameSource, tracker: FaceTracker
) -> Generator[Progress, None, tuple[NDArray[np.float64], list[Face | None], int, NDArray[np.int64]]]:
    times: list[float] = []
    sightings: list[Face | None] = []
    most, size = 0, (0, 0)
    for seconds, frame in clip:
        faces = tracker.detect(frame)
        times.append(seconds)
        sightings.append(faces[0] if faces else None)
        most, size = max(most, len(faces)), frame.shape[1::-1]
        yield Progress(len(times), 0, "Tracking")
    return np.array(times), sightings, most, np.array(size, np.int64)


def _bridge(rows: list[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """Frames without a face: what lies between the neighbours that have one."""
    known = [k for k, row in enumerate(rows) if row is not None]
    values = np.stack([row for row in rows if row is not None])
    position = np.interp(np.arange(len(rows)), known, np.arange(len(known)))
    before = position.astype(int)
    share = (position - before).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[before] * (1 - share) + values[np.minimum(before + 1, len(known) - 1)] * share)


def _follow_peripheral(
    clip: FrameSource,
    segmenter: PersonSegmenter,
    points: NDArray[np.float32],
    times: NDArray[np.float64],
    neutral: int,
) -> Generator[Progress, None, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    neutral_picture = next(frame for row, (_, frame) in enumerate(clip) if row == neutral)
    patches = detect_features(neutral_picture, points[neutral], segmenter.matte(neutral_picture))
    tracks = []
    for row, (_, frame) in zip(range(len(points)), clip, strict=False):
        head = best_similarity(points[neutral, :SKIN_POINTS, :2], points[row, :SKIN_POINTS, :2])
        tracks.append(follow(patches, frame, head))
        yield Progress(row + 1, len(points), "Following hair and shoulders")
    frame_seconds = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    return steady_tracks(np.stack(tracks), patches.points, frame_seconds)


def _check_arrays(arrays: dict[str, NDArray[np.generic]]) -> None:
    """Refuse what `to_arrays` cannot have written."""
    missing = [item.name for item in fields(Performance) if item.name not in arrays]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    frames, features = len(np.atleast_1d(arrays["times"])), len(np.atleast_1d(arrays["peripheral"]))
    layout: dict[str, tuple[str, tuple[int, ...]]] = {
        "times": ("float64", (frames,)),
        "size": ("int64", (2,)),
        "neutral": ("int64", ()),
        "found": ("bool", (frames,)),
        "points": ("float32", (frames, ALL_POINTS, 3)),
        "blendshapes": ("float32", (frames, len(BLENDSHAPES))),
        "head_matrices": ("float32", (frames, 4, 4)),
        "peripheral": ("float32", (features, 2)),
        "peripheral_offsets": ("float32", (frames, features, 2)),
        "faces": ("int64", ()),
    }
    for name, (kind, shape) in layout.items():
        array = arrays[name]
        if array.dtype != kind or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, not {kind} of shape {shape}")
        if kind.startswith("float") and not np.isfinite(array).all():
            raise ValueError(f"{name} holds values that are not numbers")
    if not frames or not 1 <= int(arrays["neutral"]) <= frames:
        raise ValueError("the neutral frame is not in the clip")
    if (np.diff(arrays["times"].astype(np.float64)) <= 0).any():
        raise ValueError("the time stamps do not increase")
