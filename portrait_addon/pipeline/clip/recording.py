"""Track a driving clip and measure its performance.

The clip is read twice: first to track the face, and then, with the neutral frame known, to measure the peripheral
points, the inside of the mouth and the ratio images against it. Several threads process the frames in both readings.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..face.lid_space import HEIGHT, WIDTH
from ..face.mesh import ALL_POINTS, LIDS, SKIN_POINTS, outer_eye_distance
from ..face.palette import face_palette
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, UInt8Array, as_frame
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.similarity import best_similarity
from ..imaging.threads import ordered_thread_map
from ..records.face import BLENDSHAPES, Face, NoFaceError
from ..records.performance import NeutralFrameError, Performance
from ..records.progress import Progress, TrackedFace
from ..tracking.following import Bridge, Follower, without_jumps
from ..tracking.matte import PersonSegmenter
from ..tracking.matte_dnn import DnnPersonSegmenter
from ..tracking.searching import Detector
from .camera import CameraWatch, camera_motion
from .lid_patches import LidRatioExtractor
from .mouth_patches import OpenMouth, cut_mouth, pixels_between_lips
from .neutral import activity, neutral_frame
from .outliers import reference_frame
from .peripheral import detect_features, follow, steady_tracks
from .ratio_images import RatioImageExtractor, clean_log_ratios
from .smoothing import smooth_blendshapes, smooth_points

Halves = NDArray[np.float16]
"""Log ratio images, (h, w) or (n, h, w)."""


class Tracked(NamedTuple):
    """Result of the first reading of a clip with n frames.

    Attributes
    ----------
    times : (n,) float64 array
        Seconds.
    found : (n,) bool array
        Whether the face was found; the rows of the arrays below are 0 where it was not.
    points : (n, 478, 3) float32 array
        Tracked points in pixels, with the tracker's jitter.
    blendshapes : (n, 52) float32 array
        Scores, 0..1.
    head_matrices : (n, 4, 4) float32 array
        From canonical head to camera.
    faces : int
        Largest number of faces found in one frame.
    size : (2,) int64 array
        Width and height of the clip in pixels.
    """

    times: Float64Array
    found: BoolArray
    points: Float32Array
    blendshapes: Float32Array
    head_matrices: Float32Array
    faces: int
    size: NDArray[np.int64]


class Measured(NamedTuple):
    """Result of the second reading of a clip: the fields of `Performance` that depend on the neutral frame.

    Attributes
    ----------
    peripheral : (m, 2) float32 array
    peripheral_offsets : (n, m, 2) float32 array
    camera_offsets : (n, 2) float32 array
    palette : (8,) float32 array
    log_ratios : (n, h, w) float16 array
    mouth_pixels : (k,) uint8 array
    mouth_starts : (n + 1,) int64 array
    mouth_boxes : (n, 4) int32 array
    lid_rows : (n,) int32 array
    lid_ratios : (k, 2, h, w) float16 array
        See `Performance`.
    """

    peripheral: Float32Array
    peripheral_offsets: Float32Array
    camera_offsets: Float32Array
    palette: Float32Array
    log_ratios: Halves
    mouth_pixels: UInt8Array
    mouth_starts: NDArray[np.int64]
    mouth_boxes: NDArray[np.int32]
    lid_rows: NDArray[np.int32]
    lid_ratios: Halves


class _FrameMeasures(NamedTuple):
    """What one frame adds to the second reading; offsets and corner in pixels of the clip."""

    track: Float32Array
    shift: Float32Array
    mouth: UInt8Array
    corner: tuple[int, int]
    canonical: UInt8Array
    log_ratio: Halves
    lid_ratios: Halves


class FrameSource(Protocol):
    """A clip that can be read from its start as often as needed."""

    def __iter__(self) -> Iterator[tuple[float, UInt8Array]]:
        """Iterate over the frames.

        Yields
        ------
        seconds : float
            Time of the frame, increasing.
        frame : (h, w, 3) uint8 array
            BGR.
        """
        ...


KEPT_FRAMES = 250
KEPT_BYTES = 256 << 20
"""Largest number of frames, and bytes, of a clip that is kept in memory for its second reading."""


class _Reread:
    """A clip that is read several times; a short one is decoded once and kept, a long one is decoded each time."""

    def __init__(self, clip: FrameSource) -> None:
        self._clip = clip
        self._whole: list[tuple[float, UInt8Array]] = []

    def __iter__(self) -> Iterator[tuple[float, UInt8Array]]:
        if self._whole:
            yield from self._whole
            return
        kept, size = [], 0
        for count, (seconds, given) in enumerate(self._clip, 1):
            frame = as_frame(given)
            size += frame.nbytes
            if count <= KEPT_FRAMES and size <= KEPT_BYTES:
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
    """Track a clip; a generator that reports progress and returns the performance.

    Parameters
    ----------
    clip : FrameSource
        Frames of equal size.
    tracker : Detector
        Detects the faces of a frame.
    segmenter : PersonSegmenter or DnnPersonSegmenter
        Separates the driver from the background.
    neutral : int, optional
        Number of the neutral frame, from 1; chosen automatically if left out.
    face : int
        Rank of the face to follow by size, 1 for the largest; see `Follower`.
    drop_outliers : bool
        Whether outliers are removed from the ratio images (step 4).
    filter_in_time : bool
        Whether the ratio images are filtered along time (step 4).
    workers : int
        Number of threads, see `ordered_thread_map`. The tracker must allow as many calls at once, see `FaceTrackers`.

    Yields
    ------
    Progress
        After each frame of either reading.

    Returns
    -------
    Performance
        The value of ``yield from``.

    Raises
    ------
    NoFaceError
        If no frame shows a face, or none shows as many as `face`.
    NeutralFrameError
        If `neutral` is outside the clip or shows no face.
    ValueError
        If a frame has the wrong shape or type, see `as_frame`.
    InputError
        If the disk of the temporary files is full.
    """
    clip = _Reread(clip)
    tracked = yield from _track_faces(clip, tracker, face, workers)
    times, size, faces = tracked.times, tracked.size, tracked.faces
    if not faces:
        raise NoFaceError("no face found in any frame; choose a clip of one face that looks at the camera")
    if not tracked.found.any():
        raise NoFaceError(f"there is no face {face}; choose one from 1 to {faces}")
    found = without_jumps(tracked.points, tracked.found)
    bridge = Bridge.over(found)
    points = smooth_points(bridge.fill(tracked.points), times)
    blendshapes = smooth_blendshapes(bridge.fill(tracked.blendshapes), times)
    matrices = bridge.fill(tracked.head_matrices)
    del tracked  # frees the unsmoothed arrays of a long clip
    if neutral is None:
        neutral = neutral_frame(points, activity(points, blendshapes, matrices), found) + 1
    elif not 1 <= neutral <= len(times):
        raise NeutralFrameError(f"there is no frame {neutral}; choose a neutral frame from 1 to {len(times)}")
    elif not found[neutral - 1]:
        raise NeutralFrameError(f"no face found in frame {neutral}; choose another neutral frame")
    measured = yield from _measure(clip, segmenter, points, times, neutral - 1, drop_outliers, filter_in_time, workers)
    return Performance(times, size, neutral, found, points, blendshapes, matrices, faces=faces, **measured._asdict())


def _track_faces(clip: FrameSource, tracker: Detector, choice: int, workers: int) -> Generator[Progress, None, Tracked]:
    """First reading: track the face in every frame."""

    def detected(item: tuple[float, UInt8Array]) -> tuple[float, UInt8Array, list[Face]]:
        return *item, tracker.detect(item[1])

    times: list[float] = []
    found: list[bool] = []
    points, blendshapes, matrices = (DiskArrayBuilder(np.float32) for _ in range(3))
    follower, size, first = Follower(tracker, choice), (0, 0), None
    with closing(ordered_thread_map(detected, clip, workers)) as frames:
        for seconds, frame, faces in frames:
            face = follower.find(frame, faces)
            times.append(seconds)
            found.append(face is not None)
            points.append(face.points if face else np.zeros((ALL_POINTS, 3)))
            blendshapes.append(face.blendshapes if face else np.zeros(len(BLENDSHAPES)))
            matrices.append(face.head_matrix if face else np.zeros((4, 4)))
            size = frame.shape[1], frame.shape[0]
            first = first or face
            tracked = TrackedFace(first, face, size) if first and face else None
            yield Progress(len(times), 0, "Tracking", tracked)
    return Tracked(
        times=np.array(times),
        found=np.array(found, np.bool_),
        points=points.array(ALL_POINTS, 3),
        blendshapes=blendshapes.array(len(BLENDSHAPES)),
        head_matrices=matrices.array(4, 4),
        faces=follower.most,
        size=np.array(size, np.int64),
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
    """Second reading: measure every frame against the neutral frame, whose row is `neutral`."""
    rest = points[neutral]
    neutral_picture = next(frame for row, (_, frame) in enumerate(clip) if row == neutral)
    person = segmenter.matte(neutral_picture)
    patches, camera = detect_features(neutral_picture, rest, person), CameraWatch(neutral_picture, person)
    recorder = RatioImageExtractor(neutral_picture, rest)
    reference_row = reference_frame(points, rest)
    reference_grey = recorder.neutral_grey
    mouth = OpenMouth()
    mouth_sizes, boxes = [], []
    tracks, mouths, logs = DiskArrayBuilder(np.float32), DiskArrayBuilder(np.uint8), DiskArrayBuilder(np.float16)
    shifts: list[Float32Array] = []
    lid_extractor, lids = LidRatioExtractor(rest), DiskArrayBuilder(np.float16)
    lid_rows, lids_kept = list[int](), 0

    def measured(item: tuple[Float32Array, tuple[float, UInt8Array]]) -> _FrameMeasures:
        now, (_, frame) = item
        head = best_similarity(rest[:SKIN_POINTS, :2], now[:SKIN_POINTS, :2])
        canonical = recorder.seen(frame, now)
        track, shift = follow(patches, frame, head), camera.shift(frame)
        return _FrameMeasures(
            track,
            shift,
            *cut_mouth(frame, now),
            canonical,
            recorder.log_ratio(canonical),
            lid_extractor.log_ratios(frame, now),
        )

    with closing(ordered_thread_map(measured, zip(points, clip, strict=False), workers)) as frames:
        for row, frame in enumerate(frames):
            tracks.append(frame.track)
            shifts.append(frame.shift)
            mouths.append(frame.mouth)
            mouth_sizes.append(frame.mouth.size)
            mouth.add(pixels_between_lips(frame.mouth, frame.corner, points[row]))
            boxes.append((*frame.corner, frame.mouth.shape[1], frame.mouth.shape[0]))
            logs.append(frame.log_ratio)
            lid_rows.append(lids_kept if len(frame.lid_ratios) else -1)
            lids_kept += bool(len(frame.lid_ratios))
            lids.append(frame.lid_ratios)
            if row == reference_row:
                reference_grey = recorder.grey(frame.canonical)
            yield Progress(row + 1, len(points), "Measuring hair, mouth and wrinkles")
    frame_seconds = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    raw = logs.array(*recorder.region.shape)
    keep = recorder.region
    if drop_outliers:
        keep = keep * recorder.without_outliers(raw[reference_row], reference_grey)
    explained = recorder.explained() if drop_outliers else np.zeros_like(keep)
    log_ratios = clean_log_ratios(raw, keep, explained, frame_seconds if filter_in_time else None, out=raw)
    starts = np.concatenate([[0], np.cumsum(mouth_sizes)]).astype(np.int64)
    peripheral, offsets = steady_tracks(
        tracks.array().reshape(len(boxes), len(patches.points), 2), patches.points, frame_seconds
    )
    return Measured(
        peripheral=peripheral,
        peripheral_offsets=offsets,
        camera_offsets=camera_motion(np.array(shifts), outer_eye_distance(rest), frame_seconds),
        palette=mouth.complete(face_palette(neutral_picture, rest)).to_array(),
        log_ratios=log_ratios,
        mouth_pixels=mouths.array(),
        mouth_starts=starts,
        mouth_boxes=np.array(boxes, np.int32),
        lid_rows=np.array(lid_rows, np.int32),
        lid_ratios=lids.array(len(LIDS), HEIGHT, WIDTH),
    )
