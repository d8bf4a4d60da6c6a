"""Names for the tracked points: the face mesh, its parts, and the 68 iBUG landmarks.

The tracker gives 478 points: 468 on the skin, then five for each iris (the centre, then a ring of four). Left and right
are those of the person in the picture. The triangles are MediaPipe's canonical face mesh (Apache-2.0, see
``models/NOTICE.md``); they leave the eye openings and the inside of the mouth empty.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...models import load_model
from ..imaging.arrays import Float64Array, Points, length

SKIN_POINTS = 468
"""Number of points on the skin; they come first."""
ALL_POINTS = 478
"""Number of tracked points, irises included."""

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""Outline of the face: from the middle of the hairline down the person's left side and up the right."""

JAW = (
    323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
)  # fmt: skip
"""Part of the outline below the ears."""

SKULL_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361,
    132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""Part of the outline from ear lobe to ear lobe over the top: it is fixed to the skull and expressions do not move
it."""

SKULL = (
    10, 67, 109, 103, 54, 21, 338, 297, 332, 284, 251, 151, 9, 8, 168, 6, 197, 195, 5, 4,
    127, 234, 356, 454, 93, 323, 33, 133, 263, 362, 116, 345, 123, 352, 98, 327, 2,
)  # fmt: skip
"""Points that expressions move least: forehead, bridge of the nose, eye corners, cheekbones. The head pose is estimated
from them."""

OUTER_EYE_CORNERS = (33, 263)
"""Right and left outer eye corner; their distance is the unit of length."""

HAIRLINE, CHIN = 10, 152
"""Middle of the hairline, and of the chin."""

LEAST_UNIT = 0.1
"""Least outer-eye distance, as a share of the distance from hairline to chin: in profile the corners of the eyes fall
together, but the face does not vanish. A face from the front has 0.5."""

CRANIUM_GROWTH = 1.35
"""Scale of the outline of hair and ears, relative to the skull's part of the face outline."""


def cranium(points: Points) -> Float64Array:
    """Estimate the outline of hair and ears: the skull's part of the face outline, enlarged by `CRANIUM_GROWTH`.

    All points take the largest depth of the face outline, so that the outline turns with the head but does not swing
    behind the face.

    Parameters
    ----------
    points : (478, 3) array
        Tracked points in pixels.

    Returns
    -------
    (21, 3) float64 array
        In the order of `SKULL_OVAL`, in pixels.
    """
    oval = np.asarray(points[list(FACE_OVAL)], np.float64)
    centre = oval.mean(axis=0)
    outline: Float64Array = centre + CRANIUM_GROWTH * (points[list(SKULL_OVAL)] - centre)
    outline[:, 2] = oval[:, 2].max()
    return outline


NOSE_TIP, NOSE_BASE = 4, 2
"""Point on the tip of the nose."""


class Opening:
    """A hole in the skin whose two rims can meet: an eye or the mouth.

    Parameters
    ----------
    corners : tuple of two int
        Points where the rims end, from the person's right to the left.
    upper, lower : tuple of n int
        Points of the two rims between the corners; ``upper[k]`` is opposite ``lower[k]``. Stored as (n,) int arrays.
    """

    def __init__(self, corners: tuple[int, int], upper: tuple[int, ...], lower: tuple[int, ...]) -> None:
        self.corners = corners
        self.upper = np.array(upper)
        self.lower = np.array(lower)

    @property
    def contour(self) -> NDArray[np.int_]:
        """(2n + 2,) int array, closed outline: first corner, upper rim, last corner, lower rim backwards."""
        first, last = self.corners
        return np.concatenate([[first], self.upper, [last], self.lower[::-1]])

    @property
    def strip(self) -> NDArray[np.int32]:
        """(2n, 3) int32 array, triangles of tracked points between the rims, from corner to corner."""
        upper = [self.corners[0], *self.upper, self.corners[1]]
        lower = [self.corners[0], *self.lower, self.corners[1]]
        quads = zip(upper[:-1], upper[1:], lower[:-1], lower[1:], strict=True)
        triangles = [corner for a, b, c, d in quads for corner in ((a, b, c), (b, d, c)) if len(set(corner)) == 3]
        return np.array(triangles, np.int32)


