"""Second reading of a clip: every frame against the neutral frame of its shot.

Measured are the peripheral points, the camera, the inside of the mouth, the lids, the ratio images, and whether
something covers the mouth.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..face.lid_space import HEIGHT, WIDTH
from ..face.mesh import ALL_POINTS, LIDS, SKIN_POINTS, outer_eye_distance
from ..face.palette import face_palette
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from ..imaging.bridge import Bridge
from ..imaging.colour import encoded_luminance
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.similarity import best_similarity
from ..imaging.threads import ordered_thread_map
from ..records.progress import Progress
from ..tracking.matte import PersonSegmenter
from ..tracking.matte_dnn import DnnPersonSegmenter
from .camera import CameraWatch, camera_motion
from .covered import Evidence, LowerFace, covered_frames, unlike_a_covered_neutral, unlit_frames
from .frame_source import FrameSource
from .lid_patches import LidRatioExtractor
from .mouth_patches import OpenMouth, cut_mouth, pixels_between_lips
from .outliers import reference_frame
from .people import identity, other_people
from .peripheral import detect_features, follow, steady_tracks
from .ratio_images import RatioImageExtractor, clean_log_ratios
from .registration import FaceRegistration, borne_offsets, settle_offsets

AnyScalar = TypeVar("AnyScalar", bound=np.generic)

Halves = NDArray[np.float16]
"""Log ratio images, (h, w) or (n, h, w)."""


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


class Rest:
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
        """Measure another frame of the shot.

        Parameters
        ----------
        frame : (h, w, 3) uint8 array
            BGR.
        points : (478, 3) float32 array
            Its points.

        Returns
        -------
        _FrameMeasures
        """
        head = best_similarity(self.points[:SKIN_POINTS, :2], points[:SKIN_POINTS, :2])
        grey = encoded_luminance(frame)
        tracked = self.ratios.seen(frame, points)
        offsets = self.registration.offsets(encoded_luminance(tracked), points)
        registered = points.copy()
        registered[:, :2] += offsets
        canonical = self.ratios.seen(frame, registered)
        return _FrameMeasures(
            borne_offsets(offsets, outer_eye_distance(points)),
            follow(self.features, grey, head),
            self._camera.shift(grey),
            *cut_mouth(frame, points),
            canonical,
            self.ratios.log_ratio(canonical),
            self._lids.log_ratios(frame, registered),
            self.lower_face.evidence(tracked),
        )


def measure_rests(
    clip: FrameSource,
    segmenter: PersonSegmenter | DnnPersonSegmenter,
    points: Float32Array,
    neutrals: Sequence[int],
) -> list[Rest]:
    """Read a clip as far as its last neutral frame, and measure the neutral frames.

    Parameters
    ----------
    clip : FrameSource
    segmenter : PersonSegmenter or DnnPersonSegmenter
        Separates the driver from the background.
    points : (n, 478, 3) float32 array
        Of all frames.
    neutrals : sequence of int
        Rows of the neutral frames, increasing.

    Returns
    -------
    list of Rest
        One a shot.
    """
    rests: list[Rest] = []
    for row, (_, frame) in enumerate(clip):
        if row == neutrals[len(rests)]:
            rests.append(Rest(row, frame, points[row], segmenter.matte(frame)))
        if len(rests) == len(neutrals):
            break
    return rests


def measure(
    clip: FrameSource,
    points: Float32Array,
    times: Float64Array,
    found: BoolArray,
    shots: Sequence[slice],
    rests: Sequence[Rest],
    settled: Collection[int | None],
    drop_outliers: bool,
    filter_in_time: bool,
    workers: int,
) -> Generator[Progress, None, Measured | dict[int, BoolArray]]:
    """Measure every frame against the neutral frame of its shot.

    Parameters
    ----------
    clip : FrameSource
    points : (n, 478, 3) float32 array
        Of all frames.
    times : (n,) float64 array
        Seconds.
    found : (n,) bool array
        Frames that show the face.
    shots : sequence of slice
        Rows of each shot.
    rests : sequence of Rest
        Their neutral frames.
    settled : collection of int or None
        Shots whose neutral frame stays, even if it is covered.
    drop_outliers, filter_in_time : bool
        See `track_clip`.
    workers : int
        Number of threads, see `ordered_thread_map`.

    Yields
    ------
    Progress
        After each frame.

    Returns
    -------
    Measured, or dict of int to (n,) bool array
        Where the neutral frame of a shot that is not settled turns out to be covered: by such shots the frames of
        which one should be the neutral frame instead.
    """
    shot_of = [shot for shot, rows in enumerate(shots) for _ in range(rows.stop - rows.start)]
    collected = _Collected(points, found, shots, rests)

    def measured(item: tuple[int, Float32Array, tuple[float, UInt8Array]]) -> _FrameMeasures:
        shot, now, (_, frame) = item
        return rests[shot].measure(frame, now)

    with closing(ordered_thread_map(measured, zip(shot_of, points, clip, strict=False), workers)) as frames:
        for row, (shot, frame) in enumerate(zip(shot_of, frames, strict=False)):
            collected.add(shot, frame)
            yield Progress(row + 1, len(points), "Measuring hair, mouth and wrinkles")
    return collected.other_neutrals(settled) or collected.complete(times, drop_outliers, filter_in_time)


class _Collected:
    """What the frames of a clip add, one after the other.

    Parameters
    ----------
    points : (n, 478, 3) float32 array
        Of all frames.
    found : (n,) bool array
        Frames that show the face.
    shots : sequence of slice
        Rows of each shot.
    rests : sequence of Rest
        Their neutral frames.
    """

    def __init__(self, points: Float32Array, found: BoolArray, shots: Sequence[slice], rests: Sequence[Rest]) -> None:
        self.points, self.found, self.shots, self.rests = points, found, shots, rests
        self.references = [
            rows.start + reference_frame(points[rows], rest.points) for rows, rest in zip(shots, rests, strict=True)
        ]
        self.reference_greys = [rest.ratios.neutral_grey for rest in rests]
        self.mouths_of = [OpenMouth() for _ in rests]
        self.most_features = max(len(rest.features.points) for rest in rests)
        height, width = np.max([rest.ratios.region.shape for rest in rests], axis=0).tolist()
        self.size = int(height), int(width)
        self.tracks, self.mouths = DiskArrayBuilder(np.float32), DiskArrayBuilder(np.uint8)
        self.offsets = DiskArrayBuilder(np.float32)
        self.logs, self.lids = DiskArrayBuilder(np.float16), DiskArrayBuilder(np.float16)
        self.boxes: list[tuple[int, int, int, int]] = []
        self.mouth_sizes: list[int] = []
        self.shifts: list[Float32Array] = []
        self.evidence: list[Evidence] = []
        self.lid_rows: list[int] = []
        self.lids_kept = 0

    def add(self, shot: int, frame: _FrameMeasures) -> None:
        """Add the next frame, which belongs to a shot."""
        row = len(self.boxes)
        seen = bool(self.found[row])
        self.offsets.append(frame.offsets)
        self.tracks.append(_padded(frame.track, (self.most_features, 2)))
        self.shifts.append(frame.shift)
        mouth = frame.mouth if seen else frame.mouth[:0, :0]
        self.mouths.append(mouth)
        self.mouth_sizes.append(mouth.size)
        self.evidence.append(frame.covered)
        if frame.covered.unlike < 1:
            self.mouths_of[shot].add(pixels_between_lips(mouth, frame.corner, self.points[row]))
        self.boxes.append((*frame.corner, mouth.shape[1], mouth.shape[0]))
        self.logs.append(_padded(frame.log_ratio, self.size))
        lid_ratios = frame.lid_ratios if seen else frame.lid_ratios[:0]
        self.lid_rows.append(self.lids_kept if len(lid_ratios) else -1)
        self.lids_kept += bool(len(lid_ratios))
        self.lids.append(lid_ratios)
        if row == self.references[shot]:
            self.reference_greys[shot] = encoded_luminance(frame.canonical)

    def other_neutrals(self, settled: Collection[int | None]) -> dict[int, BoolArray]:
        """By the shots whose neutral frame is covered, the frames of which one should be it instead."""
        return {
            shot: among
            for shot, (rows, rest) in enumerate(zip(self.shots, self.rests, strict=True))
            if shot not in settled
            and (among := unlike_a_covered_neutral(self.evidence[rows], self.found[rows], rest.row - rows.start)).any()
        }

    def complete(self, times: Float64Array, drop_outliers: bool, filter_in_time: bool) -> Measured:
        """Complete what only all frames of a shot tell: what is covered, moves or is calmed in time."""
        count, rests = len(self.boxes), self.rests
        frame_seconds = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
        offsets = self.tracks.array().reshape(count, self.most_features, 2)
        covered, unlit = np.zeros((2, count), np.bool_)
        peripheral, camera = [], np.zeros((count, 2), np.float32)
        for rows, rest in zip(self.shots, rests, strict=True):
            covered[rows] = covered_frames(self.evidence[rows], self.found[rows], rest.row - rows.start)
            unlit[rows] = unlit_frames(self.evidence[rows], covered[rows])
            kept, _ = steady_tracks(offsets[rows, : len(rest.features.points)], rest.features.points, frame_seconds)
            offsets[rows, len(kept) :] = 0
            peripheral.append(kept)
            camera[rows] = camera_motion(np.array(self.shifts[rows]), outer_eye_distance(rest.points), frame_seconds)
        palettes = [mouth.complete(rest.palette).to_array() for mouth, rest in zip(self.mouths_of, rests, strict=True)]
        later = [
            (rows.start + 1, rest.row + 1, len(kept))
            for rows, rest, kept in zip(self.shots, rests, peripheral, strict=True)
        ][1:]
        return Measured(
            points=self._registered(covered, times),
            covered=covered,
            unlit=unlit,
            peripheral=np.concatenate(peripheral),
            peripheral_offsets=offsets[:, : max(map(len, peripheral))],
            camera_offsets=camera,
            palette=palettes[0],
            log_ratios=self._clean_ratios(covered, frame_seconds if filter_in_time else None, drop_outliers),
            mouth_pixels=self.mouths.array(),
            mouth_starts=np.concatenate([[0], np.cumsum(self.mouth_sizes)]).astype(np.int64),
            mouth_boxes=np.array(self.boxes, np.int32),
            lid_rows=np.array(self.lid_rows, np.int32),
            lid_ratios=self.lids.array(len(LIDS), HEIGHT, WIDTH),
            later_shots=np.array(later, np.int64).reshape(-1, 3),
            later_palettes=np.array(palettes[1:], np.float32).reshape(-1, len(palettes[0])),
            strangers=other_people([rest.identity for rest in rests]),
        )

    def _registered(self, covered: BoolArray, times: Float64Array) -> Float32Array:
        """The points of all frames, moved in place to where the skin of the neutral frame is."""
        offsets = self.offsets.array(ALL_POINTS, 2)
        for rows, rest in zip(self.shots, self.rests, strict=True):
            _bridge_in_place(offsets[rows], self.found[rows] & ~covered[rows])
            settle_offsets(offsets[rows], rest.row - rows.start, times[rows])
        for row, offset in enumerate(offsets):
            self.points[row, :, :2] += offset
        return self.points

    def _clean_ratios(self, covered: BoolArray, frame_seconds: float | None, drop_outliers: bool) -> Halves:
        """Ratio images of all frames: bridged where the face is not seen, without what is none, calmed in time."""
        log_ratios = self.logs.array(*self.size)
        for shot, (rows, rest) in enumerate(zip(self.shots, self.rests, strict=True)):
            own = log_ratios[(rows, *(slice(side) for side in rest.ratios.region.shape))]
            keep, explained = rest.ratios.region, np.zeros_like(rest.ratios.region)
            if drop_outliers:
                explained = rest.ratios.explained()
                if not covered[self.references[shot]]:
                    reference = own[self.references[shot] - rows.start]
                    keep = keep * rest.ratios.without_outliers(reference, self.reference_greys[shot])
            _bridge_in_place(own, self.found[rows] & ~covered[rows])
            clean_log_ratios(own, keep, explained, frame_seconds, out=own)
        return log_ratios


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
