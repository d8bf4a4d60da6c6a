"""The camera's motion, told by what lies behind the driver."""

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.clip.camera import CameraWatch, camera_motion
from portrait_addon.pipeline.face.mesh import outer_eye_distance
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

SHAKE = np.array([[0, 0], [9, -4], [-7, 6], [12, 3], [3, -9], [-10, -2]], np.float32)
NOBODY = 0.0


@pytest.fixture(scope="module")
def wall():
    """A textured wall, wider than a frame."""
    noise = np.random.default_rng(5).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    return cv2.resize(noise, (400, 300), interpolation=cv2.INTER_CUBIC)


def seen(wall, shift):
    move = np.float32([[1, 0, shift[0] - 30], [0, 1, shift[1] - 30]])
    return cv2.warpAffine(wall, move, (340, 240))


def test_shifts_of_the_background_are_found(wall):
    first = seen(wall, (0, 0))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    found = np.array([watch.shift(seen(wall, shift)) for shift in SHAKE])
    np.testing.assert_allclose(found[:, :2], SHAKE, atol=0.4)
    assert found[:, 2].max() < 0.5


def test_nothing_is_told_where_the_driver_fills_the_picture(wall):
    first = seen(wall, (0, 0))
    watch = CameraWatch(first, np.ones(first.shape[:2], np.float32))
    assert np.isnan(watch.shift(seen(wall, (9, 9)))).all()
    assert not camera_motion(np.full((5, 3), np.nan, np.float32), unit=100.0, frame_seconds=0.04).any()


def test_camera_on_a_stand_stands_exactly(performance):
    assert not performance.camera_offsets.any()


def test_noise_is_no_motion():
    shifts = np.random.default_rng(1).normal(0, 0.5, (50, 3)).astype(np.float32)
    assert not camera_motion(shifts, unit=100.0, frame_seconds=0.04).any()


def test_people_who_walk_behind_are_no_camera():
    shifts = np.column_stack([np.linspace(0, 30, 50), np.zeros(50), np.full(50, 20)]).astype(np.float32)
    assert not camera_motion(shifts, unit=100.0, frame_seconds=0.04).any()


def test_a_camera_that_rolls_and_zooms_is_one_camera(wall):
    """Held by hand: features far from the middle move otherwise, the more the further the neutral frame is away."""
    first = seen(wall, (0, 0))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    turn = cv2.getRotationMatrix2D((170, 120), 3.0, 1.04)
    assert watch.shift(cv2.warpAffine(first, turn, first.shape[1::-1], borderMode=cv2.BORDER_REFLECT))[2] < 0.5


def test_the_motion_is_the_same_from_any_neutral_frame():
    """Another neutral frame adds the same to all shifts."""
    walk = np.random.default_rng(2).normal(0, 3, (50, 3)).cumsum(axis=0).astype(np.float32)
    walk[:, 2] = 0.5
    one, other = (
        camera_motion(walk + np.float32([*by, 0]), unit=100.0, frame_seconds=0.04) for by in ((0, 0), (40, 9))
    )
    assert one.any()
    np.testing.assert_allclose(other - one, np.tile([40.0, 9.0], (50, 1)), atol=1e-3)


def test_the_background_is_let_go_by_degree():
    noise = np.random.default_rng(3).normal(0, 1, (50, 3)).astype(np.float32)
    noise[:, 2] = 0
    found = [float(np.abs(camera_motion(size * noise, 100.0, 0.04)).max()) / size for size in np.linspace(1, 4, 31)]
    assert found[0] == 0
    assert found[-1] == pytest.approx(max(found))
    assert np.diff(found).max() < 0.2 * found[-1]


def test_frames_that_show_no_background_take_it_from_others():
    walk = np.zeros((50, 3), np.float32)
    walk[:, 0] = np.linspace(0, 50, 50)
    blank = walk.copy()
    blank[20:26] = np.nan
    np.testing.assert_allclose(camera_motion(blank, 100.0, 0.04), camera_motion(walk, 100.0, 0.04), atol=1e-3)


def test_held_background_goes_along_with_a_camera_held_by_hand(film, record, portrait):
    """The same talk, filmed by hand: every frame is shifted as a whole."""
    drift = [np.float32([1.2 * row, -0.8 * row]) for row in range(len(film))]
    moved = [
        cv2.warpAffine(frame, np.float32([[1, 0, x], [0, 1, y]]), frame.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
        for frame, (x, y) in zip(film, drift, strict=True)
    ]
    performance = record(moved)
    unit = outer_eye_distance(performance.neutral_points)
    found = performance.camera_offsets[-1] - performance.camera_offsets[0]
    np.testing.assert_allclose(found, drift[-1] - drift[0], atol=0.1 * unit)
    standing = Settings(expression=0)
    first, last = (compose(portrait, performance, standing, t).picture for t in (1, len(film)))
    corner = np.s_[20:80, 5:60]
    assert np.abs(first[corner].astype(int) - last[corner]).mean() > 1
