"""How the head of a portrait moves in space with what a clip says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from portrait_addon.errors import InputError
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.head.camera import Camera, Pose
from portrait_addon.pipeline.head.fitting import HeadFit
from portrait_addon.pipeline.head.model import load_head
from portrait_addon.pipeline.head.projecting import PortraitHead
from portrait_addon.pipeline.records.expression import REST, Expression
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import IDENTITY_MODES, Performance, no_head
from portrait_addon.pipeline.timeline.head_motion import head_motion

UNITS, ALL_UNITS = 51, 52


@pytest.fixture
def portrait() -> PortraitHead:
    turned = Rotation.from_euler("y", 10, degrees=True).as_matrix() @ np.diag([1.0, -1.0, -1.0])
    pose = Pose(turned, np.array([10.0, -5, 900]))
    fit = HeadFit(Camera.of_picture((300, 400)), pose, np.zeros(IDENTITY_MODES), np.full(UNITS, 0.3))
    return PortraitHead.of(load_head(), fit, np.zeros(UNITS))


@pytest.fixture
def driver(performance: Performance) -> Performance:
    """A driver whose head leans by 2 degrees a frame and goes 3 mm to the right, and whose weights rise by a tenth."""
    rows = np.arange(performance.frame_count)
    turns = Rotation.from_euler("z", 2 * rows[:, None], degrees=True).as_matrix() @ np.diag([1.0, -1.0, -1.0])
    return replace(
        performance,
        identities=np.zeros((1, IDENTITY_MODES), np.float32),
        identity_offsets=np.zeros((1, 478, 3), np.float32),
        focal=500.0,
        expressions=np.tile(0.01 * rows[:, None], UNITS).astype(np.float32),
        head_rotations=turns.astype(np.float32),
        head_positions=(rows[:, None] * (3, 0, 0) + (0, 0, 700)).astype(np.float32),
    )


def angle(pose: Pose, start: Pose) -> float:
    """Degrees about the axis away from the viewer, by which a pose differs from another."""
    return float(np.degrees(Rotation.from_matrix(pose.rotation @ start.rotation.T).as_rotvec()[2]))


def test_neutral_frame_is_the_portraits_own_pose(driver: Performance, portrait: PortraitHead) -> None:
    motion = head_motion([[Moment(driver, float(driver.neutral))]], portrait)
    np.testing.assert_allclose(motion.poses[0].rotation, portrait.fit.pose.rotation, atol=1e-6)
    np.testing.assert_allclose(motion.poses[0].position, portrait.fit.pose.position, atol=1e-3)


@pytest.mark.parametrize("by", [1.0, 2.5])
def test_head_turns_and_shifts_as_the_drivers_does(driver: Performance, portrait: PortraitHead, by: float) -> None:
    t = 10 + by
    still, motion = (head_motion([[Moment(driver, time)]], portrait) for time in (10.0, t))
    assert angle(motion.poses[0], still.poses[0]) == pytest.approx(2 * by, abs=0.01)
    np.testing.assert_allclose(motion.poses[0].position - still.poses[0].position, (3 * by, 0, 0), atol=1e-3)
    np.testing.assert_allclose(motion.weights[0, :UNITS], 0.01 * (t - 1), atol=1e-6)


def test_what_no_clip_shows_is_the_portrait_itself(driver: Performance, portrait: PortraitHead) -> None:
    motion = head_motion([[], [Moment(driver, 11.0, 0.5)]], portrait)
    wanted = [[0.3] * UNITS + [0], [0.5 * 0.1 + 0.5 * 0.3] * UNITS + [0]]
    np.testing.assert_allclose(motion.weights, wanted, atol=1e-6)
    np.testing.assert_allclose(motion.poses[0].rotation, portrait.fit.pose.rotation, atol=1e-9)


def numbers() -> Performance:
    """Four rows: moved and open-mouthed, at rest, turned by .1 to the sitter's left, half as large again."""
    curves = ExpressionCurves.at_rest(np.arange(4.0))
    curves.weights[0, 3:5], curves.weights[0, -1], curves.angles[0], curves.shifts[0] = 0.4, 0.5, 0.2, (0.3, 0.1)
    curves.angles[2, 0], curves.scales[3] = 0.1, 1.5
    return performance_of(curves)


def test_numbers_are_counted_from_rest_whatever_their_first_row_says(portrait: PortraitHead) -> None:
    clip, own = numbers(), portrait.fit.pose
    motion = head_motion([[Moment(clip, float(t))] for t in (1, 2, 3, 4)], portrait)
    assert motion.weights[0, -1] == pytest.approx(0.5)
    np.testing.assert_allclose(motion.weights[1], 0, atol=1e-6)
    np.testing.assert_allclose(motion.poses[1].rotation, own.rotation, atol=1e-3)
    np.testing.assert_allclose(motion.poses[1].position, own.position, atol=0.5)
    turn = Rotation.from_matrix(motion.poses[2].rotation @ own.rotation.T).as_rotvec()
    np.testing.assert_allclose(turn, (0, -0.1, 0), atol=1e-3)
    assert motion.poses[3].position[2] == pytest.approx(own.position[2] / 1.5, rel=1e-3)


def test_what_is_added_to_a_clip_moves_the_head_too(driver: Performance, portrait: PortraitHead) -> None:
    added = Expression((0.25,) + (0.0,) * 51, (0.1, 0.0, 0.0), (0.0, 0.5), 1.0)
    plain, more = (head_motion([[Moment(driver, 10.0, added=what)]], portrait) for what in (REST, added))
    np.testing.assert_allclose((more.weights - plain.weights)[0], added.weights, atol=1e-6)
    turn = Rotation.from_matrix(plain.poses[0].rotation.T @ more.poses[0].rotation).magnitude()
    assert turn == pytest.approx(0.1, abs=1e-6)
    up = plain.poses[0].position - more.poses[0].position
    np.testing.assert_allclose(up, (0, 40, 0), atol=3)  # half of the 80 mm between the outer corners of the eyes


def test_no_frames_have_no_motion(portrait: PortraitHead) -> None:
    motion = head_motion([], portrait)
    assert motion.weights.shape == (0, ALL_UNITS) and not motion.poses


def test_a_clip_without_a_head_has_to_be_tracked_again(driver: Performance, portrait: PortraitHead) -> None:
    with pytest.raises(InputError, match="Track the clip again"):
        head_motion([[Moment(replace(driver, **no_head(1)), 1.0)]], portrait)
