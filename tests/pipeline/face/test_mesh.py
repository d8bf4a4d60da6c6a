from collections import Counter
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import (
    ALL_POINTS,
    EYES,
    FACE_OVAL,
    LEAST_UNIT,
    LEFT_EYE,
    MOUTH,
    OUTER_LIPS,
    RIGHT_EYE,
    SKIN_POINTS,
    SKULL_OVAL,
    Opening,
    cranium,
    face_triangles,
    ibug_68,
    outer_eye_distance,
    skin_triangles,
)
from portrait_addon.pipeline.records.portrait import Portrait

OPENINGS = {"right eye": RIGHT_EYE, "left eye": LEFT_EYE, "mouth": MOUTH}


def boundary(triangles: NDArray[Any]) -> set[tuple[int, int]]:
    """Edges that belong to one triangle only."""
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return {edge for edge, uses in Counter(map(tuple, edges.tolist())).items() if uses == 1}


def ring(contour: NDArray[Any] | tuple[int, ...]) -> set[tuple[int, int]]:
    around = list(contour)
    return {(min(edge), max(edge)) for edge in zip(around, around[1:] + around[:1], strict=True)}


@pytest.mark.parametrize(
    ("landmark", "sources"),
    [
        (0, [127]),  # jaw, beside the sitter's right eye
        (8, [152]),  # chin
        (2, [93, 132]),
        (17, [70]),  # right brow, outer end
        (26, [300]),  # left brow, outer end
        (27, [168]),  # root of the nose
        (30, [4]),  # tip of the nose
        (36, [33]),  # right eye, outer corner
        (39, [133]),
        (42, [362]),
        (45, [263]),  # left eye, outer corner
        (48, [61]),  # right corner of the lips
        (49, [39, 40]),
        (54, [291]),
        (57, [17]),  # lower edge of the lower lip
        (62, [13]),  # inner lips, middle
        (66, [14]),
    ],
)
def test_landmark_comes_from_its_points(face: NDArray[Any], landmark: int, sources: list[int]) -> None:
    np.testing.assert_allclose(ibug_68(face.astype(np.float32))[landmark], face[sources].mean(axis=0), rtol=1e-5)


def test_landmarks_lie_as_in_the_drawing_of_the_68(face: NDArray[Any]) -> None:
    x, y, _ = ibug_68(face.astype(np.float32)).T
    assert (np.diff(x[:16]) > 0).all()  # the jaw runs from the sitter's right ear to the left
    assert y[8] == y.max()
    assert (np.diff(x[17:27]) > 0).all()  # so do the brows
    assert (np.diff(y[27:31]) > 0).all()  # the bridge runs down
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46), (51, 57), (61, 67), (62, 66), (63, 65)):
        assert y[upper] <= y[lower]


def test_landmarks_of_many_frames_at_once(face: NDArray[Any]) -> None:
    clip = np.stack([face, face + 5]).astype(np.float32)
    assert ibug_68(clip).shape == (2, 68, 3)
    np.testing.assert_allclose(ibug_68(clip)[1], ibug_68(clip[1]), rtol=1e-6)


def test_skin_is_bounded_by_face_eyes_and_mouth() -> None:
    rims = [ring(FACE_OVAL), *(ring(opening.contour) for opening in OPENINGS.values())]
    assert boundary(skin_triangles()) == set.union(*rims)
    assert set(skin_triangles().ravel()) == set(range(SKIN_POINTS))


def test_face_has_no_hole() -> None:
    assert boundary(face_triangles()) == ring(FACE_OVAL)


def test_triangles_cover_the_face(face: NDArray[Any], portrait: Portrait, inside_face: NDArray[Any]) -> None:
    drawn = np.zeros(inside_face.shape, np.uint8)
    for triangle in np.round(face[face_triangles(), :2]).astype(np.int32):
        cv2.fillConvexPoly(drawn, triangle, (1,))
    assert drawn[inside_face].all()


def test_shared_triangles_cannot_be_written_to() -> None:
    for triangles in (skin_triangles(), face_triangles()):
        with pytest.raises(ValueError, match="read-only"):
            triangles[0, 0] = 1


@pytest.mark.parametrize("opening", [*OPENINGS.values(), OUTER_LIPS], ids=[*OPENINGS, "outer lips"])
def test_rims_pair(face: NDArray[Any], opening: Opening) -> None:
    first, last = opening.corners
    along = face[last, :2] - face[first, :2]
    upper, lower = (
        (face[rim, :2] - face[first, :2]) @ along / (along @ along) for rim in (opening.upper, opening.lower)
    )
    assert (np.diff(upper) > 0).all()
    assert (np.diff(lower) > 0).all()
    assert np.abs(upper - lower).max() < 0.12  # of the opening's width
    assert (face[opening.upper, 1] <= face[opening.lower, 1]).all()


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_strip_spans_the_opening(opening: Opening) -> None:
    assert boundary(opening.strip) == ring(opening.contour)


def test_every_iris_is_a_ring_round_its_centre(face: NDArray[Any]) -> None:
    for eye, (centre, *around) in EYES:
        first, last = face[list(eye.corners), 0]
        assert first < face[centre, 0] < last
        np.testing.assert_allclose(face[around, :2].mean(axis=0), face[centre, :2], atol=1)


def test_cranium_lies_round_and_behind_the_face(face: NDArray[Any]) -> None:
    outline, oval = cranium(face), face[list(FACE_OVAL)].astype(np.float32)
    assert len(outline) == len(SKULL_OVAL)
    for x, y, _ in outline:
        assert cv2.pointPolygonTest(oval[:, :2].copy(), (float(x), float(y)), False) < 0
    assert (outline[:, 2] >= oval[:, 2].max()).all()


def test_unit_of_length() -> None:
    points = np.zeros((ALL_POINTS, 3))
    points[33], points[263] = (10, 20, 99), (13, 24, -99)
    assert outer_eye_distance(points) == 5


def test_unit_of_length_of_a_face_in_profile(face: NDArray[Any]) -> None:
    """The corners of the eyes fall together, and lengths are divided by the unit."""
    profile = face * np.array([1e-6, 1, 1])
    assert outer_eye_distance(profile) == pytest.approx(LEAST_UNIT * np.ptp(face[[10, 152], 1]), rel=1e-3)
    assert outer_eye_distance(np.zeros((ALL_POINTS, 3))) > 0
