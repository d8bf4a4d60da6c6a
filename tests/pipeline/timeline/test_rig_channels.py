"""What a performance says as numbers for rigs, and how few keys tell it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.face.mesh import outer_eye_distance
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.timeline.rig_channels import TO_BLENDER, RigChannels, rig_channels, sparse_keys


@pytest.fixture(scope="module")
def channels(performance: Performance) -> RigChannels:
    return rig_channels([[Moment(performance, float(number))] for number in range(1, 26)], performance)


def test_scores_are_the_tracked_ones(channels: RigChannels, performance: Performance) -> None:
    np.testing.assert_allclose(channels.scores, performance.blendshapes, atol=1e-6)


def test_the_neutral_frame_is_the_rest(channels: RigChannels, performance: Performance) -> None:
    row = performance.neutral - 1
    np.testing.assert_allclose(channels.location[row], 0, atol=1e-9)
    np.testing.assert_allclose(channels.rotation[row], 0, atol=1e-6)
    corners = channels.points[row][[36, 45]]
    assert np.linalg.norm(corners[1, [0, 2]] - corners[0, [0, 2]]) == pytest.approx(0.09, abs=0.01)  # as an adult's
    assert channels.points[row][8, 2] < channels.points[row][27, 2]  # the chin is below the bridge of the nose
    assert outer_eye_distance(performance.neutral_points) > 0


@pytest.mark.parametrize(("axis", "degrees", "blender"), [("y", 20, 2), ("x", -15, 0), ("z", 10, 1)])
def test_a_turned_head_turns_the_empty(performance: Performance, axis: str, degrees: int, blender: int) -> None:
    """About the driver's upright axis: about Blender's z; a nod about x; a tilt about y, away from the viewer."""
    turned = performance.head_matrices.copy()
    turn = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    turned[4, :3, :3] = turn @ turned[performance.neutral - 1, :3, :3]
    turned[4, :3, 3] = turned[performance.neutral - 1, :3, 3] + (3, 2, 1)
    moved = replace(performance, head_matrices=turned)
    channels = rig_channels([[Moment(moved, 5.0)]], moved)
    expected = np.zeros(3)
    expected[blender] = np.radians(degrees) * (-1 if axis == "z" else 1)
    np.testing.assert_allclose(channels.rotation[0], expected, atol=1e-5)
    np.testing.assert_allclose(channels.location[0], TO_BLENDER @ (0.03, 0.02, 0.01), atol=1e-6)


def test_eyes_that_look_to_the_right_of_the_picture_turn_the_gaze_there(performance: Performance) -> None:
    scores = np.zeros_like(performance.blendshapes)
    for name in ("eyeLookOutLeft", "eyeLookInRight", "eyeLookUpLeft", "eyeLookUpRight"):
        scores[:, BLENDSHAPES.index(name)] = 1
    looking = replace(performance, blendshapes=scores)
    (gaze,) = rig_channels([[Moment(looking, 1.0)]], looking).gaze
    x, y, z = Rotation.from_euler("xyz", gaze).apply((0, -1, 0))  # at rest towards the viewer
    assert x > 0.3 and z > 0.3 and y < 0


def test_eyes_that_look_quite_aside_turn_by_about_30_degrees(performance: Performance) -> None:
    scores = np.zeros_like(performance.blendshapes)
    scores[:, [BLENDSHAPES.index(name) for name in ("eyeLookOutLeft", "eyeLookInRight")]] = 1
    looking = replace(performance, blendshapes=scores)
    (gaze,) = rig_channels([[Moment(looking, 1.0)]], looking).gaze
    assert np.degrees(np.linalg.norm(gaze)) == pytest.approx(30, abs=5)


def test_mixes_are_blended_and_what_is_missing_is_the_rest(performance: Performance) -> None:
    full, half, none = (
        rig_channels([[Moment(performance, 5.0, weight)] if weight else []], performance) for weight in (1.0, 0.5, 0.0)
    )
    np.testing.assert_allclose(half.scores, full.scores / 2)
    np.testing.assert_allclose(half.points - none.points, (full.points - none.points) / 2, atol=1e-9)
    assert not none.location.any() and not none.rotation.any()


@pytest.mark.parametrize("tolerance", [0.0, 0.01, 0.1])
def test_straight_lines_between_the_keys_miss_no_frame_by_more(channels: RigChannels, tolerance: float) -> None:
    rows = np.arange(25)
    for values in channels.scores.T:
        keys = sparse_keys(values, tolerance)
        assert np.abs(np.interp(rows, keys, values[keys]) - values).max() <= tolerance + 1e-12


def test_keys_are_few(channels: RigChannels) -> None:
    jaw = channels.scores[:, BLENDSHAPES.index("jawOpen")]
    assert len(sparse_keys(jaw, 0.02)) < 15
    assert sparse_keys(np.full(9, 0.3), 0.0).tolist() == [0]
    assert sparse_keys(np.arange(9.0), 0.0).tolist() == [0, 8]
