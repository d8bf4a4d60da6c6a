"""Track a driving clip and measure its performance.

The clip is read twice: first to track the face, and then, with the neutral frame known, to measure the peripheral
points, the inside of the mouth and the ratio images against it. Several threads process the frames in both readings.
At the end a head in space is fitted to the points.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import BoolArray, Float32Array, Float64Array
from ..imaging.bridge import Bridge
from ..imaging.disk_array import DiskArrayBuilder
from ..records.face import NoFaceError
from ..records.performance import NeutralFrameError, Performance
from ..records.progress import Progress
from ..tracking.following import within_picture, without_jumps
from ..tracking.matte import PersonSegmenter
from ..tracking.matte_dnn import DnnPersonSegmenter
from ..tracking.searching import Detector
from .covered import uncover_mouths, uncover_scores
from .first_reading import Tracked, track_faces
from .fitted_heads import fit_heads
from .frame_source import FrameSource, Reread
from .neutral import activity, neutral_frame
from .second_reading import Measured, Rest, measure, measure_rests
from .smoothing import smooth_in_time, smooth_points

AnyScalar = TypeVar("AnyScalar", bound=np.generic)


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
    clip = Reread(clip)
    tracked = yield from track_faces(clip, tracker, face, workers)
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
    rests = measure_rests(clip, segmenter, points, neutrals)
    measured = yield from measure(
        clip, points, times, found, shots, rests, {its_shot}, drop_outliers, filter_in_time, workers
    )
    if not isinstance(measured, Measured):  # neutral frames were behind a hand: measure against others
        for shot, among in measured.items():
            neutrals[shot] = _neutral(points, shots[shot], activities[shot], among)
        rests = measure_rests(clip, segmenter, points, neutrals)
        measured = yield from measure(
            clip, points, times, found, shots, rests, range(len(shots)), drop_outliers, filter_in_time, workers
        )
        assert isinstance(measured, Measured)
    if measured.covered.any():
        points, blendshapes = _uncovered(measured.points, blendshapes, measured.covered, found, shots, rests)
        measured = measured._replace(points=points)
    heads = yield from fit_heads(measured.points, blendshapes, times, (int(size[0]), int(size[1])), shots, neutrals)
    return Performance(
        times=times,
        size=size,
        neutral=neutrals[0] + 1,
        found=found,
        blendshapes=blendshapes,
        head_matrices=matrices,
        faces=faces,
        **measured._asdict(),
        **heads._asdict(),
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
    rests: Sequence[Rest],
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
