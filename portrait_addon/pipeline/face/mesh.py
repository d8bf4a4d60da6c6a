"""Names for the tracked points: the face mesh, its parts, and the 68 iBUG points.

The tracker gives 478 points: 468 on the skin, then five for each iris (centre, then a ring of four). Left and right
are the sitter's own. The triangles are those of MediaPipe's canonical face (Apache-2.0, see ``models/NOTICE.md``); they
leave the eye openings and the inside of the mouth free.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...models import load_model
from ..imaging.arrays import Float64Array, Points

SKIN_POINTS = 468
ALL_POINTS = 478

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face, from the middle of the hairline over the sitter's left."""

JAW = (
    323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
)  # fmt: skip
"""The part of the outline below the ears."""

SKULL_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361,
    132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The part of the outline from ear lobe to ear lobe over the top: it belongs to the skull and makes no expression."""

SKULL = (
    10, 67, 109, 103, 54, 21, 338, 297, 332, 284, 251, 151, 9, 8, 168, 6, 197, 195, 5, 4,
    127, 234, 356, 454, 93, 323, 33, 133, 263, 362, 116, 345, 123, 352, 98, 327, 2,
)  # fmt: skip
"""Points that an expression moves least: forehead, bridge of the nose, eye corners, cheekbones. They tell the pose."""

OUTER_EYE_CORNERS = (33, 263)
"""Their distance is the unit of length."""

CRANIUM_GROWTH = 1.35
"""Hair and ears reach about this far: the skull's part of the outline, larger by this factor about its middle."""


def cranium(points: Points) -> Float64Array:
    """(21, 3) outline of hair and ears from the tracked points (478, 3).

    It lies as deep as the deepest point of the face's outline, so that it turns with the head but is not swept behind
    the face.
    """
    oval = np.asarray(points[list(FACE_OVAL)], np.float64)
    centre = oval.mean(axis=0)
    outline: Float64Array = centre + CRANIUM_GROWTH * (points[list(SKULL_OVAL)] - centre)
    outline[:, 2] = oval[:, 2].max()
    return outline


NOSE_TIP = 4


class Opening:
    """A hole in the skin whose two rims meet: an eye or the mouth.

    Attributes
    ----------
    corners : tuple of two int
        Where the rims end, from the sitter's right to the left.
    upper, lower : (n,) int arrays
        Points of the two rims between the corners; ``upper[k]`` faces ``lower[k]``.
    """

    def __init__(self, corners: tuple[int, int], upper: tuple[int, ...], lower: tuple[int, ...]) -> None:
        self.corners = corners
        self.upper = np.array(upper)
        self.lower = np.array(lower)

    @property
    def contour(self) -> NDArray[np.int_]:
        """Closed outline: a corner, the upper rim, the other corner, the lower rim back."""
        first, last = self.corners
        return np.concatenate([[first], self.upper, [last], self.lower[::-1]])

    @property
    def strip(self) -> NDArray[np.int32]:
        """(2n, 3) triangles between the rims, from corner to corner."""
        upper = [self.corners[0], *self.upper, self.corners[1]]
        lower = [self.corners[0], *self.lower, self.corners[1]]
        quads = zip(upper[:-1], upper[1:], lower[:-1], lower[1:], strict=True)
        triangles = [corner for a, b, c, d in quads for corner in ((a, b, c), (b, d, c)) if len(set(corner)) == 3]
        return np.array(triangles, np.int32)


RIGHT_EYE = Opening((33, 133), (246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155))
LEFT_EYE = Opening((362, 263), (398, 384, 385, 386, 387, 388, 466), (382, 381, 380, 374, 373, 390, 249))
MOUTH = Opening((78, 308), (191, 80, 81, 82, 13, 312, 311, 310, 415), (95, 88, 178, 87, 14, 317, 402, 318, 324))


