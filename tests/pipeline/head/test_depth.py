"""The depth of a fitted head over its picture."""

import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import NOSE_TIP, OUTER_EYE_CORNERS
from portrait_addon.pipeline.head.camera import Camera, Pose
from portrait_addon.pipeline.head.depth import head_depth
from portrait_addon.pipeline.head.fitting import HeadFit
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS, load_head, tracked_points
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid

SIZE, DISTANCE = (320, 400), 900.0


def frontal(distance: float = DISTANCE) -> HeadFit:
    pose = Pose(np.diag([1.0, -1.0, -1.0]), np.array([0, 0, distance]))
    return HeadFit(Camera.of_picture(SIZE, 50), pose, np.zeros(64), np.zeros(len(EXPRESSION_UNITS) - 1))


@pytest.fixture(scope="module")
def depth() -> np.ndarray:
    return head_depth(load_head(), frontal(), SampleGrid(0, 0, 1, *SIZE))


def points_of(fit: HeadFit) -> tuple[np.ndarray, np.ndarray]:
    """Tracked points of the mesh in the camera's space, and whole pixels that show them."""
    posed = fit.pose(tracked_points().of(load_head().mean))
    return posed, fit.camera.project(posed).round().astype(int)


def test_depth_is_that_of_the_head(depth: np.ndarray) -> None:
    posed, pixels = points_of(frontal())
    for point in (NOSE_TIP, 151, 50, 280, 199, *OUTER_EYE_CORNERS):
        column, row = pixels[point]
        assert depth[row, column] == pytest.approx(posed[point, 2], abs=3)


def test_nose_lies_before_the_eyes_and_these_before_the_ears(depth: np.ndarray) -> None:
    _, pixels = points_of(frontal())
    nose, eye, oval = (depth[pixels[point][1], pixels[point][0]] for point in (NOSE_TIP, 133, 234))
    assert nose < eye - 20 < oval - 40


def test_depth_goes_on_smoothly_round_the_head(depth: np.ndarray) -> None:
    assert np.isfinite(depth).all() and depth.min() > DISTANCE - 120 and depth.max() < DISTANCE + 200
    border = np.concatenate([depth[0], depth[-1], depth[:, 0], depth[:, -1]])
    assert np.abs(np.diff(depth[0])).max() < 10 and border.min() > DISTANCE - 20


def test_depth_moves_with_the_head() -> None:
    grid = SampleGrid(0, 0, 4, SIZE[0] // 4, SIZE[1] // 4)
    near, far = (head_depth(load_head(), frontal(distance), grid) for distance in (600, 1200))
    assert far[50, 40] - near[50, 40] == pytest.approx(600, abs=5)
