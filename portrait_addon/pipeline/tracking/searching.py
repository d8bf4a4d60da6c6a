"""Step 1: search again for a face that the tracker missed.

The tracker's detector scales a picture to 128 x 128 pixels, and finds upright faces of about an eighth of its longer
side or more. Smaller faces are searched in tiles, faces that lie on their side or upside down in the rotated picture.
A face found in either way counts only if a second detection, in a crop round it, finds the same face; beside other
faces, only if a third does too. Two faces whose centres lie in each other are one.

On a head that lies on its side, the tracker often finds an upright face where there is none. The second detection then
differs from the first more than it does in the picture rotated correctly. So the rotation is chosen in which the two
agree best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np

from ..imaging.arrays import Float64Array, UInt8Array
from ..records.face import Face

TILES = (2, 4, 6)
"""Numbers of tiles along the picture's longer side, tried in turn; tiles overlap by half."""

MOST_TILES_BESIDE_FACES = 4
"""Of `TILES`, where there are faces already: what is smaller than a thirtieth of the picture is nobody's portrait."""

LEAST_TILE = 96
"""Least side of a tile, in pixels; a face in a smaller tile has no features left."""

FRAME = (128, 128, 128)
"""Colour of a frame round a picture that a face fills [grey: points within 0.05 u; borders that repeat the picture find
fewer faces, mirrored ones wrong points]."""

FRAMED_SIDE = 1024
"""Longer side to which a larger picture is scaled in a frame, in pixels: a face that fills it has detail enough."""

CLOSER = 2.5
"""Side of the crop for a second detection, in heights of the face."""

CROPS = (1.6, 2.0, 2.5, 3.2)
"""The same where one crop is not trusted."""

CLOSEST = (1.2, 1.6, 2.0)
"""The same where the face may fill the picture: a crop that is all of it shows the same again."""

SAME_FACE = 0.15
"""Mean distance of the points, in heights of the face, below which two detections are of the same face."""

DOUBTFUL = 0.05
"""Median over `CROPS` of the distance between first and second detection, in heights of the face, above which there is
no face [people, painted ones too: 0.01; a cat: 0.05 and more]."""

STEADY = 0.03
"""Mean distance between the second and a third detection, in heights of the face, below which a further face is one
[faces: 0.01; buttons, hands and folds that were taken for faces: 0.09 and more]."""

SURE = 0.01
"""Mean distance between first and second detection, in heights of the face, below which the rotation is certain [false
upright faces on lying heads: 0.015 and more]."""


