"""Step 1: look again for a face that the tracker missed.

The tracker's detector sees a picture at 128 x 128 pixels, and upright faces that take up about an eighth of its longer
side. So a smaller one is looked for in tiles, and one that lies on its side or head in the picture turned. What is
found that way counts only if a closer look finds the same.

On a head that lies, the tracker often sees an upright face where there is none. Closer looks then differ more from the
first than those of the picture turned, so the turn counts whose looks agree best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from ..imaging.arrays import Float64Array, UInt8Array
from ..records.face import Face

TILES = (2, 4, 6)
"""The longer side is divided by these; tiles overlap by half."""

LEAST_TILE = 96
"""Pixels; a face in a smaller tile has no features left."""

CLOSER = 2.5
"""Side of the closer look, in heights of the face."""

SAME_FACE = 0.15
"""Two looks see the same face if their points lie this near on average, in heights of the face."""

SURE = 0.01
"""Looks that agree so well leave no doubt which way up the face is [upright faces on lying heads: 0.015 and more]."""


class Detector(Protocol):
    """Finds faces in single pictures, as `FaceTracker` does."""

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Faces of a BGR picture of shape (h, w, 3), the largest first; an empty list if there is none."""
        ...


def search(picture: UInt8Array, detector: Detector) -> list[Face]:
    """Faces of a picture, the largest first: as it is or turned by a quarter or a half, else in tiles."""
    faces = _in_best_turn(picture, detector)
    for parts in TILES:
        faces = faces or _in_tiles(picture, detector, parts)
    return sorted(faces, key=lambda face: face.height, reverse=True)


def search_near(picture: UInt8Array, detector: Detector, last: Face) -> list[Face]:
    """Faces about where one was seen last."""
    return _within(picture, detector, *_box_round(last, picture))


def _in_best_turn(picture: UInt8Array, detector: Detector) -> list[Face]:
    best: list[Face] = []
    least = np.inf
    for turns in (0, 1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(picture, turns))
        faces = detector.detect(turned)
        if not faces:
            continue
        closer = [_nearest_look(face, turned, detector) for face in faces]
        doubt = closer[0][1]
        if turns:
            height, width = picture.shape[:2]
            faces = [turned_back(look, turns, width, height) for look, apart in closer if look and apart < SAME_FACE]
        if faces and (doubt < least or not best):
            best, least = faces, doubt
        if least < SURE:
            break
    return best


def _in_tiles(picture: UInt8Array, detector: Detector, parts: int) -> list[Face]:
    height, width = picture.shape[:2]
    side = max(height, width) // parts
    faces: list[Face] = []
    if side < LEAST_TILE:
        return faces
    for top in _starts(height, side):
        for left in _starts(width, side):
            for face in _within(picture, detector, left, top, side):
                closer = _confirmed(face, picture, detector)
                if closer and not any(_same(closer, other) for other in faces):
                    faces.append(closer)
    return faces


def _starts(length: int, side: int) -> Iterator[int]:
    """Where tiles begin that overlap by half and cover all."""
    last = max(length - side, 0)
    count = -(-2 * last // side)
    return (round(k * last / max(count, 1)) for k in range(count + 1))


def _within(picture: UInt8Array, detector: Detector, left: int, top: int, side: int) -> list[Face]:
    tile = np.ascontiguousarray(picture[top : top + side, left : left + side])
    corner = np.array([left, top, 0], np.float32)
    return [replace(face, points=face.points + corner) for face in detector.detect(tile)]


def _box_round(face: Face, picture: UInt8Array) -> tuple[int, int, int]:
    """Left, top and side of a square for a closer look."""
    low, high = face.points[:, :2].min(axis=0), face.points[:, :2].max(axis=0)
    side = min(max(round(CLOSER * float((high - low).max())), LEAST_TILE // 2), *picture.shape[:2])
    left, top = np.round((low + high) / 2 - side / 2).astype(int)
    height, width = picture.shape[:2]
    return int(np.clip(left, 0, width - side)), int(np.clip(top, 0, height - side)), side


def _confirmed(face: Face, picture: UInt8Array, detector: Detector) -> Face | None:
    """The face as a closer look sees it; None if that does not see the same."""
    closer, apart = _nearest_look(face, picture, detector)
    return closer if apart < SAME_FACE else None


def _nearest_look(face: Face, picture: UInt8Array, detector: Detector) -> tuple[Face | None, float]:
    """What a closer look sees that is most like the face, and how far apart the two are."""
    looks = [(_apart(closer, face), closer) for closer in search_near(picture, detector, face)]
    apart, closer = min(looks, key=lambda look: look[0], default=(float("inf"), None))
    return closer, apart


def _same(face: Face, other: Face) -> bool:
    return _apart(face, other) < SAME_FACE


def _apart(face: Face, other: Face) -> float:
    """Mean distance of the points of two looks, in heights of the face."""
    apart = np.linalg.norm(face.points[:, :2] - other.points[:, :2], axis=1).mean()
    return float(apart) / max(face.height, other.height)


def turned_back(face: Face, turns: int, width: int, height: int) -> Face:
    """A face of ``numpy.rot90(picture, turns)`` as it lies in the picture of the given size."""
    points, matrix = face.points, face.head_matrix
    quarter: Float64Array = np.array([[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64)
    for turn in range(turns, 0, -1):
        across = width if turn % 2 else height  # width of the picture before this quarter turn
        points = np.column_stack([across - 1 - points[:, 1], points[:, 0], points[:, 2]]).astype(np.float32)
        matrix = (quarter @ matrix).astype(np.float32)
    return Face(points, face.blendshapes, matrix)