class Lids:
    """The skin round an eye.

    Attributes
    ----------
    eye : Opening
    crease, rim, eye_below, below : (n,) int arrays
        From corner to corner: the crease above the upper lid, the upper rim, the lower rim, and the skin below it.
    """

    def __init__(self, eye: Opening, crease: tuple[int, ...], below: tuple[int, ...]) -> None:
        first, last = eye.corners
        self.eye = eye
        self.crease = np.array([first, *crease, last])
        self.rim = np.array([first, *eye.upper, last])
        self.eye_below = np.array([first, *eye.lower, last])
        self.below = np.array([below[0], *below, below[-1]])

    @property
    def strip(self) -> NDArray[np.int32]:
        """Triangles between two rows of points, the crease's first, then the rim's."""
        count = len(self.crease)
        quads = [(k, k + 1, count + k, count + k + 1) for k in range(count - 1)]
        return np.array([corner for a, b, c, d in quads for corner in ((a, b, c), (b, d, c))], np.int32)

    @property
    def outline(self) -> NDArray[np.int_]:
        """Round the two rows."""
        count = len(self.crease)
        return np.concatenate([np.arange(count), np.arange(count, 2 * count)[::-1]])


RIGHT_LIDS = Lids(RIGHT_EYE, (247, 30, 29, 27, 28, 56, 190), (25, 110, 24, 23, 22, 26, 112))
LEFT_LIDS = Lids(LEFT_EYE, (414, 286, 258, 257, 259, 260, 467), (341, 256, 252, 253, 254, 339, 255))
OUTER_LIPS = Opening((61, 291), (185, 40, 39, 37, 0, 267, 269, 270, 409), (146, 91, 181, 84, 17, 314, 405, 321, 375))

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
"""The lips' points from the inner rim to the outer one, in columns."""

RIGHT_IRIS = (468, 469, 470, 471, 472)
LEFT_IRIS = (473, 474, 475, 476, 477)

EYES = ((RIGHT_EYE, RIGHT_IRIS), (LEFT_EYE, LEFT_IRIS))

BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 336, 296, 334, 293, 300, 276, 283, 282, 295, 285)

_IBUG_68: tuple[tuple[int, ...], ...] = (
    # jaw, from the sitter's right ear to the left
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
    weights = np.zeros((len(_IBUG_68), ALL_POINTS), np.float32)
    for row, sources in enumerate(_IBUG_68):
        weights[row, list(sources)] = 1 / len(sources)
    return weights


def ibug_68(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 68 landmarks of the lecture out of the 478 tracked points.

    Parameters
    ----------
    points : (..., 478, d) array

    Returns
    -------
    (..., 68, d) array
        In iBUG order: jaw, brows, nose, eyes, outer lips, inner lips. Landmarks that lie between tracked points are
        their mean.
    """
    return np.asarray(_ibug_weights() @ points, np.float32)


@cache
def skin_triangles() -> NDArray[np.int32]:
    """(852, 3) corners of the skin's triangles. Eye openings and the inside of the mouth are free."""
    return _read_only(np.array(_model()["triangles"], np.int32))


@cache
def canonical_skin() -> Float64Array:
    """(468, 3) the skin of MediaPipe's canonical face: centimetres, y up, z towards the viewer."""
    return np.array(_model()["vertices"], np.float64)


def _model() -> dict[str, list[list[float]]]:
    return dict(json.loads(load_model("face_mesh.json")))


@cache
def face_triangles() -> NDArray[np.int32]:
    """The whole face without a hole: the skin's triangles and those that span eyes and mouth, all turning one way."""
    openings = [opening.strip[:, ::-1] for opening in (RIGHT_EYE, LEFT_EYE, MOUTH)]
    return _read_only(np.vstack([skin_triangles(), *openings]))


def _read_only(array: NDArray[np.int32]) -> NDArray[np.int32]:
    array.setflags(write=False)
    return array


def outer_eye_distance(points: Points) -> float:
    """Distance of the outer eye corners in the picture plane, the product's unit of length, in pixels."""
    right, left = OUTER_EYE_CORNERS
    return float(np.linalg.norm(points[right, :2] - points[left, :2]))
