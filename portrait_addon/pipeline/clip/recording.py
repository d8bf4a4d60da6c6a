"""From a driving clip to its performance.

The clip is read twice: once for the face, and, when the neutral frame is known, once for what is measured against it
(peripheral points, the inside of the mouth, ratio images). In both, frames are worked on several at a time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..face.lid_space import HEIGHT, WIDTH
from ..face.mesh import ALL_POINTS, LIDS, SKIN_POINTS, outer_eye_distance
from ..face.openings import mouth_area
from ..face.palette import BRIGHTEST_TEETH, face_palette, quantile_of_light
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, UInt8Array, as_frame
from ..imaging.colour import luminance
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.similarity import best_similarity
from ..imaging.threads import ordered_thread_map
from ..records.face import BLENDSHAPES, Face, NoFaceError
from ..records.performance import NeutralFrameError, Performance
from ..records.progress import Progress
from ..tracking.following import Bridge, Follower, without_jumps
from ..tracking.matte import PersonSegmenter
from ..tracking.matte_dnn import DnnPersonSegmenter
from ..tracking.searching import Detector
from .camera import CameraWatch, camera_motion
from .lid_patches import LidRatioExtractor
from .mouth_patches import cut_mouth, pixels_between_lips
from .neutral import activity, neutral_frame
from .outliers import reference_frame
from .peripheral import detect_features, follow, steady_tracks
from .ratio_images import RatioImageExtractor, clean_log_ratios
from .smoothing import smooth_blendshapes, smooth_points

Tracked = tuple[Float64Array, BoolArray, Float32Array, Float32Array, Float32Array, int, NDArray[np.int64]]
"""Times, which frames show the face, points, blendshapes, head matrices, most faces in a frame, size of the clip."""

Halves = NDArray[np.float16]

Measured = tuple[
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Halves,
    UInt8Array,
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int32],
    Halves,
]
"""Fields of a performance that are measured against its neutral frame, in their order."""


class FrameSource(Protocol):
    """A clip: can be read from its start as often as needed."""

    def __iter__(self) -> Iterator[tuple[float, UInt8Array]]:
        """Seconds and BGR picture of shape (h, w, 3), frame by frame."""
        ...


KEPT_FRAMES = 250
KEPT_BYTES = 256 << 20
"""A clip of at most so many frames, and so large, is decoded once and kept for its second reading."""


class _Reread:
    """A clip that is read several times: decoded once if it is short, each time if it is long.

    Parameters
    ----------
    clip : FrameSource
    """

    def __init__(self, clip: FrameSource) -> None:
        self._clip = clip
        self._whole: list[tuple[float, UInt8Array]] = []

    def __iter__(self) -> Iterator[tuple[float, UInt8Array]]:
        if self._whole:
            yield from self._whole
            return
        kept, taken = [], 0
        for count, (seconds, given) in enumerate(self._clip, 1):
            frame = as_frame(given)
            taken += frame.nbytes
            if count <= KEPT_FRAMES and taken <= KEPT_BYTES:
                kept.append((seconds, frame))
            else:
                kept.clear()
            yield seconds, frame
        self._whole = kept


def track_clip(
    clip: FrameSource,
    tracker: Detector,
    segmenter: PersonSegmenter | DnnPersonSegmenter,
    *,
    neutral: int | None = None,
    face: int = 1,
    drop_outliers: bool = True,
    filter_in_time: bool = True,
    workers: int = 0,
) -> Generator[Progress, None, Performance]:
    """Track a clip; a generator that reports its progress and returns the performance.

    Parameters
    ----------
    clip : FrameSource
    tracker, segmenter
        The networks.
    neutral : int, optional
        Number of the neutral frame; found by itself if left out.
    face : int
        Which of several faces to follow; see `Follower`.
    drop_outliers, filter_in_time : bool
        Parts of step 4 that a comparison may leave out.
    workers : int
        Threads, see `ordered_thread_map`; as many call the tracker at once.

    Raises
    ------
    NoFaceError
        If no frame shows a face, or never so many.
    NeutralFrameError
        If `neutral` is outside the clip or shows no face.
    ValueError
        If a frame is no frame, see `as_frame`.
    """
    clip = _Reread(clip)
    times, found, raw_points, raw_blendshapes, raw_matrices, faces, size = yield from _track_faces(
        clip, tracker, face, workers
    )
    if not faces:
        raise NoFaceError("no face found in any frame; choose a clip of one face that looks at the camera")
    if not found.any():
        raise NoFaceError(f"there is no face {face}; choose one from 1 to {faces}")
    found = without_jumps(raw_points, found)
    bridge = Bridge.over(found)
    points = smooth_points(bridge.fill(raw_points), times)
    blendshapes = smooth_blendshapes(bridge.fill(raw_blendshapes), times)
    matrices = bridge.fill(raw_matrices)
    del raw_points, raw_blendshapes, raw_matrices  # a long clip is not held twice
    if neutral is None:
        neutral = neutral_frame(points, activity(points, blendshapes, matrices), found) + 1
    elif not 1 <= neutral <= len(times):
        raise NeutralFrameError(f"there is no frame {neutral}; choose a neutral frame from 1 to {len(times)}")
    elif not found[neutral - 1]:
        raise NeutralFrameError(f"no face found in frame {neutral}; choose another neutral frame")
    measured = yield from _measure(clip, segmenter, points, times, neutral - 1, drop_outliers, filter_in_time, workers)
    return Performance(times, size, neutral, found, points, blendshapes, matrices, *measured, faces=faces)


def _track_faces(clip: FrameSource, tracker: Detector, choice: int, workers: int) -> Generator[Progress, None, Tracked]:
    def looked_at(item: tuple[float, UInt8Array]) -> tuple[float, UInt8Array, list[Face]]:
        return *item, tracker.detect(item[1])

    times: list[float] = []
    found: list[bool] = []
    points, blendshapes, matrices = (DiskArrayBuilder(np.float32) for _ in range(3))
    follower, size = Follower(tracker, choice), (0, 0)
    with closing(ordered_thread_map(looked_at, clip, workers)) as looks:
        for seconds, frame, faces in looks:
            face = follower.find(frame, faces)
            times.append(seconds)
            found.append(face is not None)
            points.append(face.points if face else np.zeros((ALL_POINTS, 3)))
            blendshapes.append(face.blendshapes if face else np.zeros(len(BLENDSHAPES)))
            matrices.append(face.head_matrix if face else np.zeros((4, 4)))
            size = frame.shape[1], frame.shape[0]
            yield Progress(len(times), 0, "Tracking")
    return (
        np.array(times),
        np.array(found, np.bool_),
        points.array(ALL_POINTS, 3),
        blendshapes.array(len(BLENDSHAPES)),
        matrices.array(4, 4),
        follower.most,
        np.array(size, np.int64),
    )


def _measure(
    clip: FrameSource,
    segmenter: PersonSegmenter | DnnPersonSegmenter,
    points: Float32Array,
    times: Float64Array,
    neutral: int,
    drop_outliers: bool,
    filter_in_time: bool,
    workers: int,
) -> Generator[Progress, None, Measured]:
    """Second reading: what is measured against the neutral frame."""
    rest = points[neutral]
    neutral_picture = next(frame for row, (_, frame) in enumerate(clip) if row == neutral)
    person = segmenter.matte(neutral_picture)
    patches, camera = detect_features(neutral_picture, rest, person), CameraWatch(neutral_picture, person)
    recorder = RatioImageExtractor(neutral_picture, rest)
    reference_row = reference_frame(points, rest)
    reference_grey = recorder.neutral_grey
    widest = int(np.argmax([mouth_area(now) for now in points]))
    between_lips = np.empty((0, 3), np.float32)
    mouth_sizes, boxes = [], []
    tracks, mouths, logs = DiskArrayBuilder(np.float32), DiskArrayBuilder(np.uint8), DiskArrayBuilder(np.float16)
    shifts: list[Float32Array] = []
    lid_extractor, lids = LidRatioExtractor(rest), DiskArrayBuilder(np.float16)
    lid_rows, lids_kept = list[int](), 0

    def measured(
        item: tuple[Float32Array, tuple[float, UInt8Array]],
    ) -> tuple[Float32Array, Float32Array, UInt8Array, tuple[int, int], UInt8Array, Halves, Halves]:
        now, (_, frame) = item
        head = best_similarity(rest[:SKIN_POINTS, :2], now[:SKIN_POINTS, :2])
        canonical = recorder.seen(frame, now)
        track, shift = follow(patches, frame, head), camera.shift(frame)
        ratios = recorder.log_ratio(canonical), lid_extractor.log_ratios(frame, now)
        return track, shift, *cut_mouth(frame, now), canonical, *ratios

    with closing(ordered_thread_map(measured, zip(points, clip, strict=False), workers)) as measures:
        for row, (track, shift, mouth, corner, canonical, log_ratio, lid_ratios) in enumerate(measures):
            tracks.append(track)
            shifts.append(shift)
            mouths.append(mouth)
            mouth_sizes.append(mouth.size)
            if row == widest:
                between_lips = pixels_between_lips(mouth, corner, points[row])
            boxes.append((*corner, mouth.shape[1], mouth.shape[0]))
            logs.append(log_ratio)
            lid_rows.append(lids_kept if len(lid_ratios) else -1)
            lids_kept += bool(len(lid_ratios))
            lids.append(lid_ratios)
            if row == reference_row:
                reference_grey = recorder.grey(canonical)
            yield Progress(row + 1, len(points), "Measuring hair, mouth and wrinkles")
    frame_seconds = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    raw = logs.array(*recorder.region.shape)
    keep = recorder.region
    if drop_outliers:
        keep = keep * recorder.without_outliers(raw[reference_row], reference_grey)
    explained = recorder.explained() if drop_outliers else np.zeros_like(keep)
    log_ratios = clean_log_ratios(raw, keep, explained, frame_seconds if filter_in_time else None, out=raw)
    palette = face_palette(neutral_picture, rest)
    teeth = max(quantile_of_light(between_lips, BRIGHTEST_TEETH), float(luminance(palette.white)))
    starts = np.concatenate([[0], np.cumsum(mouth_sizes)]).astype(np.int64)
    return (
        *steady_tracks(tracks.array().reshape(len(boxes), len(patches.points), 2), patches.points, frame_seconds),
        camera_motion(np.array(shifts), outer_eye_distance(rest), frame_seconds),
        replace(palette, brightest=teeth).to_array(),
        log_ratios,
        mouths.array(),
        starts,
        np.array(boxes, np.int32),
        np.array(lid_rows, np.int32),
        lids.array(len(LIDS), HEIGHT, WIDTH),
    )
