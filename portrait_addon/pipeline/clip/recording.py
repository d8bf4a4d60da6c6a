"""Track a driving clip and measure its performance.

The clip is read twice: first to track the face, and then, with the neutral frame known, to measure the peripheral
points, the inside of the mouth and the ratio images against it. Several threads process the frames in both readings.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..face.lid_space import HEIGHT, WIDTH
from ..face.mesh import ALL_POINTS, LIDS, SKIN_POINTS, outer_eye_distance
from ..face.palette import face_palette
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, UInt8Array, as_frame
from ..imaging.bridge import Bridge
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.similarity import best_similarity
from ..imaging.threads import ordered_thread_map
from ..records.face import BLENDSHAPES, Face, NoFaceError
from ..records.performance import NeutralFrameError, Performance
from ..records.progress import Progress, TrackedFace
from ..tracking.following import Follower, within_picture, without_jumps
from ..tracking.matte import PersonSegmenter
from ..tracking.matte_dnn import DnnPersonSegmenter
from ..tracking.searching import Detector
from .camera import CameraWatch, camera_motion
from .covered import (
    Evidence,
    LowerFace,
    covered_frames,
    uncover_mouths,
    uncover_scores,
    unlike_a_covered_neutral,
    unlit_frames,
)
from .cuts import with_cuts, working_picture
from .dissolves import THUMBNAIL, dissolves, thumbnail
from .lid_patches import LidRatioExtractor
from .mouth_patches import OpenMouth, cut_mouth, pixels_between_lips
from .neutral import activity, neutral_frame
from .outliers import reference_frame
from .people import identity, other_people
from .peripheral import detect_features, follow, steady_tracks
from .ratio_images import RatioImageExtractor, clean_log_ratios
from .registration import FaceRegistration, settle_offsets
from .smoothing import smooth_in_time, smooth_points

AnyScalar = TypeVar("AnyScalar", bound=np.generic)

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
    firsts : list of int
        Row of the first frame of each shot.
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
    firsts: list[int]
    faces: int
    size: NDArray[np.int64]


class Measured(NamedTuple):
    """Result of the second reading of a clip: the fields of `Performance` that depend on the neutral frames."""

    points: Float32Array
    covered: BoolArray
    unlit: BoolArray
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
    later_shots: NDArray[np.int64]
    later_palettes: Float32Array
    strangers: BoolArray


class _FrameMeasures(NamedTuple):
    """What one frame adds to the second reading; offsets and corner in pixels of the clip."""

    offsets: Float32Array
    track: Float32Array
    shift: Float32Array
    mouth: UInt8Array
    corner: tuple[int, int]
    canonical: UInt8Array
    log_ratio: Halves
    lid_ratios: Halves
    covered: Evidence


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
"""Largest number of frames, and bytes, of a clip that is kept in memory for its second reading; only memory and time
depend on them."""


def _checked(clip: FrameSource) -> Iterator[tuple[float, UInt8Array]]:
    """The frames of a clip, in BGR: of one size, one after the other in time."""
    before, shape = -np.inf, None
    for number, item in enumerate(clip, 1):
        if len(item) != 2:
            raise ValueError("a clip is a list of pairs, the seconds and the pixels of each frame; pair them first")
        seconds, frame = item[0], as_frame(item[1])
        if not before < seconds < np.inf:
            raise ValueError(f"the time of frame {number}, {seconds:g} s, does not come after the one before it")
        if frame.shape != (shape or frame.shape):
            raise ValueError(f"frame {number} has the shape {frame.shape}, not that of the first one, {shape}")
        before, shape = seconds, frame.shape
        yield seconds, frame


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
        for count, (seconds, frame) in enumerate(_checked(self._clip), 1):
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
        If a frame has the wrong shape or type, see `as_frame`, or another size than the first, or the times do not
        increase.
    InputError
        If the disk of the temporary files is full.
    """
    clip = _Reread(clip)
    tracked = yield from _track_faces(clip, tracker, face, workers)
    size, faces = tracked.size, tracked.faces
    if not faces:
        raise NoFaceError("no face found in any frame; choose a clip of one face that looks at the camera")
    if not tracked.found.any():
        raise NoFaceError(f"there is no face {face}; choose one from 1 to {faces}")
    times = tracked.times
    shots = _shots(tracked.firsts, tracked.found)
    steady = [_steady_shot(tracked, rows) for rows in shots]
    found, points, blendshapes, matrices = (_joined(parts) for parts in zip(*steady, strict=True))
    del tracked, steady  # frees the unsmoothed arrays of a long clip
    activities = [activity(points[rows], blendshapes[rows], matrices[rows]) for rows in shots]
    neutrals = [_neutral(points, *of, found[of[0]]) for of in zip(shots, activities, strict=True)]
    its_shot = None
    if neutral is not None:
        if not 1 <= neutral <= len(times):
            raise NeutralFrameError(f"there is no frame {neutral}; choose a neutral frame from 1 to {len(times)}")
        if not found[neutral - 1]:
            raise NeutralFrameError(f"no face found in frame {neutral}; choose another neutral frame")
        (its_shot,) = (shot for shot, rows in enumerate(shots) if rows.start < neutral <= rows.stop)
        neutrals[its_shot] = neutral - 1
    rests = _measure_rests(clip, segmenter, points, neutrals)
    measured = yield from _measure(
        clip, points, times, found, shots, rests, {its_shot}, drop_outliers, filter_in_time, workers
    )
    if not isinstance(measured, Measured):  # neutral frames were behind a hand: measure against others
        for shot, among in measured.items():
            neutrals[shot] = _neutral(points, shots[shot], activities[shot], among)
        rests = _measure_rests(clip, segmenter, points, neutrals)
        measured = yield from _measure(
            clip, points, times, found, shots, rests, range(len(shots)), drop_outliers, filter_in_time, workers
        )
        assert isinstance(measured, Measured)
    if measured.covered.any():
        points, blendshapes = _uncovered(measured.points, blendshapes, measured.covered, found, shots, rests)
        measured = measured._replace(points=points)
    return Performance(
        times=times,
        size=size,
        neutral=neutrals[0] + 1,
        found=found,
        blendshapes=blendshapes,
        head_matrices=matrices,
        faces=faces,
        **measured._asdict(),
    )