class Detector(Protocol):
    """Face detector for single pictures, such as `FaceTracker`."""

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Detect the faces of a picture.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            BGR.

        Returns
        -------
        list of Face
            The largest first; empty if no face is found.
        """
        ...


def search(picture: UInt8Array, detector: Detector) -> list[Face]:
    """Search a picture for faces: as it is, rotated by 90, 270 and 180 degrees, and else in tiles.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        BGR.
    detector : Detector

    Returns
    -------
    list of Face
        The largest first, in the picture as it is given; empty if no face is found.
    """
    faces = _detect_in_best_rotation(picture, detector)
    for parts in TILES:
        faces = faces or _detect_in_tiles(picture, detector, parts)
    return sorted(faces, key=lambda face: face.height, reverse=True)


def search_all(picture: UInt8Array, detector: Detector) -> list[Face]:
    """Search a picture for all of its faces: as `search` does, and in tiles too where there are faces already.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        BGR.
    detector : Detector

    Returns
    -------
    list of Face
        The largest first; empty if no face is found.
    """
    faces = _detect_in_best_rotation(picture, detector) or _detect_beyond_border(picture, detector)
    for parts in TILES:
        if faces and parts > MOST_TILES_BESIDE_FACES:
            break
        found = _detect_in_tiles(picture, detector, parts, faces)
        steady = [face for face in found if _detect_again(face, picture, detector)[1] < STEADY]
        faces = apart(faces + (steady if faces or steady else found))
    return sorted(faces, key=lambda face: face.height, reverse=True)


def search_near(picture: UInt8Array, detector: Detector, last: Face) -> list[Face]:
    """Search a picture for faces near a known one.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        BGR.
    detector : Detector
    last : Face
        The face where it was found last.

    Returns
    -------
    list of Face
        The largest first; empty if no face is found.
    """
    return _detect_in_crop(picture, detector, *_crop_round(last, picture))


class UpsideDown:
    """A detector for pictures that stand on their head.

    Parameters
    ----------
    detector : Detector
        It sees the pictures upright.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Detect the faces of a picture.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            BGR, upside down.

        Returns
        -------
        list of Face
            The largest first, in the picture as it is given.
        """
        height, width = picture.shape[:2]
        turned = np.ascontiguousarray(np.rot90(picture, 2))
        return [turned_back(face, 2, width, height) for face in self._detector.detect(turned)]


def stands_on_its_head(picture: UInt8Array, face: Face, detector: Detector) -> bool:
    """Tell whether a face that was detected is a mistake in a picture that is upside down.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        BGR.
    face : Face
        Detected in the picture as it is.
    detector : Detector

    Returns
    -------
    bool
        True if the face differs at closer looks, and the one in the turned picture does not.
    """
    if _is_sure(face, picture, detector):
        return False
    turned = UpsideDown(detector)
    faces = turned.detect(picture)
    return bool(faces) and _is_sure(faces[0], picture, turned)


def _is_sure(face: Face, picture: UInt8Array, detector: Detector) -> bool:
    """Whether every closer look finds the face in the same place."""
    return all(_detect_again(face, picture, detector, closer)[1] < SURE for closer in CLOSEST)


def _detect_in_best_rotation(picture: UInt8Array, detector: Detector) -> list[Face]:
    """Faces in the rotation of the picture in which first and second detection agree best, each face once."""
    best: list[Face] = []
    least = np.inf
    for turns in (0, 1, 3, 2):
        rotated = np.ascontiguousarray(np.rot90(picture, turns))
        faces = apart(detector.detect(rotated))
        if not faces:
            continue
        second = [_detect_again(face, rotated, detector) for face in faces]
        difference = second[0][1]
        if difference > SURE and _unsteadiness(faces[0], rotated, detector) > DOUBTFUL:
            continue
        if turns:
            height, width = picture.shape[:2]
            faces = [turned_back(face, turns, width, height) for face, apart in second if face and apart < SAME_FACE]
        else:
            faces = [
                face for face, (_, apart) in zip(faces, second, strict=True) if face is faces[0] or apart < SAME_FACE
            ]
        if faces and (difference < least or not best):
            best, least = faces, difference
        if least < SURE:
            break
    return best


def _detect_beyond_border(picture: UInt8Array, detector: Detector) -> list[Face]:
    """Faces that fill the picture or are cut by its border: the detector wants to see something around a face."""
    longer = max(picture.shape[:2])
    scale = min(1.0, FRAMED_SIDE / longer)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    room = round(scale * longer / 2)
    framed = cv2.copyMakeBorder(small, room, room, room, room, cv2.BORDER_CONSTANT, value=FRAME)
    faces = _detect_in_best_rotation(np.asarray(framed, np.uint8), detector)
    corner, half = np.array([[room] * 2 + [0], [0.5, 0.5, 0]], np.float32)  # a pixel's centre is half a pixel inside
    return [replace(face, points=(face.points - corner + half) / np.float32(scale) - half) for face in faces]


def _detect_in_tiles(picture: UInt8Array, detector: Detector, parts: int, known: Sequence[Face] = ()) -> list[Face]:
    """Faces in tiles of the picture, `parts` along its longer side, each face once; none of the known ones."""
    height, width = picture.shape[:2]
    side = max(height, width) // parts
    faces: list[Face] = []
    if side < LEAST_TILE:
        return faces
    for top in _tile_starts(height, side):
        for left in _tile_starts(width, side):
            for face in _detect_in_crop(picture, detector, left, top, side):
                if any(_overlap(face, other) for other in (*known, *faces)):
                    continue
                confirmed = _confirmed(face, picture, detector)
                if confirmed and not any(_overlap(confirmed, other) for other in (*known, *faces)):
                    faces.append(confirmed)
    return faces


def apart(faces: Sequence[Face]) -> list[Face]:
    """Leave out faces that overlap an earlier one: a face detected twice, or a part of it taken for a face.

    Parameters
    ----------
    faces : sequence of Face
        The largest first.

    Returns
    -------
    list of Face
        In the same order.
    """
    kept: list[Face] = []
    for face in faces:
        if not any(_overlap(face, other) for other in kept):
            kept.append(face)
    return kept


def _overlap(face: Face, other: Face) -> bool:
    """Whether the centre of one face lies in the other."""
    return _holds(face, other) or _holds(other, face)


def _holds(face: Face, other: Face) -> bool:
    points = face.points[:, :2]
    centre = other.points[:, :2].mean(axis=0)
    return bool(((points.min(axis=0) < centre) & (centre < points.max(axis=0))).all())


def _tile_starts(length: int, side: int) -> Iterator[int]:
    """First pixels of tiles that overlap by half and cover a whole length."""
    last = max(length - side, 0)
    count = -(-2 * last // side)
    return (round(k * last / max(count, 1)) for k in range(count + 1))


def _detect_in_crop(picture: UInt8Array, detector: Detector, left: int, top: int, side: int) -> list[Face]:
    """Faces in a square of the picture, in pixels of the whole picture."""
    crop = np.ascontiguousarray(picture[top : top + side, left : left + side])
    corner = np.array([left, top, 0], np.float32)
    return [replace(face, points=face.points + corner) for face in detector.detect(crop)]


def _crop_round(face: Face, picture: UInt8Array, closer: float = CLOSER) -> tuple[int, int, int]:
    """Left, top and side, in pixels, of the crop for a second detection."""
    low, high = face.points[:, :2].min(axis=0), face.points[:, :2].max(axis=0)
    side = min(max(round(closer * float((high - low).max())), LEAST_TILE // 2), *picture.shape[:2])
    left, top = np.round((low + high) / 2 - side / 2).astype(int)
    height, width = picture.shape[:2]
    return int(np.clip(left, 0, width - side)), int(np.clip(top, 0, height - side)), side


def _confirmed(face: Face, picture: UInt8Array, detector: Detector) -> Face | None:
    """The face from a second detection; None if that does not find the same face, or the next ones do not."""
    second, apart = _detect_again(face, picture, detector)
    if second is None or apart >= SAME_FACE:
        return None
    return second if apart < SURE or _unsteadiness(second, picture, detector) <= DOUBTFUL else None


def _unsteadiness(face: Face, picture: UInt8Array, detector: Detector) -> float:
    """Median over crops of several sizes of what `_detect_again` gives: the mean distance in heights of the face."""
    return float(np.median([_detect_again(face, picture, detector, closer)[1] for closer in CROPS]))


def _detect_again(
    face: Face, picture: UInt8Array, detector: Detector, closer: float = CLOSER
) -> tuple[Face | None, float]:
    """The nearest face that a second detection finds in a crop round a face, and its mean distance from that face."""
    crop = _crop_round(face, picture, closer)
    near = [(_mean_distance(second, face), second) for second in _detect_in_crop(picture, detector, *crop)]
    apart, second = min(near, key=lambda pair: pair[0], default=(float("inf"), None))
    return second, apart


def _mean_distance(face: Face, other: Face) -> float:
    """Mean distance of the points of two detections, in heights of the larger one."""
    apart = np.linalg.norm(face.points[:, :2] - other.points[:, :2], axis=1).mean()
    return float(apart) / max(face.height, other.height)


def turned_back(face: Face, turns: int, width: int, height: int) -> Face:
    """Map a face of a rotated picture back to the original picture.

    Parameters
    ----------
    face : Face
        Found in ``numpy.rot90(picture, turns)``.
    turns : int
        Number of quarter turns counter-clockwise, 0..3.
    width, height : int
        Size of the original picture in pixels.

    Returns
    -------
    Face
        In pixels of the original picture.
    """
    points, matrix = face.points, face.head_matrix
    quarter: Float64Array = np.array([[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64)
    for turn in range(turns, 0, -1):
        across = width if turn % 2 else height  # width of the picture before this quarter turn of `rot90`
        points = np.column_stack([across - 1 - points[:, 1], points[:, 0], points[:, 2]]).astype(np.float32)
        matrix = (quarter @ matrix).astype(np.float32)
    return Face(points, face.blendshapes, matrix)
