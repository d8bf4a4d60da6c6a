from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import BROWS, MOUTH, SKULL, SKULL_OVAL
from portrait_addon.pipeline.face.openings import mouth_gap
from portrait_addon.pipeline.head.camera import Camera
from portrait_addon.pipeline.head.fitting import fit_portrait
from portrait_addon.pipeline.head.landmarks import load_landmarks
from portrait_addon.pipeline.head.resting import RestOffsets, rest_offsets
from portrait_addon.pipeline.imaging.arrays import Points
from portrait_addon.pipeline.imaging.similarity import best_similarity
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.tracking.landmarker import FaceTracker

RESTS, SMILES = 1, 40
SPEAKS = 102
"""A frame of the other clip: lips stand apart, and all else is all but at rest."""

SIZE = 640, 360


@pytest.fixture(scope="module")
def faces(assets: Path, tracker: FaceTracker) -> dict[int, Face]:
    """Somebody at rest, smiling, and speaking."""
    frames = {number: frame_of(assets / "demo_smile_mit.mp4", number) for number in (RESTS, SMILES)}
    frames[SPEAKS] = frame_of(assets / "demo_expressions_mit.mp4", SPEAKS)
    return {number: tracker.detect(frame)[0] for number, frame in frames.items()}


def frame_of(clip: Path, number: int) -> NDArray[np.uint8]:
    capture = cv2.VideoCapture(str(clip))
    for _ in range(number):
        frame = capture.read()[1]
    capture.release()
    return np.asarray(frame, np.uint8)


def at_rest(face: Face, scale: float = 1.0) -> RestOffsets:
    size = round(scale * SIZE[0]), round(scale * SIZE[1])
    # Pixel centres are at integers.
    model, points = load_landmarks(), scaled(face, scale)
    return rest_offsets(model, fit_portrait(model, Camera.of_picture(size), points, face.blendshapes), points)


def scaled(face: Face, scale: float) -> Points:
    return np.asarray(scale * face.points + np.float64(scale - 1) / 2 * np.array([1, 1, 0]), np.float64)


def lips_apart(points: Points, other: Points) -> float:
    """Mean distance of the rims of the lips of two faces of a person, in outer-eye distances."""
    skull, rims = list(SKULL), np.unique(MOUTH.contour)
    away = best_similarity(points[skull], other[skull])(points) - other
    unit = np.linalg.norm(other[33, :2] - other[263, :2])
    return float(np.linalg.norm(away[rims, :2], axis=1).mean() / unit)


def test_a_smile_comes_to_the_rest_of_its_own_person(faces: dict[int, Face]) -> None:
    smiling, resting = faces[SMILES].points, faces[RESTS].points
    rest = at_rest(faces[SMILES])
    assert rest.share == 1
    assert lips_apart(smiling + rest.offsets, resting) < 0.04 < 0.1 < lips_apart(smiling, resting)


def test_a_face_at_rest_stays_as_it_is(faces: dict[int, Face]) -> None:
    rest = at_rest(faces[RESTS])
    assert rest.share == 0
    assert not rest.offsets.any()


def test_lips_at_rest_meet(faces: dict[int, Face]) -> None:
    smiling = faces[SMILES].points
    assert mouth_gap(smiling) > 0.03
    assert mouth_gap(smiling + at_rest(faces[SMILES]).offsets) == pytest.approx(0, abs=1e-9)


def test_lips_that_stand_apart_meet_however_mild_the_expression(faces: dict[int, Face]) -> None:
    speaking = faces[SPEAKS]
    rest = at_rest(speaking)
    assert rest.share == 1
    assert mouth_gap(speaking.points) > 0.03
    assert mouth_gap(speaking.points + rest.offsets) == pytest.approx(0, abs=1e-9)


def test_brows_and_the_top_of_the_head_stay(faces: dict[int, Face]) -> None:
    unit = np.linalg.norm(faces[SMILES].points[33] - faces[SMILES].points[263])
    offsets = at_rest(faces[SMILES]).offsets
    assert np.abs(offsets[list(BROWS)]).max() < 0.01 * unit < np.abs(offsets).max()
    assert not offsets[list(SKULL_OVAL)].any()


def test_the_size_of_the_picture_does_not_matter(faces: dict[int, Face]) -> None:
    once, twice = at_rest(faces[SMILES]), at_rest(faces[SMILES], 2.0)
    np.testing.assert_allclose(twice.offsets, 2 * once.offsets, atol=0.05)