def _neutral(points: Float32Array, rows: slice, activities: Float64Array, among: BoolArray) -> int:
    """Row of the neutral frame of a shot, among some of its frames."""
    return int(rows.start) + neutral_frame(points[rows], activities, among)


def _uncovered(
    points: Float32Array,
    blendshapes: Float32Array,
    covered: BoolArray,
    found: BoolArray,
    shots: Sequence[slice],
    rests: Sequence[_Rest],
) -> tuple[Float32Array, Float32Array]:
    """Points and blendshapes of a clip, the mouth's of covered frames from the frames around."""
    seen = found & ~covered
    parts = [
        uncover_mouths(points[rows], rest.points, covered[rows], seen[rows])
        for rows, rest in zip(shots, rests, strict=True)
    ]
    scores = [uncover_scores(blendshapes[rows], covered[rows], seen[rows]) for rows in shots]
    return _joined(parts), _joined(scores)


def _shots(firsts: Sequence[int], found: BoolArray) -> list[slice]:
    """Rows of each shot. A shot that shows no face belongs to the one before it, or after it at the clip's start."""
    shots: list[slice] = []
    for first, end in pairwise([*firsts, len(found)]):
        if not shots or (found[first:end].any() and found[shots[-1]].any()):
            shots.append(slice(first, end))
        else:
            shots[-1] = slice(shots[-1].start, end)
    return shots


