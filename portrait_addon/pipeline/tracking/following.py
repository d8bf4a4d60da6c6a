"""Step 1: follow one face through a clip.

The follower takes the largest face of the first frame that shows any, or the face that the user chose. A face far from
the last position is somebody else's. A face that jumps away and back within one frame is an error of the tracker.
Frames without the face are bridged, see `imaging.bridge`. In a shot that is upside down the tracker sees faces where
there are none, so the frames of such a shot are turned before they are searched.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..face.mesh import OUTER_EYE_CORNERS, SKIN_POINTS, quarter_turns
from ..imaging.arrays import BoolArray, IntArray, Points, UInt8Array
from ..records.face import Face
from .searching import Detector, UpsideDown, apart, search, search_near, stands_on_its_head

REACH = 1.0
"""Largest displacement of a face from one frame to the next, as a share of its height. A face further away is somebody
else's."""

PATIENCE = 25
"""Number of frames without the face after which a face is chosen anew: the clip was cut, or the person has left."""

JUMP = 0.3
"""Mean distance of a face from the midpoint of its neighbours in time, in outer-eye distances, above which it is a
tracker's error [our clips: at most 0.04]."""

LEAST_INSIDE = 0.6
"""A face of whose points fewer lie within the picture is guessed by the tracker: somebody leaves."""

SEARCHED_EVERY = 10
"""While no face is followed, one of so many frames without a face is searched thoroughly, which takes half a second."""

FORGOTTEN = 5
"""Number of frames without the face after which it may have moved twice as far."""


class Follower:
    """Find the same face in every frame of a clip.

    Parameters
    ----------
    detector : Detector
        Searches a frame again if the face is missing.
    choice : int
        Rank of the face by size, 1 for the largest, in the first frame that shows so many faces.

    Attributes
    ----------
    most : int
        Largest number of faces found in one frame.
    """

    def __init__(self, detector: Detector, choice: int = 1) -> None:
        self.most = 0
        self._detector = detector
        self._on_head: UpsideDown | None = None
        self._choice = choice
        self._last: Face | None = None
        self._missed = 0
        self._later_shot = False

    def restart(self) -> None:
        """Choose a face anew in the next frame: the clip was cut."""
        self._last, self._missed, self._later_shot, self._on_head = None, 0, True, None

    def find(self, frame: UInt8Array, faces: list[Face]) -> Face | None:
        """Find the face in the next frame.

        Parameters
        ----------
        frame : (h, w, 3) uint8 array
            BGR.
        faces : list of Face
            Faces that the detector found in `frame`, the largest first.

        Returns
        -------
        Face or None
            None if the face is not found, also not by a second search.
        """
        if self._last is None and faces and stands_on_its_head(frame, faces[0], self._detector):
            self._on_head = UpsideDown(self._detector)
        if self._on_head is not None:
            faces = self._on_head.detect(frame)
        face = self._choose(faces)
        if face is None:
            faces = self._search_again(frame)
            face = self._choose(faces)
            if self._last is None and face is not None and quarter_turns(face.points) == 2:
                self._on_head = UpsideDown(self._detector)
        self.most = max(self.most, len(apart(faces)))
        self._missed = 0 if face else self._missed + 1
        self._last = face or self._last
        return face

    def _search_again(self, frame: UInt8Array) -> list[Face]:
        """Faces near the last position; in all of the frame, now and then, if no face is followed."""
        detector = self._on_head or self._detector
        if self._last and self._missed < PATIENCE:
            return search_near(frame, detector, self._last)
        return search(frame, detector) if self._missed % SEARCHED_EVERY == 0 else []

    def _choose(self, faces: Sequence[Face]) -> Face | None:
        """The followed face among faces sorted by size, the largest first."""
        last = self._last
        if last is None or self._missed >= PATIENCE:
            faces = apart(faces)
            # A later shot need not show as many faces.
            choice = min(self._choice, len(faces)) if last is None and self._later_shot else self._choice
            return faces[choice - 1] if 0 < choice <= len(faces) else None
        if not faces:
            return None
        nearest = min(faces, key=lambda face: _distance(face, last))
        reach = REACH * max(last.height, nearest.height) * (1 + self._missed / FORGOTTEN)
        return nearest if _distance(nearest, last) <= reach else None


def _distance(face: Face, other: Face) -> float:
    """Distance between the centres of two faces, in pixels."""
    return float(np.linalg.norm(face.points[:, :2].mean(axis=0) - other.points[:, :2].mean(axis=0)))


def without_jumps(points: Points, found: BoolArray) -> BoolArray:
    """Reject the frames in which the face jumps away and back.

    Parameters
    ----------
    points : (n, 478, 3) array
        Tracked points in pixels; any values in frames without a face.
    found : (n,) bool array
        Whether a face was found.

    Returns
    -------
    (n,) bool array
        `found`, but false in the rejected frames.
    """
    kept = found.copy()
    rows = np.flatnonzero(found)
    for k in range(1, len(rows) - 1):
        if rows[k + 1] - rows[k - 1] > 2:
            continue  # a gap beside the frame: its neighbours in time are unknown
        before, now, after = (np.asarray(points[row, :SKIN_POINTS, :2], np.float64) for row in rows[k - 1 : k + 2])
        unit = min(_unit(before), _unit(after))
        jump = _mean_distance(now, (before + after) / 2)
        if jump > JUMP * unit and _mean_distance(before, after) < jump / 2 and kept[rows[k - 1]]:
            kept[rows[k]] = False
    return kept


def within_picture(points: Points, found: BoolArray, size: IntArray) -> BoolArray:
    """Reject the frames in which most of the face lies beyond the picture.

    Parameters
    ----------
    points : (n, 478, 3) array
        Tracked points in pixels; any values in frames without a face.
    found : (n,) bool array
        Whether a face was found.
    size : (2,) int array
        Width and height of the picture.

    Returns
    -------
    (n,) bool array
        `found`, but false in the rejected frames; `found` itself if none would be left.
    """
    inside = np.array(
        [((frame[:SKIN_POINTS, :2] >= 0) & (frame[:SKIN_POINTS, :2] < size)).all(1).mean() for frame in points]
    )
    kept = found & (inside >= LEAST_INSIDE)
    return kept if kept.any() else found


def _unit(points: Points) -> float:
    """Outer-eye distance in pixels, never 0."""
    left, right = OUTER_EYE_CORNERS
    return max(float(np.linalg.norm(points[left] - points[right])), 1e-6)


def _mean_distance(points: Points, others: Points) -> float:
    return float(np.linalg.norm(points - others, axis=1).mean())
