import numpy as np
import pytest

from portrait_addon.pipeline.clip.neutral import (
    APART,
    TURN_WEIGHT,
    activity,
    at_rest,
    neutral_candidates,
    neutral_frame,
)
from portrait_addon.pipeline.face.mesh import EYES, MOUTH
from portrait_addon.pipeline.records.face import BLENDSHAPES

FRAMES = 90
REST = slice(58, 68)
"""The only rest of the clip."""

ALL_FOUND = np.ones(FRAMES, bool)


@pytest.fixture
def speech(face):
    """Points, blendshapes and head matrices of a clip that begins mid-speech, with short closures of the mouth."""
    opening = 0.5 + 0.4 * np.sin(np.arange(FRAMES) * 0.9)
    opening[14] = opening[33] = 0  # a closure, such as in "mama"
    opening[REST] = 0
    points = np.repeat(face[None], FRAMES, axis=0)
    points[:, MOUTH.lower, 1] += 20 * opening[:, None]
    blendshapes = np.full((FRAMES, len(BLENDSHAPES)), 0.02)
    blendshapes[:, BLENDSHAPES.index("jawOpen")] = 0.6 * opening
    return points, blendshapes, np.repeat(np.eye(4)[None], FRAMES, axis=0)


def test_rest_is_found_in_a_clip_that_begins_mid_speech(speech):
    assert REST.start <= neutral_frame(speech[0], activity(*speech), ALL_FOUND) < REST.stop


def test_activity_does_not_depend_on_the_order(speech):
    order = np.random.default_rng(3).permutation(FRAMES)
    np.testing.assert_array_equal(activity(*(part[order] for part in speech)), activity(*speech)[order])


def test_reversed_clip_has_the_same_neutral_frame(speech):
    activities = activity(*speech) + np.linspace(0, 1e-3, FRAMES)
    found = neutral_frame(speech[0], activities, ALL_FOUND)
    assert FRAMES - 1 - neutral_frame(speech[0][::-1], activities[::-1], ALL_FOUND) == found


def test_frame_without_a_face_is_never_neutral(speech):
    found = ALL_FOUND.copy()
    found[REST] = False
    assert found[neutral_frame(speech[0], activity(*speech), found)]


@pytest.mark.parametrize("name", ["mouthSmileLeft", "eyeBlinkLeft", "browInnerUp", "jawOpen"])
def test_expression_counts(speech, name):
    points, blendshapes, matrices = speech
    more = blendshapes.copy()
    more[:, BLENDSHAPES.index(name)] += 0.5
    assert (activity(points, more, matrices) > activity(points, blendshapes, matrices)).all()


def with_shape(blendshapes, name, value):
    changed = blendshapes.copy()
    changed[:, BLENDSHAPES.index(name)] = value
    return changed


def test_trackers_own_neutral_shape_does_not_count(speech):
    points, blendshapes, matrices = speech
    other = with_shape(blendshapes, "_neutral", 0.9)
    np.testing.assert_array_equal(activity(points, other, matrices), activity(points, blendshapes, matrices))


@pytest.mark.parametrize("name", ["eyeLookInLeft", "eyeLookUpRight"])
def test_gaze_counts_less_than_an_expression(speech, name):
    points, blendshapes, matrices = speech
    straight = activity(points, blendshapes, matrices)
    aside = activity(points, with_shape(blendshapes, name, 0.6), matrices)
    smiling = activity(points, with_shape(blendshapes, "mouthSmileLeft", 0.6), matrices)
    assert (straight < aside).all() and (aside < smiling).all()


def test_turned_head_counts_by_its_angle(speech):
    points, blendshapes, matrices = speech
    straight = activity(points, blendshapes, matrices)
    turned = matrices.copy()
    angle = np.radians(45)
    turned[:, [0, 0, 2, 2], [0, 2, 0, 2]] = np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)
    np.testing.assert_allclose(activity(points, blendshapes, turned) - straight, 45 * TURN_WEIGHT)


def test_size_of_the_driver_does_not_count(speech):
    points, blendshapes, matrices = speech
    np.testing.assert_allclose(activity(2.5 * points, blendshapes, matrices), activity(points, blendshapes, matrices))


def test_open_mouth_of_a_real_clip_is_not_neutral(performance):
    """The clip speaks in its first frames and rests at its end."""
    assert performance.neutral > 12


def test_of_many_rests_the_most_typical_is_neutral(speech):
    points = speech[0].copy()
    points[:] = points[REST.start]
    activities = np.full(FRAMES, 3.0)
    activities[20:40] = 1.0
    activities[37:40] = 0.95  # does even less, with lips that are a little pressed
    points[37:40, MOUTH.upper, 1] += 4
    assert 20 <= neutral_frame(points, activities, ALL_FOUND) < 37


def test_candidates_are_the_rests_of_a_clip_the_best_first(speech):
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


def shut(points):
    moved = points.copy()
    for eye, _ in EYES:
        moved[..., eye.upper, :] = moved[..., eye.lower, :]
    return moved


def test_shut_eyes_and_an_open_mouth_are_no_rest_while_there_is_another(speech):
    """Somebody weeps with shut eyes for half a clip, and does nothing else then."""
    points, activities = speech[0].copy(), np.full(FRAMES, 2.0)
    points[10:50] = shut(points[REST.start])
    activities[10:50] = 0.1
    chosen = neutral_candidates(points, activities, ALL_FOUND)
    resting = at_rest(points)
    assert not resting[10:50].any() and not resting[2] and resting[REST].all()
    assert resting[chosen].all()


def test_a_clip_without_rest_still_has_a_neutral_frame(speech):
    points = shut(speech[0])
    assert not at_rest(points).any()
    assert 0 <= neutral_frame(points, activity(points, *speech[1:]), ALL_FOUND) < FRAMES