RIGHT_EYE = Opening((33, 133), (246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155))
"""Opening of the person's right eye."""

LEFT_EYE = Opening((362, 263), (398, 384, 385, 386, 387, 388, 466), (382, 381, 380, 374, 373, 390, 249))
"""Opening of the person's left eye."""

MOUTH = Opening((78, 308), (191, 80, 81, 82, 13, 312, 311, 310, 415), (95, 88, 178, 87, 14, 317, 402, 318, 324))
"""Opening between the inner rims of the lips."""


class Lids:
    """The rows of skin points around an eye.

    Parameters
    ----------
    eye : Opening
    crease, below : tuples of int
        Points above the upper lid and below the lower one, between the corners, from the sitter's right to the left.
    ends : tuple of two int
        Points beside the corners, on the sitter's right and left.

    Attributes
    ----------
    eye : Opening
    ring : (16,) int array
        Closed outline of the lids, along `crease` and back along `below`.
    inside : (n,) int array
        Points of the ring and within it.
    """

    def __init__(self, eye: Opening, crease: tuple[int, ...], below: tuple[int, ...], ends: tuple[int, int]) -> None:
        self.eye = eye
        self.ring = np.array([*crease, ends[1], *below[::-1], ends[0]])
        self.inside = np.concatenate([self.ring, eye.contour])

    @property
    def triangles(self) -> NDArray[np.int32]:
        """(t, 3) triangles of the lids, of a margin round them and of the eye's opening."""
        skin = skin_triangles()
        return np.vstack([skin[np.isin(skin, self.inside).any(axis=1)], self.eye.strip[:, ::-1]])


RIGHT_LIDS = Lids(RIGHT_EYE, (247, 30, 29, 27, 28, 56, 190), (25, 110, 24, 23, 22, 26, 112), (130, 243))
LEFT_LIDS = Lids(LEFT_EYE, (414, 286, 258, 257, 259, 260, 467), (341, 256, 252, 253, 254, 339, 255), (463, 359))
LIDS = (RIGHT_LIDS, LEFT_LIDS)
OUTER_LIPS = Opening((61, 291), (185, 40, 39, 37, 0, 267, 269, 270, 409), (146, 91, 181, 84, 17, 314, 405, 321, 375))
"""Outer rims of the lips."""

UPPER_LIP = np.array((
    MOUTH.upper,
    (183, 42, 41, 38, 12, 268, 271, 272, 407),
    (184, 74, 73, 72, 11, 302, 303, 304, 408),
    OUTER_LIPS.upper,
))  # fmt: skip
LOWER_LIP = np.array((
    MOUTH.lower,
    (96, 89, 179, 86, 15, 316, 403, 319, 325),
    (77, 90, 180, 85, 16, 315, 404, 320, 307),
    OUTER_LIPS.lower,
))  # fmt: skip
"""(4, 9) points of each lip, row by row from the inner rim to the outer one."""

RIGHT_IRIS = (468, 469, 470, 471, 472)
LEFT_IRIS = (473, 474, 475, 476, 477)

EYES = ((RIGHT_EYE, RIGHT_IRIS), (LEFT_EYE, LEFT_IRIS))
"""Opening and iris points of the right and left eye."""

BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 336, 296, 334, 293, 300, 276, 283, 282, 295, 285)
"""Points of both eyebrows, the person's right one first."""

EACH_BROW = BROWS[:10], BROWS[10:]
"""Points of the person's right eyebrow, and of the left one."""

