"""The camera's motion, told by what lies behind the driver."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.camera import CameraWatch, camera_motion
from portrait_addon.pipeline.face.mesh import outer_eye_distance
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

SHAKE = np.array([[0, 0], [9, -4], [-7, 6], [12, 3], [3, -9], [-10, -2]], np.float32)
NOBODY = 0.0


@pytest.fixture(scope="module")
def wall() -> NDArray[Any]:
    """A textured wall, wider than a frame."""
    noise = np.random.default_rng(5).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    return cv2.resize(noise, (400, 300), interpolation=cv2.INTER_CUBIC)


def seen(wall: NDArray[Any], shift: NDArray[Any] | tuple[int, int]) -> NDArray[Any]:
    move = np.float32([[1, 0, shift[0] - 30], [0, 1, shift[1] - 30]])
    return cv2.warpAffine(wall, move, (340, 240))


def test_shifts_of_the_background_are_found(wall: NDArray[Any]) -> None:
    first = seen(wall, (0, 0))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    found = np.array([watch.shift(seen(wall, shift)) for shift in SHAKE])
    np.testing.assert_allclose(found[:, :2], SHAKE, atol=0.4)
    assert found[:, 2].max() < 0.5


def test_nothing_is_told_where_the_driver_fills_the_picture(wall: NDArray[Any]) -> None:
    first = seen(wall, (0, 0))
    watch = CameraWatch(first, np.ones(first.shape[:2], np.float32))
    assert np.isnan(watch.shift(seen(wall, (9, 9)))).all()
    assert not camera_motion(np.full((5, 3), np.nan, np.float32), unit=100.0, frame_seconds=0.04).any()


@pytest.mark.parametrize(("shift", "error"), [(2, 0.06), (120, 0.5)])
def test_a_tremble_and_a_jolt_are_found_in_a_large_picture(wall: NDArray[Any], shift: int, error: float) -> None:
    """A five-hundredth and an eighth of its width."""
    large = cv2.resize(wall, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    first, then = (large[100:820, 200 - x : 1160 - x] for x in (0, shift))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    np.testing.assert_allclose(watch.shift(then)[:2], (shift, 0), atol=error)


def test_only_what_is_surely_behind_the_driver_counts(wall: NDArray[Any]) -> None:
    """The left third of the picture is hardly his, the rest may be his hair; they part."""
    first = seen(wall, (0, 0))
    then = np.hstack([seen(wall, (5, 0))[:, :120], seen(wall, (-5, 0))[:, 120:]])
    person = np.full(first.shape[:2], 0.25, np.float32)
    person[:, 120:] = 0.35
    np.testing.assert_allclose(CameraWatch(first, person).shift(then), (5, 0, 0), atol=0.3)


def dotted(dots: NDArray[Any], size: tuple[int, int] = (240, 180)) -> NDArray[Any]:
    """A plain wall with dots of (x, y, grey)."""
    picture = np.full((*size[::-1], 3), 100, np.uint8)
    for x, y, grey in dots:
        cv2.circle(picture, (int(x), int(y)), 2, (int(grey),) * 3, -1)
    return picture


@pytest.mark.parametrize(("count", "found"), [(6, np.nan), (10, 3)])
def test_a_few_features_tell_nothing(count: int, found: float) -> None:
    dots = np.array([(20 * (row + 1), 40 + 50 * (row % 3), 230) for row in range(count)])
    first, then = dotted(dots), dotted(dots + np.array([3, 0, 0]))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    assert watch.shift(then)[0] == pytest.approx(found, abs=0.3, nan_ok=True)


@pytest.mark.parametrize(("bright", "found"), [(20, 0), (40, 4)])
def test_features_are_the_strongest_of_the_wall_and_enough_to_outvote_a_few(bright: int, found: int) -> None:
    """A grid of dots: the bright ones move by 4 pixels, the weak ones stand."""
    grid = np.array([(15 + 18 * column, 15 + 18 * row) for row in range(9) for column in range(12)])
    shuffled = np.random.default_rng(2).permutation(grid)
    grey = np.where(np.arange(len(grid)) < bright, 250, 140)[:, None]
    moves = np.where(grey > 200, 4, 0) * (1, 0)
    first, then = (dotted(np.hstack([places, grey])) for places in (shuffled, shuffled + moves))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    assert watch.shift(then)[0] == pytest.approx(found, abs=0.5)


def test_camera_on_a_stand_stands_exactly(performance: Performance) -> None:
    assert not performance.camera_offsets.any()


def test_noise_is_no_motion() -> None:
    shifts = np.random.default_rng(1).normal(0, 0.5, (50, 3)).astype(np.float32)
    assert not camera_motion(shifts, unit=100.0, frame_seconds=0.04).any()


def test_people_who_walk_behind_are_no_camera() -> None:
    shifts = np.column_stack([np.linspace(0, 30, 50), np.zeros(50), np.full(50, 20)]).astype(np.float32)
    assert not camera_motion(shifts, unit=100.0, frame_seconds=0.04).any()


def test_a_camera_that_rolls_and_zooms_is_one_camera(wall: NDArray[Any]) -> None:
    """Held by hand: features far from the middle move otherwise, the more the further the neutral frame is away."""
    first = seen(wall, (0, 0))
    watch = CameraWatch(first, np.full(first.shape[:2], NOBODY, np.float32))
    turn = cv2.getRotationMatrix2D((170, 120), 3.0, 1.04)
    assert watch.shift(cv2.warpAffine(first, turn, first.shape[1::-1], borderMode=cv2.BORDER_REFLECT))[2] < 0.5


def test_the_motion_is_the_same_from_any_neutral_frame() -> None:
    """Another neutral frame adds the same to all shifts."""
    walk = np.random.default_rng(2).normal(0, 3, (50, 3)).cumsum(axis=0).astype(np.float32)
    walk[:, 2] = 0.5
    one, other = (
        camera_motion(walk + np.float32([*by, 0]), unit=100.0, frame_seconds=0.04) for by in ((0, 0), (40, 9))
    )
    assert one.any()
    np.testing.assert_allclose(other - one, np.tile([40.0, 9.0], (50, 1)), atol=1e-3)


def test_the_background_is_let_go_by_degree() -> None:
    noise = np.random.default_rng(3).normal(0, 1, (50, 3)).astype(np.float32)
    noise[:, 2] = 0
    found = [float(np.abs(camera_motion(size * noise, 100.0, 0.04)).max()) / size for size in np.linspace(1, 4, 31)]
    assert found[0] == 0
    assert found[-1] == pytest.approx(max(found))
    assert np.diff(found).max() < 0.2 * found[-1]


def test_frames_that_show_no_background_take_it_from_others() -> None:
    walk = np.zeros((50, 3), np.float32)
    walk[:, 0] = np.linspace(0, 50, 50)
    blank = walk.copy()
    blank[20:26] = np.nan
    np.testing.assert_allclose(camera_motion(blank, 100.0, 0.04), camera_motion(walk, 100.0, 0.04), atol=1e-3)


SWAY = 3 * np.sin(np.arange(51) * 2 * np.pi / 51)


def kept(moved: float, apart: float) -> float:
    """How much of a camera's sway counts: `moved` in outer-eye distances, features `apart` in shares of that."""
    size = np.sqrt((SWAY**2).mean())

    def motion(unit: float, difference: float) -> float:
        shifts = np.column_stack([SWAY, 0 * SWAY, np.full_like(SWAY, difference * size)]).astype(np.float32)
        return np.abs(camera_motion(shifts, unit, frame_seconds=0.04)).max()

    return motion(size / moved, apart) / motion(size, 0.0)


@pytest.mark.parametrize(
    ("moved", "apart", "least", "most"),
    [
        (0.016, 0.0, 0.0, 0.0),
        (0.025, 0.0, 0.01, 0.5),
        (0.035, 0.0, 0.5, 0.99),
        (0.046, 0.0, 1.0, 1.0),
        (1.0, 0.8, 1.0, 1.0),
        (1.0, 0.92, 0.5, 0.99),
        (1.0, 1.1, 0.01, 0.5),
        (1.0, 1.3, 0.0, 0.0),
    ],
)
def test_a_camera_moves_by_a_visible_share_of_the_face_and_its_features_agree(
    moved: float, apart: float, least: float, most: float
) -> None:
    assert least - 1e-6 <= kept(moved, apart) <= most + 1e-6


def test_held_background_goes_along_with_a_camera_held_by_hand(
    film: list[NDArray[Any]], record: Callable[..., Performance], portrait: Portrait
) -> None:
    """The same talk, filmed by hand: every frame is shifted as a whole."""
    drift = [np.array([1.2 * row, -0.8 * row], np.float32) for row in range(len(film))]
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