def _steady_shot(tracked: Tracked, rows: slice) -> tuple[BoolArray, Float32Array, Float32Array, Float32Array]:
    """Where the face is found in a shot, and its points, blendshapes and head matrices: bridged, and smoothed."""
    points, times = tracked.points[rows], tracked.times[rows]
    found = within_picture(points, without_jumps(points, tracked.found[rows]), tracked.size)
    bridge = Bridge.over(found)
    return (
        found,
        smooth_points(bridge.fill(points), times),
        smooth_in_time(bridge.fill(tracked.blendshapes[rows]), times),
        bridge.fill(tracked.head_matrices[rows]),
    )


def _joined(parts: Sequence[NDArray[AnyScalar]]) -> NDArray[AnyScalar]:
    """The rows of several arrays, one after the other; of a long clip, mapped to a temporary file."""
    if len(parts) == 1:
        return parts[0]
    joined = DiskArrayBuilder(parts[0].dtype)
    for part in parts:
        for row in part:
            joined.append(row)
    return joined.array(*parts[0].shape[1:])


def _track_faces(clip: FrameSource, tracker: Detector, choice: int, workers: int) -> Generator[Progress, None, Tracked]:
    """First reading: track the face in every frame."""

    def detected(item: tuple[float, UInt8Array]) -> tuple[UInt8Array, tuple[float, UInt8Array, list[Face]]]:
        return working_picture(item[1]), (*item, tracker.detect(item[1]))

    times: list[float] = []
    firsts, found = [0], list[bool]()
    points, blendshapes, matrices = (DiskArrayBuilder(np.float32) for _ in range(3))
    thumbnails = DiskArrayBuilder(np.uint8)
    follower, size, first = Follower(tracker, choice), (0, 0), None
    with closing(ordered_thread_map(detected, clip, workers)) as frames:
        for cut, (seconds, frame, faces) in with_cuts(frames):
            if cut:
                firsts.append(len(times))
                follower.restart()
            face = follower.find(frame, faces)
            times.append(seconds)
            thumbnails.append(thumbnail(frame))
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
        firsts=sorted({*firsts, *dissolves(thumbnails.array(*THUMBNAIL), firsts)}),
        faces=follower.most,
        size=np.array(size, np.int64),
    )


class _Rest:
    """The neutral frame of a shot, against which its frames are measured.

    Parameters
    ----------
    row : int
        Of the neutral frame.
    picture : (h, w, 3) uint8 array
        The neutral frame.
    points : (478, 3) float32 array
        Its points.
    person : (h, w) float32 array
        Its matte.
    """

    def __init__(self, row: int, picture: UInt8Array, points: Float32Array, person: Float32Array) -> None:
        self.row, self.points = row, points
        self.features, self._camera = detect_features(picture, points, person), CameraWatch(picture, person)
        self.ratios, self._lids = RatioImageExtractor(picture, points), LidRatioExtractor(points)
        self.registration = FaceRegistration(
            self.ratios.face, self.ratios.neutral_grey, self.ratios.region, self.ratios.glasses
        )
        self.lower_face = LowerFace.of(self.ratios.face, self.ratios.neutral_picture, self.ratios.region)
        self.palette, self.identity = face_palette(picture, points), identity(picture, points)

    def measure(self, frame: UInt8Array, points: Float32Array) -> _FrameMeasures:
        """Measure a frame (h, w, 3) with points (478, 3)."""
        head = best_similarity(self.points[:SKIN_POINTS, :2], points[:SKIN_POINTS, :2])
        tracked = self.ratios.seen(frame, points)
        offsets = self.registration.offsets(self.ratios.grey(tracked), points)
        registered = points.copy()
        registered[:, :2] += offsets
        canonical = self.ratios.seen(frame, registered)
        return _FrameMeasures(
            offsets,
            follow(self.features, frame, head),
            self._camera.shift(frame),
            *cut_mouth(frame, points),
            canonical,
            self.ratios.log_ratio(canonical),
            self._lids.log_ratios(frame, registered),
            self.lower_face.evidence(tracked),
        )


