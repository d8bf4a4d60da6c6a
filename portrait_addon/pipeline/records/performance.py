"""All that a driving clip says, independent of any portrait."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..face.canonical_face import CanonicalFace
from ..face.mesh import ALL_POINTS
from ..face.palette import Palette
from .face import BLENDSHAPES
from .mouth_patch import MouthPatch

METHOD_VERSION = 20
"""Raised whenever the same clip and portrait would give other frames: caches and bakes of older versions are then made
again."""

PERFORMANCE_FORMAT = 19
"""Raised only when the arrays of a performance change. Files of every earlier format still load: they are made to be
used without their clips."""


class NeutralFrameError(InputError):
    """The neutral frame asked for is not in the clip, or shows no face."""


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
        Calm in time.
    head_matrices : (n, 4, 4) float32 array
    peripheral : (m, 2) float32 array
        Points outside the face in the neutral frame.
    peripheral_offsets : (n, m, 2) float32 array
        Their displacement in each frame.
    camera_offsets : (n, 2) float32 array
        Displacement of what lies behind the driver: the camera's motion, 0 if it stood.
    palette : (8,) float32 array
        The driver's white, flesh, dark and brightest (see ``Palette``).
    log_ratios : (n, h, w) float16 array
        Natural logarithm of the ratio images, outliers dropped and filtered in time, in canonical face space.
    mouth_pixels : (k,) uint8 array
        BGR patches of the driver's mouth, one after the other.
    mouth_starts : (n + 1,) int64 array
        Where each frame's patch begins; an empty patch is a closed mouth.
    mouth_boxes : (n, 4) int32 array
        Left, top, width and height of each patch in pixels of the clip.
    faces : int
        Most faces seen in one frame, of which one is followed.
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
    camera_offsets: NDArray[np.float32] = field(repr=False)
    palette: NDArray[np.float32] = field(repr=False)
    log_ratios: NDArray[np.float16] = field(repr=False)
    mouth_pixels: NDArray[np.uint8] = field(repr=False)
    mouth_starts: NDArray[np.int64] = field(repr=False)
    mouth_boxes: NDArray[np.int32] = field(repr=False)
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
    def has_mouth(self) -> bool:
        """Whether there is anything to see between the lips in any frame."""
        return self.mouth_pixels.size > 0

    def without_mouth(self) -> Performance:
        """The same without a pixel of the driver's mouth."""
        return replace(
            self,
            mouth_pixels=np.empty(0, np.uint8),
            mouth_starts=np.zeros_like(self.mouth_starts),
            mouth_boxes=np.zeros_like(self.mouth_boxes),
        )

    @property
    def neutral_points(self) -> NDArray[np.float32]:
        """(478, 3) points of the neutral frame."""
        return np.asarray(self.points[self.neutral - 1])

    @property
    def neutral_blendshapes(self) -> NDArray[np.float32]:
        """(52,) blendshapes of the neutral frame."""
        return np.asarray(self.blendshapes[self.neutral - 1])

    def points_at(self, t: float) -> NDArray[np.float32]:
        """(478, 3) points at a real clip time; times outside the clip hold its first or last frame."""
        return self._at(self.points, t)

    def blendshapes_at(self, t: float) -> NDArray[np.float32]:
        """(52,) blendshapes at a real clip time."""
        return self._at(self.blendshapes, t)

    def head_matrix_at(self, t: float) -> NDArray[np.float32]:
        """(4, 4) from canonical head to camera at a real clip time; between frames a mean, all but a rigid one."""
        return self._at(self.head_matrices, t)

    def peripheral_offsets_at(self, t: float) -> NDArray[np.float32]:
        """(m, 2) displacement of the peripheral points at a real clip time."""
        return self._at(self.peripheral_offsets, t)

    def camera_offset_at(self, t: float) -> NDArray[np.float32]:
        """(2,) displacement by the camera's motion at a real clip time."""
        return self._at(self.camera_offsets, t)

    def log_ratio_at(self, t: float) -> NDArray[np.float32]:
        """(h, w) log ratio image at a real clip time."""
        return self._at(self.log_ratios, t)

    def mouths_at(self, t: float) -> list[tuple[float, MouthPatch]]:
        """The driver's mouth at a real clip time: the frame's own, or the two frames' around it with their shares."""
        before, share = self._row(t)
        near = [(before, 1 - share), (min(before + 1, self.frame_count - 1), share)]
        return [(weight, self._mouth(row)) for row, weight in near if weight > 0]

    @property
    def canonical_face(self) -> CanonicalFace:
        """The space of the ratio images."""
        return CanonicalFace.of(self.neutral_points)

    @property
    def colours(self) -> Palette:
        """The driver's palette."""
        return Palette.from_array(self.palette)

    def _mouth(self, row: int) -> MouthPatch:
        left, top, width, height = (int(v) for v in self.mouth_boxes[row])
        pixels = self.mouth_pixels[self.mouth_starts[row] : self.mouth_starts[row + 1]]
        return MouthPatch(pixels.reshape(height, width, 3), np.array([left, top]), self.points[row])

    def frame_at(self, seconds: float) -> float:
        """Clip time, in frames from 1, of a moment in seconds; held at both ends."""
        return float(np.interp(seconds, self.times, np.arange(1.0, self.frame_count + 1)))

    @property
    def frame_seconds(self) -> float:
        """Duration of a frame: the middle one of all, or 1/25 for a single picture."""
        return float(np.median(np.diff(self.times))) if self.frame_count > 1 else 1 / 25

    @property
    def mean_frame_seconds(self) -> float:
        """Duration of a frame on average, from which a rate is told."""
        return float(self.times[-1] - self.times[0]) / (self.frame_count - 1) if self.frame_count > 1 else 1 / 25

    def _row(self, t: float) -> tuple[int, float]:
        """Row before a clip time, and how far the time lies towards the next."""
        position = min(max(t - 1.0, 0.0), self.frame_count - 1.0)
        return int(position), position - int(position)

    def _at(self, rows: NDArray[Any], t: float) -> NDArray[np.float32]:
        before, share = self._row(t)
        here = np.asarray(rows[before], np.float32)
        if share == 0:
            return here
        return np.asarray(here + np.float32(share) * (np.asarray(rows[before + 1], np.float32) - here), np.float32)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The whole performance as named arrays, for a file."""
        whole = {"neutral": np.int64(self.neutral), "faces": np.int64(self.faces)}
        return {item.name: np.asarray(whole.get(item.name, getattr(self, item.name))) for item in fields(self)}

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


def _check_arrays(arrays: dict[str, NDArray[np.generic]]) -> None:
    """Refuse what `to_arrays` cannot have written."""
    missing = [item.name for item in fields(Performance) if item.name not in arrays]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    frames, features = len(np.atleast_1d(arrays["times"])), len(np.atleast_1d(arrays["peripheral"]))
    pixels = arrays["mouth_pixels"].size
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
        "camera_offsets": ("float32", (frames, 2)),
        "palette": ("float32", (8,)),
        "log_ratios": ("float16", (frames, *np.shape(arrays["log_ratios"])[1:3])),
        "mouth_pixels": ("uint8", (pixels,)),
        "mouth_starts": ("int64", (frames + 1,)),
        "mouth_boxes": ("int32", (frames, 4)),
        "faces": ("int64", ()),
    }
    for name, (kind, shape) in layout.items():
        array = arrays[name]
        if array.dtype != kind or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, not {kind} of shape {shape}")
        if kind.startswith("float") and not _all_finite(array):
            raise ValueError(f"{name} holds values that are not numbers")
    if not frames or not 1 <= int(arrays["neutral"]) <= frames:
        raise ValueError("the neutral frame is not in the clip")
    boxes = arrays["mouth_boxes"].astype(np.int64)
    if (boxes[:, 2:] < 0).any() or not np.array_equal(
        arrays["mouth_starts"], np.concatenate([[0], np.cumsum(3 * boxes[:, 2] * boxes[:, 3])])
    ):
        raise ValueError("the mouth's pixels do not fit their boxes")
    if int(arrays["mouth_starts"].astype(np.int64)[-1]) != pixels:
        raise ValueError("the mouth's pixels are cut short")
    if arrays["log_ratios"].shape[1:] != CanonicalFace.of(arrays["points"][int(arrays["neutral"]) - 1]).size[::-1]:
        raise ValueError("the ratio images do not fit the face")
    if (np.diff(arrays["times"].astype(np.float64)) <= 0).any():
        raise ValueError("the time stamps do not increase")


def _all_finite(array: NDArray[np.generic]) -> bool:
    """Whether all values are numbers; a row at a time, for a long clip's ratio images are larger than they look."""
    return all(bool(np.isfinite(row).all()) for row in np.atleast_1d(array))
