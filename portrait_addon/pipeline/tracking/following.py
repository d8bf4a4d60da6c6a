"""Step 1: one face through a clip, whatever else the tracker sees, and a way over the frames in which it is not seen.

The face that is largest when a face is first seen is followed, or the one that was chosen. A face elsewhere in the
picture is somebody else; a face that jumps away and back within one frame is a mistake of the tracker. Frames without
the face lie between their neighbours, and the clip's ends are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..face.mesh import OUTER_EYE_CORNERS, SKIN_POINTS
from ..imaging.arrays import BoolArray, Float32Array, Float64Array, IntArray, Points, UInt8Array
from ..imaging.disk_array import DiskArrayBuilder
from ..imaging.easing import smoothstep
from ..records.face import Face
from .searching import Detector, search, search_near

REACH = 1.0
"""A face moves by at most this share of its height from one frame to the next; beyond that it is somebody else's."""

PATIENCE = 25
"""After so many frames without it, a face is chosen anew: the clip was cut, or the other one stayed."""

JUMP = 0.3
"""Mean distance of a face from the middle between its neighbours in time, in outer-eye distances, that no head covers
within a frame and back [our clips: at most 0.04]."""

SEARCHED_EVERY = 10
"""Of the frames that show no face where none is followed, one in so many is searched thoroughly, which takes half a
second."""

FORGOTTEN = 5
"""Frames after which an unseen face may be twice as far away."""

LONG_GAP = 12
"""From so many frames on a gap is crossed gently: slow at both ends, so that the face never seems to be pulled."""


class Follower:
    """Finds the face of the one who is followed, frame by frame.

    Parameters
    ----------
    detector : Detector
        Looks again where the face is missed.
    choice : int
        Which of several faces, when so many are first seen; 1 is the largest.

    Attributes
    ----------
    most : int
        Most faces that were seen in one frame.
    """

    def __init__(self, detector: Detector, choice: int = 1) -> None:
        self.most = 0
        self._detector = detector
        self._choice = choice
        self._last: Face | None = None
        self._missed = 0

    def find(self, frame: UInt8Array, faces: list[Face]) -> Face | None:
        """The face in the next frame (h, w, 3), of those that the detector sees in it; None if it is not seen."""
        face = self._choose(faces)
        if face is None:
            faces = self._look_again(frame)
            face = self._choose(faces)
        self.most = max(self.most, len(faces))
        self._missed = 0 if face else self._missed + 1
        self._last = face or self._last
        return face

    def _look_again(self, frame: UInt8Array) -> list[Face]:
        if self._last and self._missed < PATIENCE:
            return search_near(frame, self._detector, self._last)
        return search(frame, self._detector) if self._missed % SEARCHED_EVERY == 0 else []

    def _choose(self, faces: Sequence[Face]) -> Face | None:
        """The followed face among some, the largest first."""
        last = self._last
        if last is None or self._missed >= PATIENCE:
            return faces[self._choice - 1] if len(faces) >= self._choice else None
        if not faces:
            return None
        nearest = min(faces, key=lambda face: _distance(face, last))
        reach = REACH * max(last.height, nearest.height) * (1 + self._missed / FORGOTTEN)
        return nearest if _distance(nearest, last) <= reach else None


def _distance(face: Face, other: Face) -> float:
    return float(np.linalg.norm(face.points[:, :2].mean(axis=0) - other.points[:, :2].mean(axis=0)))


def without_jumps(points: Points, found: BoolArray) -> BoolArray:
    """Which frames show the face and not a mistake.

    Parameters
    ----------
    points : (n, 478, 3) array
        Anything where no face was found.
    found : (n,) bool array

    Returns
    -------
    (n,) bool array
        `found` without the frames in which the face jumps away and back.
    """
    kept = found.copy()
    rows = np.flatnonzero(found)
    for at in range(1, len(rows) - 1):
        if rows[at + 1] - rows[at - 1] > 2:
            continue  # across a gap nothing is known
        before, now, after = (np.asarray(points[row, :SKIN_POINTS, :2], np.float64) for row in rows[at - 1 : at + 2])
        unit = min(_unit(before), _unit(after))
        away = _mean_distance(now, (before + after) / 2)
        if away > JUMP * unit and _mean_distance(before, after) < away / 2 and kept[rows[at - 1]]:
            kept[rows[at]] = False
    return kept


def _unit(points: Points) -> float:
    left, right = OUTER_EYE_CORNERS
    return max(float(np.linalg.norm(points[left] - points[right])), 1e-6)


def _mean_distance(points: Points, others: Points) -> float:
    return float(np.linalg.norm(points - others, axis=1).mean())


@dataclass(frozen=True, eq=False)
class Bridge:
    """Where each frame of a clip lies between the frames that show the face.

    Attributes
    ----------
    before, after : (n,) int arrays
        Frames that show the face; both are the frame itself where it does.
    share : (n,) float64 array
        0..1, how far the frame lies towards `after`.
    """

    before: IntArray
    after: IntArray
    share: Float64Array

    @classmethod
    def over(cls, found: BoolArray) -> Bridge:
        """The bridge over the frames that are not in `found` (n,), of which at least one is true."""
        rows, known = np.arange(len(found)), np.flatnonzero(found)
        before = known[np.clip(np.searchsorted(known, rows, "right") - 1, 0, None)]
        after = known[np.clip(np.searchsorted(known, rows, "left"), None, len(known) - 1)]
        gap = after - before  # 0 where known, negative nowhere; at the clip's ends both are the same frame
        gap[(rows < known[0]) | (rows > known[-1])] = 0
        share = np.where(gap > 0, (rows - before) / np.maximum(gap, 1), 0.0)
        return cls(before, after, np.where(gap > LONG_GAP, smoothstep(share), share))

    def fill(self, rows: Float32Array) -> Float32Array:
        """Rows (n, ...) of every frame, those without the face in between; the others stay bit by bit."""
        filled = DiskArrayBuilder(np.float32)
        for before, after, share in zip(self.before, self.after, self.share.astype(np.float32), strict=True):
            filled.append(rows[before] * (1 - share) + rows[after] * share if share else rows[before])
        return filled.array(*rows.shape[1:])
