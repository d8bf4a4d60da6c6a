"""A handle that is moved stands where it was put, its surroundings follow, and what lies across a slit does not."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.editing.handles import HANDLE_POINTS, HANDLES, displaced, face_axes
from portrait_addon.pipeline.face.mesh import LEFT_IRIS, RIGHT_EYE, RIGHT_IRIS, outer_eye_distance


def place(points: NDArray[Any], handle: str) -> NDArray[Any]:
    return points[HANDLE_POINTS[HANDLES.index(handle)], :2]


def moved_by(face: NDArray[Any], offsets: dict[str, tuple[float, float]]) -> NDArray[Any]:
    """(478,) way that each point goes, in outer-eye distances."""
    return np.linalg.norm((displaced(face, offsets) - face)[:, :2], axis=1) / outer_eye_distance(face)


def test_names_and_points_are_distinct() -> None:
    assert len(HANDLES) == len(set(HANDLES)) == len(set(HANDLE_POINTS)) == 75


def test_without_offsets_nothing_changes(face: NDArray[Any]) -> None:
    assert displaced(face, {}) is face


@pytest.mark.parametrize("handle", HANDLES)
def test_every_handle_goes_where_it_is_put(face: NDArray[Any], handle: str) -> None:
    wanted = place(face, handle) + np.array([0.1, -0.2]) @ face_axes(face)
    assert place(displaced(face, {handle: (0.1, -0.2)}), handle) == pytest.approx(wanted, abs=1e-3)


def test_several_handles_stand_each_where_it_was_put(face: NDArray[Any]) -> None:
    offsets = {"outer_lips_7": (0.1, 0.0), "inner_lips_5": (0.05, 0.02), "outer_lips_8": (0.0, 0.1), "jaw_9": (0, 0.2)}
    moved = displaced(face, offsets)
    for handle, offset in offsets.items():
        assert place(moved, handle) == pytest.approx(place(face, handle) + np.array(offset) @ face_axes(face), abs=1e-2)


def test_neighbours_follow_smoothly_and_the_rest_stays(face: NDArray[Any]) -> None:
    away = moved_by(face, {"right_eye_1": (-0.05, 0.0)})
    corner, beside, cheek, mouth = 33, 246, 50, 13
    assert away[corner] == pytest.approx(0.05, abs=1e-4)
    assert 0.01 < away[beside] < 0.05
    assert away[beside] > away[cheek]
    assert away[mouth] == away[LEFT_IRIS[0]] == 0
    assert (away > 0).sum() > 30


def test_an_upper_lid_leaves_the_lower_one(face: NDArray[Any]) -> None:
    away = moved_by(face, {"right_eye_2": (0.0, -0.05), "right_eye_3": (0.0, -0.05)})
    assert away[RIGHT_EYE.upper[2:5]].min() > 0.03
    assert away[RIGHT_EYE.lower[2:5]].max() < 0.012


def test_lips_part_where_one_is_moved(face: NDArray[Any]) -> None:
    away = moved_by(face, {"inner_lips_3": (0.0, -0.05)})
    assert away[13] == pytest.approx(0.05, abs=1e-4)
    assert away[14] == 0


def test_an_eyeball_goes_with_its_opening_and_alone(face: NDArray[Any]) -> None:
    corners = {f"right_eye_{number}": (0.1, 0.0) for number in range(1, 7)}
    assert moved_by(face, corners)[list(RIGHT_IRIS)] == pytest.approx(0.1, abs=0.02)
    pupil = moved_by(face, {"right_pupil": (0.0, 0.03)})
    assert pupil[list(RIGHT_IRIS)] == pytest.approx(0.03, abs=1e-4)
    assert np.count_nonzero(pupil) == len(RIGHT_IRIS)


def test_offsets_turn_and_grow_with_the_head(face: NDArray[Any]) -> None:
    angle, scale = np.radians(30), 1.7
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = face.copy()
    turned[:, :2] = face[:, :2] @ turn.T
    offsets = {"left_eye_4": (0.04, 0.02), "nose_4": (0.0, 0.1)}
    expected = displaced(face, offsets)[:, :2] @ turn.T
    assert displaced(turned, offsets)[:, :2] == pytest.approx(expected, abs=1e-2)


def test_depth_stays(face: NDArray[Any]) -> None:
    assert np.allclose(displaced(face, {"jaw_9": (0.1, 0.3)})[:, 2], face[:, 2])