def _measure_rests(
    clip: FrameSource,
    segmenter: PersonSegmenter | DnnPersonSegmenter,
    points: Float32Array,
    neutrals: Sequence[int],
) -> list[_Rest]:
    """Read a clip as far as its last neutral frame, and measure the neutral frames, whose rows increase."""
    rests: list[_Rest] = []
    for row, (_, frame) in enumerate(clip):
        if row == neutrals[len(rests)]:
            rests.append(_Rest(row, frame, points[row], segmenter.matte(frame)))
        if len(rests) == len(neutrals):
            break
    return rests


def _padded(values: NDArray[AnyScalar], shape: tuple[int, ...]) -> NDArray[AnyScalar]:
    """Values in the upper left of an array of zeros; the values themselves if they fill it."""
    if values.shape == shape:
        return values
    padded = np.zeros(shape, values.dtype)
    padded[tuple(slice(side) for side in values.shape)] = values
    return padded


def _bridge_in_place(rows: Halves | Float32Array, seen: BoolArray) -> None:
    """Interpolate the ratio images, or the offsets, of the frames that do not show the face."""
    if seen.all() or not seen.any():
        return
    bridge = Bridge.over(seen)
    for row in np.flatnonzero(~seen).tolist():
        rows[row] = sum(np.float32(weight) * rows[near].astype(np.float32) for near, weight in bridge.rows(row))


