"""First reading of a clip: the face in every frame, and where shots begin."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..face.mesh import ALL_POINTS
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from ..imaging.colour import encoded_luminance
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.threads import ordered_thread_map
from ..records.face import BLENDSHAPES, Face
from ..records.progress import Progress, TrackedFace
from ..tracking.following import Follower
from ..tracking.searching import Detector
from .cuts import with_cuts, working_picture
from .dissolves import THUMBNAIL, dissolves, thumbnail
from .frame_source import FrameSource


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


def track_faces(clip: FrameSource, tracker: Detector, choice: int, workers: int) -> Generator[Progress, None, Tracked]:
    """Track the face in every frame.

    Parameters
    ----------
    clip : FrameSource
    tracker : Detector
        Detects the faces of a frame.
    choice : int
        Rank of the face to follow by size, 1 for the largest.
    workers : int
        Number of threads, see `ordered_thread_map`.

    Yields
    ------
    Progress
        After each frame.

    Returns
    -------
    Tracked
    """

    def detected(
        item: tuple[float, UInt8Array],
    ) -> tuple[UInt8Array, tuple[float, UInt8Array, UInt8Array, list[Face]]]:
        seconds, frame = item
        grey = encoded_luminance(frame)
        return working_picture(grey), (seconds, frame, thumbnail(grey), tracker.detect(frame))

    times: list[float] = []
    firsts, found = [0], list[bool]()
    points, blendshapes, matrices = (DiskArrayBuilder(np.float32) for _ in range(3))
    thumbnails = DiskArrayBuilder(np.uint8)
    follower, size, first = Follower(tracker, choice), (0, 0), None
    with closing(ordered_thread_map(detected, clip, workers)) as frames:
        for cut, (seconds, frame, small, faces) in with_cuts(frames):
            if cut:
                firsts.append(len(times))
                follower.restart()
            face = follower.find(frame, faces)
            times.append(seconds)
            thumbnails.append(small)
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
