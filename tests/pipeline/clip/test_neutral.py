from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.neutral import (
    APART,
    BROW_HEIGHTS,
    LID_HEIGHTS,
    TURN_WEIGHT,
    activity,
    at_rest,
    neutral_candidates,
    neutral_frame,
)
from portrait_addon.pipeline.face.mesh import EYES, MOUTH, outer_eye_distance
from portrait_addon.pipeline.face.openings import across
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.performance import Performance

FRAMES = 90
REST = slice(58, 68)
"""The only rest of the clip."""

ALL_FOUND = np.ones(FRAMES, bool)


@pytest.fixture
def speech(face: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Points, blendshapes and head matrices of a clip that begins mid-speech, with short closures of the mouth."""
    opening = 0.5 + 0.4 * np.sin(np.arange(FRAMES) * 0.9)
    opening[14] = opening[33] = 0  # a closure, such as in "mama"
    opening[REST] = 0
    points = np.repeat(face[None], FRAMES, axis=0)
    points[:, MOUTH.lower, 1] += 20 * opening[:, None]
    blendshapes = np.full((FRAMES, len(BLENDSHAPES)), 0.02)
    blendshapes[:, BLENDSHAPES.index("jawOpen")] = 0.6 * opening
    return points, blendshapes, np.repeat(np.eye(4)[None], FRAMES, axis=0)


def test_rest_is_found_in_a_clip_that_begins_mid_speech(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    assert REST.start <= neutral_frame(speech[0], activity(*speech), ALL_FOUND) < REST.stop


def test_activity_does_not_depend_on_the_order(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    order = np.random.default_rng(3).permutation(FRAMES)
    np.testing.assert_array_equal(activity(*(part[order] for part in speech)), activity(*speech)[order])


def test_reversed_clip_has_the_same_neutral_frame(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    activities = activity(*speech) + np.linspace(0, 1e-3, FRAMES)
    found = neutral_frame(speech[0], activities, ALL_FOUND)
    assert FRAMES - 1 - neutral_frame(speech[0][::-1], activities[::-1], ALL_FOUND) == found


def test_frame_without_a_face_is_never_neutral(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    found = ALL_FOUND.copy()
    found[REST] = False
    assert found[neutral_frame(speech[0], activity(*speech), found)]


@pytest.mark.parametrize("name", ["mouthSmileLeft", "eyeBlinkLeft", "browInnerUp", "jawOpen"])
def test_expression_counts(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], name: str) -> None:
    points, blendshapes, matrices = speech
    more = blendshapes.copy()
    more[:, BLENDSHAPES.index(name)] += 0.5
    assert (activity(points, more, matrices) > activity(points, blendshapes, matrices)).all()


def with_shape(blendshapes: NDArray[Any], name: str, value: float) -> NDArray[Any]:
    changed = blendshapes.copy()
    changed[:, BLENDSHAPES.index(name)] = value
    return changed


def test_trackers_own_neutral_shape_does_not_count(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    points, blendshapes, matrices = speech
    other = with_shape(blendshapes, "_neutral", 0.9)
    np.testing.assert_array_equal(activity(points, other, matrices), activity(points, blendshapes, matrices))


@pytest.mark.parametrize("name", ["eyeLookInLeft", "eyeLookUpRight"])
def test_gaze_counts_less_than_an_expression(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], name: str
) -> None:
    points, blendshapes, matrices = speech
    straight = activity(points, blendshapes, matrices)
    aside = activity(points, with_shape(blendshapes, name, 0.6), matrices)
    smiling = activity(points, with_shape(blendshapes, "mouthSmileLeft", 0.6), matrices)
    assert (straight < aside).all() and (aside < smiling).all()


def test_turned_head_counts_by_its_angle(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    points, blendshapes, matrices = speech
    straight = activity(points, blendshapes, matrices)
    turned = matrices.copy()
    angle = np.radians(45)
    turned[:, [0, 0, 2, 2], [0, 2, 0, 2]] = np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)
    np.testing.assert_allclose(activity(points, blendshapes, turned) - straight, 45 * TURN_WEIGHT)


def open_mouth(points: NDArray[Any], blendshapes: NDArray[Any], matrices: NDArray[Any]) -> None:
    points[MOUTH.lower, 1] += 0.05 * outer_eye_distance(points)


def lower_brows(points: NDArray[Any], blendshapes: NDArray[Any], matrices: NDArray[Any], by: float = 0.025) -> None:
    points[[brow for brow, _ in BROW_HEIGHTS], 1] += by * outer_eye_distance(points)


def raise_brows(points: NDArray[Any], blendshapes: NDArray[Any], matrices: NDArray[Any]) -> None:
    lower_brows(points, blendshapes, matrices, -0.125)


def half_shut_eyes(points: NDArray[Any], blendshapes: NDArray[Any], matrices: NDArray[Any]) -> None:
    for upper, lower in LID_HEIGHTS:
        half = 0.5 * (points[lower] - points[upper])
        points[upper] += half
        points[dict(map(reversed, BROW_HEIGHTS))[upper]] += half  # as high above the lid as before


def look_aside(points: NDArray[Any], blendshapes: NDArray[Any], matrices: NDArray[Any]) -> None:
    blendshapes[[BLENDSHAPES.index("eyeLookInLeft"), BLENDSHAPES.index("eyeLookOutRight")]] = 0.9


def turn(points: NDArray[Any], blendshapes: NDArray[Any], matrices: NDArray[Any]) -> None:
    angle = np.radians(15)
    matrices[[0, 0, 2, 2], [0, 2, 0, 2]] = np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)


@pytest.mark.parametrize("act", [open_mouth, lower_brows, raise_brows, half_shut_eyes, look_aside, turn])
def test_each_part_of_a_face_counts_as_much_as_a_middling_smile(face: NDArray[Any], act: Callable[..., Any]) -> None:
    """More than one of .4, less than one of .6."""
    points, blendshapes = np.repeat(face[None], 9, axis=0), np.zeros((9, len(BLENDSHAPES)))
    points[:, MOUTH.lower] = points[:, MOUTH.upper]
    matrices = np.repeat(np.eye(4)[None], 9, axis=0)
    blendshapes[6:8, BLENDSHAPES.index("mouthSmileLeft")] = 0.4, 0.6
    act(points[8], blendshapes[8], matrices[8])
    *_, less, more, acted = activity(points, blendshapes, matrices)
    assert less < acted < more


def test_size_of_the_driver_does_not_count(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    points, blendshapes, matrices = speech
    np.testing.assert_allclose(activity(2.5 * points, blendshapes, matrices), activity(points, blendshapes, matrices))


def test_open_mouth_of_a_real_clip_is_not_neutral(performance: Performance) -> None:
    """The clip speaks in its first frames and rests at its end."""
    assert performance.neutral > 12


@pytest.mark.parametrize(("opened", "rests"), [(0.4, False), (0.65, True)])
def test_eyes_that_are_half_shut_are_no_rest_and_narrowed_ones_are(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], opened: float, rests: bool
) -> None:
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    for eye, _ in EYES:
        points[3, eye.upper] += (1 - opened) * (points[3, eye.lower] - points[3, eye.upper])
    assert at_rest(points)[3] == rests
    assert np.delete(at_rest(points), 3).all()


@pytest.mark.parametrize(("gap", "rests"), [(0.08, True), (0.13, False)])
def test_lips_that_are_parted_may_be_at_rest_and_an_open_mouth_is_not(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], gap: float, rests: bool
) -> None:
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    points[3, MOUTH.lower, :2] = points[3, MOUTH.upper, :2]
    points[3, MOUTH.lower, :2] += gap * outer_eye_distance(points[3]) * across(points[3], MOUTH)
    assert at_rest(points)[3] == rests


def test_where_no_frame_is_at_rest_the_least_is_neutral(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    points[:, MOUTH.lower, 1] += 0.3 * outer_eye_distance(points[0])
    activities = np.full(FRAMES, 500.0)  # however much the face does
    activities[40:60] = 300.0
    assert 40 <= neutral_frame(points, activities, ALL_FOUND) < 60


def test_of_many_rests_the_most_typical_is_neutral(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    points = speech[0].copy()
    points[:] = points[REST.start]
    activities = np.full(FRAMES, 3.0)
    activities[20:40] = 1.0
    activities[37:40] = 0.95  # does even less, with lips that are a little pressed
    points[37:40, MOUTH.upper, 1] += 4
    assert 20 <= neutral_frame(points, activities, ALL_FOUND) < 37


def test_a_rest_lasts(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    """Three frames count for two thirds of a long rest."""
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    activities = np.full(FRAMES, 4.0)
    activities[20:23] -= 3.0
    for depth, neutral in ((1.75, 21), (2.4, 60)):
        activities[50:71] = 4.0 - depth
        assert abs(neutral_frame(points, activities, ALL_FOUND) - neutral) <= 8


@pytest.mark.parametrize(("above", "typical"), [(0.12, True), (0.18, False)])
def test_a_rest_as_good_as_the_least_may_be_more_typical(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], above: float, typical: bool
) -> None:
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    activities = np.full(FRAMES, 3.0)
    activities[10:22] = 1.0
    points[10:22, MOUTH.upper, 1] += 4  # pressed lips
    activities[40:80] = 1.0 + above
    assert (neutral_frame(points, activities, ALL_FOUND) >= 40) == typical


@pytest.mark.parametrize(("apart", "count"), [(4, 1), (6, 2)])
def test_rests_that_follow_at_once_are_one(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], apart: int, count: int
) -> None:
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    activities = np.full(FRAMES, 9.0)
    activities[[40, 40 + apart]] = 0.0
    rests = [row for row in neutral_candidates(points, activities, ALL_FOUND) if 35 < row < 50]
    assert len(rests) == count


def test_candidates_are_the_rests_of_a_clip_the_best_first(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    points = np.repeat(speech[0][[REST.start]], FRAMES, axis=0)
    rests = {20: 0.5, 50: 0.2, 53: 0.3, 80: 0.4}
    frames = np.arange(FRAMES)
    activities = 3 - sum((3 - depth) * np.exp(-(((frames - row) / 2.0) ** 2)) for row, depth in rests.items())
    candidates = neutral_candidates(points, activities, ALL_FOUND)
    assert candidates[0] == neutral_frame(points, activities, ALL_FOUND)
    assert candidates[1:3] == [80, 20]  # 50 and 53 are one rest
    assert abs(candidates[0] - 51) <= 1
    assert np.diff(sorted(candidates)).min() >= APART
    assert neutral_candidates(points, activities, ALL_FOUND, 2) == candidates[:2]
    found = ALL_FOUND.copy()
    found[45:60] = False
    assert all(found[row] for row in neutral_candidates(points, activities, found))


def shut(points: NDArray[Any]) -> NDArray[Any]:
    moved = points.copy()
    for eye, _ in EYES:
        moved[..., eye.upper, :] = moved[..., eye.lower, :]
    return moved


def test_shut_eyes_and_an_open_mouth_are_no_rest_while_there_is_another(
    speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    """Somebody weeps with shut eyes for half a clip, and does nothing else then."""
    points, activities = speech[0].copy(), np.full(FRAMES, 2.0)
    points[10:50] = shut(points[REST.start])
    activities[10:50] = 0.1
    chosen = neutral_candidates(points, activities, ALL_FOUND)
    resting = at_rest(points)
    assert not resting[10:50].any() and not resting[2] and resting[REST].all()
    assert resting[chosen].all()


def test_a_clip_without_rest_still_has_a_neutral_frame(speech: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    points = shut(speech[0])
    assert not at_rest(points).any()
    assert 0 <= neutral_frame(points, activity(points, *speech[1:]), ALL_FOUND) < FRAMES
