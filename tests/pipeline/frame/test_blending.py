from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.face.mesh import MOUTH, outer_eye_distance
from portrait_addon.pipeline.frame.blending import blend_faces, blend_fields
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid


def turned(face: NDArray[Any], degrees: int, axis: str = "y") -> NDArray[Any]:
    centre = face.mean(axis=0)
    return (face - centre) @ Rotation.from_euler(axis, degrees, degrees=True).as_matrix().T + centre


@pytest.fixture
def smiling(face: NDArray[Any]) -> NDArray[Any]:
    wider = face.copy()
    wider[list(MOUTH.corners), 0] += (-8, 8)
    return wider


def test_one_face_stays_as_it_is(face: NDArray[Any], smiling: NDArray[Any]) -> None:
    assert blend_faces(face, [smiling], [1.0]) is smiling


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.2, 0.8), (1.0, 0.0)])
def test_a_face_blended_with_itself_stays(
    face: NDArray[Any], smiling: NDArray[Any], weights: tuple[float, float]
) -> None:
    moved = turned(smiling, 20)
    np.testing.assert_allclose(blend_faces(face, [moved, moved], weights), moved, atol=1e-3)


def test_what_the_weights_leave_is_the_rest(face: NDArray[Any], smiling: NDArray[Any]) -> None:
    np.testing.assert_allclose(blend_faces(face, [smiling], [0.25]), face + 0.25 * (smiling - face), atol=1e-2)


@pytest.mark.parametrize("axis", "xyz")
def test_a_head_does_not_shrink_between_two_turns(face: NDArray[Any], axis: str) -> None:
    left, right = turned(face, -30, axis), turned(face, 30, axis)
    half = blend_faces(face, [left, right], [0.5, 0.5])
    np.testing.assert_allclose(half, face, atol=0.02 * outer_eye_distance(face))
    quarter = blend_faces(face, [left, right], [0.25, 0.75])
    size = lambda points: np.linalg.norm(points - points.mean(axis=0))  # noqa: E731
    assert size(quarter) == pytest.approx(size(face), rel=1e-3)


def test_fields_blend_with_the_field_at_rest() -> None:
    grid = SampleGrid(-2, -2, 2, 4, 3)
    still = grid.positions()
    right, down = still + np.float32((2, 0)), still + np.float32((0, 4))
    assert blend_fields(grid, [right], [1.0]) is right
    np.testing.assert_allclose(
        blend_fields(grid, [right, down], [0.5, 0.25]) - still, np.broadcast_to((1, 1), still.shape)
    )