def _measure(
    clip: FrameSource,
    points: Float32Array,
    times: Float64Array,
    found: BoolArray,
    shots: Sequence[slice],
    rests: Sequence[_Rest],
    settled: Collection[int | None],
    drop_outliers: bool,
    filter_in_time: bool,
    workers: int,
) -> Generator[Progress, None, Measured | dict[int, BoolArray]]:
    """Second reading: measure every frame against the neutral frame of its shot.

    Where the neutral frame of a shot that is not `settled` turns out to be covered, the result is by such shots the
    frames of which one should be the neutral frame instead.
    """
    points = np.asarray(points)  # a mapped array's own class makes each of many small steps slower
    shot_of = [shot for shot, rows in enumerate(shots) for _ in range(rows.stop - rows.start)]
    references = [
        rows.start + reference_frame(points[rows], rest.points) for rows, rest in zip(shots, rests, strict=True)
    ]
    reference_greys = [rest.ratios.neutral_grey for rest in rests]
    mouths_of = [OpenMouth() for _ in rests]
    most_features = max(len(rest.features.points) for rest in rests)
    height, width = np.max([rest.ratios.region.shape for rest in rests], axis=0).tolist()
    mouth_sizes, boxes = [], []
    tracks, mouths, logs = DiskArrayBuilder(np.float32), DiskArrayBuilder(np.uint8), DiskArrayBuilder(np.float16)
    registered = DiskArrayBuilder(np.float32)
    shifts: list[Float32Array] = []
    evidence: list[Evidence] = []
    lids = DiskArrayBuilder(np.float16)
    lid_rows, lids_kept = list[int](), 0

    def measured(item: tuple[int, Float32Array, tuple[float, UInt8Array]]) -> _FrameMeasures:
        shot, now, (_, frame) = item
        return rests[shot].measure(frame, now)

    with closing(ordered_thread_map(measured, zip(shot_of, points, clip, strict=False), workers)) as frames:
        for row, frame in enumerate(frames):
            shot, seen = shot_of[row], bool(found[row])
            registered.append(frame.offsets)
            tracks.append(_padded(frame.track, (most_features, 2)))
            shifts.append(frame.shift)
            mouth = frame.mouth if seen else frame.mouth[:0, :0]
            mouths.append(mouth)
            mouth_sizes.append(mouth.size)
            evidence.append(frame.covered)
            if frame.covered.unlike < 1:
                mouths_of[shot].add(pixels_between_lips(mouth, frame.corner, points[row]))
            boxes.append((*frame.corner, mouth.shape[1], mouth.shape[0]))
            logs.append(_padded(frame.log_ratio, (height, width)))
            lid_ratios = frame.lid_ratios if seen else frame.lid_ratios[:0]
            lid_rows.append(lids_kept if len(lid_ratios) else -1)
            lids_kept += bool(len(lid_ratios))
            lids.append(lid_ratios)
            if row == references[shot]:
                reference_greys[shot] = rests[shot].ratios.grey(frame.canonical)
            yield Progress(row + 1, len(points), "Measuring hair, mouth and wrinkles")
    others = {
        shot: among
        for shot, (rows, rest) in enumerate(zip(shots, rests, strict=True))
        if shot not in settled
        and (among := unlike_a_covered_neutral(evidence[rows], found[rows], rest.row - rows.start)).any()
    }
    if others:
        return others
    starts = np.concatenate([[0], np.cumsum(mouth_sizes)]).astype(np.int64)
    log_ratios = logs.array(height, width)
    beside = registered.array(ALL_POINTS, 2)
    offsets = tracks.array().reshape(len(boxes), most_features, 2)
    covered, unlit = np.zeros((2, len(boxes)), np.bool_)
    frame_seconds = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    peripheral, palettes, camera = [], [], np.zeros((len(boxes), 2), np.float32)
    for shot, (rows, rest) in enumerate(zip(shots, rests, strict=True)):
        own = log_ratios[(rows, *(slice(side) for side in rest.ratios.region.shape))]
        keep, explained = rest.ratios.region, np.zeros_like(rest.ratios.region)
        covered[rows] = covered_frames(evidence[rows], found[rows], rest.row - rows.start)
        unlit[rows] = unlit_frames(evidence[rows], covered[rows])
        if drop_outliers:
            explained = rest.ratios.explained()
            if not covered[references[shot]]:
                keep = keep * rest.ratios.without_outliers(own[references[shot] - rows.start], reference_greys[shot])
        seen_rows = found[rows] & ~covered[rows]
        _bridge_in_place(beside[rows], seen_rows)
        settle_offsets(beside[rows], rest.row - rows.start, times[rows])
        _bridge_in_place(own, seen_rows)
        clean_log_ratios(own, keep, explained, frame_seconds if filter_in_time else None, out=own)
        kept, _ = steady_tracks(offsets[rows, : len(rest.features.points)], rest.features.points, frame_seconds)
        offsets[rows, len(kept) :] = 0
        peripheral.append(kept)
        camera[rows] = camera_motion(np.array(shifts[rows]), outer_eye_distance(rest.points), frame_seconds)
        palettes.append(mouths_of[shot].complete(rest.palette).to_array())
    later = [
        (rows.start + 1, rest.row + 1, len(kept)) for rows, rest, kept in zip(shots, rests, peripheral, strict=True)
    ][1:]
    for row, offset in enumerate(beside):
        points[row, :, :2] += offset
    return Measured(
        points=points,
        covered=covered,
        unlit=unlit,
        peripheral=np.concatenate(peripheral),
        peripheral_offsets=offsets[:, : max(map(len, peripheral))],
        camera_offsets=camera,
        palette=palettes[0],
        log_ratios=log_ratios,
        mouth_pixels=mouths.array(),
        mouth_starts=starts,
        mouth_boxes=np.array(boxes, np.int32),
        lid_rows=np.array(lid_rows, np.int32),
        lid_ratios=lids.array(len(LIDS), HEIGHT, WIDTH),
        later_shots=np.array(later, np.int64).reshape(-1, 3),
        later_palettes=np.array(palettes[1:], np.float32).reshape(-1, len(palettes[0])),
        strangers=other_people([rest.identity for rest in rests]),
    )
