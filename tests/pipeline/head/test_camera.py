"""Cameras, and where heads stand before them."""

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.head.camera import Camera, Pose, pose_by_pnp

CAMERA = Camera.of_picture((640, 480), 50)


@pytest.fixture
def pose() -> Pose:
    rotation = cv2.Rodrigues(np.array([0.1, 0.3, -0.05]))[0] * [1, -1, -1]
    return Pose(rotation, np.array([30.0, -20.0, 700.0]))


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 50, (30, 3))


def test_focal_length_follows_the_diagonal() -> None:
    assert Camera.of_picture((3600, 2400), 50).focal == pytest.approx(5000, rel=1e-3)
    assert Camera.of_picture((2400, 3600), 50).focal == Camera.of_picture((3600, 2400), 50).focal


def test_an_unknown_lens_is_said_to_be_assumed() -> None:
    assert Camera.of_picture((640, 480)).assumed
    assert not CAMERA.assumed


def test_a_head_that_looks_at_the_camera_stands_upright_in_the_picture() -> None:
    facing = Pose(np.diag([1.0, -1.0, -1.0]), np.array([0, 0, 600.0]))
    chin, left = CAMERA.project(facing(np.array([[0, -100.0, 0], [40.0, 0, 0]])))
    assert chin[1] > CAMERA.centre[1] and left[0] > CAMERA.centre[0]


def test_derivatives_are_those_of_the_projection(pose: Pose, points: np.ndarray) -> None:
    posed = pose(points)
    analytic = CAMERA.jacobian(posed) @ pose.jacobian(posed)
    for column, step in enumerate(1e-6 * np.eye(6)):
        forward, backward = (CAMERA.project(pose.moved(sign * step)(points)) for sign in (1, -1))
        np.testing.assert_allclose(analytic[..., column], (forward - backward) / 2e-6, atol=1e-5)


def test_pose_is_found_from_its_projection(pose: Pose, points: np.ndarray) -> None:
    found = pose_by_pnp(points, CAMERA.project(pose(points)), CAMERA)
    np.testing.assert_allclose(found.rotation, pose.rotation, atol=1e-6)
    np.testing.assert_allclose(found.position, pose.position, atol=1e-3)
    assert found.distance == pytest.approx(np.linalg.norm(pose.position))