_IBUG_68: tuple[tuple[int, ...], ...] = (
    # jaw, from the person's right ear to the left
    (127,), (234,), (93, 132), (132, 58), (58, 172), (136,), (149,), (176, 148), (152,),
    (377, 400), (378,), (365,), (288, 397), (361, 288), (323, 361), (454,), (356,),
    # right brow, left brow
    (70,), (63,), (105, 66), (66, 107), (107, 55), (285, 336), (336, 296), (296, 334), (293,), (300,),
    # bridge of the nose, nostrils
    (168,), (6, 197), (195,), (4,), (240,), (97,), (2,), (326,), (460,),
    # right eye, left eye
    (33,), (160,), (158,), (133,), (153,), (144,), (362,), (385,), (387,), (263,), (373,), (380,),
    # outer lips, inner lips
    (61,), (39, 40), (37,), (0,), (267,), (269, 270), (291,), (321, 405), (314,), (17,), (84,), (91, 181),
    (78,), (82,), (13,), (312,), (308,), (317,), (14,), (87,),
)  # fmt: skip


@cache
def _ibug_weights() -> NDArray[np.float32]:
    """(68, 478) weights of the tracked points for each landmark."""
    weights = np.zeros((len(_IBUG_68), ALL_POINTS), np.float32)
    for row, sources in enumerate(_IBUG_68):
        weights[row, list(sources)] = 1 / len(sources)
    return weights


def ibug_68(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert tracked points to the 68 iBUG landmarks that the lecture uses.

    Parameters
    ----------
    points : (..., 478, d) float32 array
        Tracked points.

    Returns
    -------
    (..., 68, d) float32 array
        In iBUG order: jaw, brows, nose, eyes, outer lips, inner lips. A landmark between two tracked points is their
        mean.
    """
    return np.asarray(_ibug_weights() @ points, np.float32)


@cache
def skin_triangles() -> NDArray[np.int32]:
    """Triangles of the skin.

    Returns
    -------
    (852, 3) int32 array
        Tracked points of each triangle; read-only. Eye openings and the inside of the mouth are empty.
    """
    return _read_only(np.array(_model()["triangles"], np.int32))


@cache
def canonical_skin() -> Float64Array:
    """Skin points of MediaPipe's canonical face.

    Returns
    -------
    (468, 3) float64 array
        x, y, z in centimetres: y up, z towards the viewer.
    """
    return np.array(_model()["vertices"], np.float64)


def _model() -> dict[str, list[list[float]]]:
    """Read the mesh file: its `triangles` and `vertices`."""
    return dict(json.loads(load_model("face_mesh.json")))


@cache
def face_triangles() -> NDArray[np.int32]:
    """Triangles of the face without holes: the skin, and the strips that span eyes and mouth.

    Returns
    -------
    (t, 3) int32 array
        Tracked points of each triangle, all with the same orientation; read-only.
    """
    openings = [opening.strip[:, ::-1] for opening in (RIGHT_EYE, LEFT_EYE, MOUTH)]
    return _read_only(np.vstack([skin_triangles(), *openings]))


def _read_only(array: NDArray[np.int32]) -> NDArray[np.int32]:
    """Make a shared array read-only."""
    array.setflags(write=False)
    return array


def outer_eye_distance(points: Points) -> float:
    """Distance of the outer eye corners in the image plane, the pipeline's unit of length.

    It is at least `LEAST_UNIT` of the face's height, and never 0, so that lengths can be divided by it.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels; z is ignored.

    Returns
    -------
    float
        In pixels.
    """
    (width, height) = (
        length(points[first, :2] - points[last, :2]) for first, last in (OUTER_EYE_CORNERS, (HAIRLINE, CHIN))
    )
    return max(width, LEAST_UNIT * height, 1e-6)


def quarter_turns(points: Points) -> int:
    """Tell how a face lies in its picture.

    Parameters
    ----------
    points : (478, 2) or (478, 3) array
        Tracked points in pixels; z is ignored.

    Returns
    -------
    int
        Quarter turns counter-clockwise from upright, 0..3; 2 is upside down.
    """
    across, down = points[CHIN, :2] - points[HAIRLINE, :2]
    return round(float(np.arctan2(across, down)) / (np.pi / 2)) % 4
