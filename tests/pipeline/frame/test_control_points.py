from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.face.mesh import (
    BROWS,
    EYES,
    FACE_OVAL,
    MOUTH,
    NOSE_TIP,
    SKIN_POINTS,
    SKULL_OVAL,
    outer_eye_distance,
)
from portrait_addon.pipeline.frame.control_points import (
    FREE_SHIFT,
    FREE_TURN,
    MOST_EXPRESSION,
    MOST_GROWTH,
    MOST_SHIFT,
    MOST_TURN,
    control_points,
    no_longer_than,
    share_in_sight,
    turn_of,
    within_reach,
)
from portrait_addon.pipeline.imaging.similarity import Similarity, best_similarity
from portrait_addon.pipeline.pair.correspondence import correspond
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

RIMS = np.concatenate([EYES[0][0].upper, EYES[1][0].upper, MOUTH.upper])
"""Points that the openings correct after the offsets."""

LECTURE = Settings(depth=0.0)


def others(*left_out: list[int]) -> NDArray[Any]:
    return np.setdiff1d(np.arange(SKIN_POINTS), np.concatenate([RIMS, *left_out]))


def face_at(portrait: Portrait, performance: Performance, settings: Settings, t: float) -> NDArray[Any]:
    return control_points(portrait, performance, Pair.of(portrait, performance), settings, t).face


@pytest.fixture(scope="module")
def selfie(portrait: Portrait, performance: Performance) -> Portrait:
    """The driver's neutral frame as a portrait: portrait and driver are the same face."""
    return replace(portrait, picture=np.zeros((288, 360, 3), np.uint8), points=performance.neutral_points)


@pytest.fixture(scope="module")
def acting(performance: Performance) -> Performance:
    """A performance of a made face: at rest in frame 1, in frame 2 it opens its mouth and turns its head."""
    rest = performance.neutral_points.astype(np.float64)
    open_mouth = rest.copy()
    open_mouth[MOUTH.lower, 1] += 9
    centre = rest.mean(axis=0)
    turn = Rotation.from_euler("yz", [12, 8], degrees=True).as_matrix()
    moved = Similarity(turn, 1.05, centre + np.array([11, -6, 0]) - 1.05 * turn @ centre)(open_mouth)
    points = np.stack([rest, moved]).astype(np.float32)
    return replace(
        performance,
        times=np.array([0, 0.04]),
        neutral=1,
        points=points,
        peripheral_offsets=np.stack([0 * performance.peripheral, 0 * performance.peripheral + (4, 2)]),
    )


def test_same_face_gives_the_driver_back_in_both_ways(selfie: Portrait, performance: Performance) -> None:
    """S is the identity."""
    shared = correspond(selfie, performance)
    np.testing.assert_allclose(shared.similarity.linear, np.eye(2), atol=1e-6)
    np.testing.assert_allclose(shared.similarity.translation, 0, atol=1e-4)
    rows = others(list(SKULL_OVAL))  # in depth, the skull's outline makes no expression
    for t in (1, 4, 9, 20):
        driver = performance.points_at(t)
        flat, deep = (face_at(selfie, performance, Settings(depth=depth), t) for depth in (0.0, 1.0))
        np.testing.assert_allclose(flat[others(), :2], driver[others(), :2], atol=1e-3)
        np.testing.assert_allclose(deep[rows, :2], driver[rows, :2], atol=1e-3)


@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
def test_no_motion_and_no_expression_give_the_portrait(
    portrait: Portrait, performance: Performance, depth: float
) -> None:
    settings = Settings(head_motion=0.0, expression=0.0, depth=depth)
    pair = Pair.of(portrait, performance)
    shared = pair.correspondence
    rest = shared.surround(portrait.points, shared.cranium, shared.peripheral)
    for t in (1, 6.5, 25):
        found = control_points(portrait, performance, pair, settings, t)
        np.testing.assert_allclose(found.face[:, :2], portrait.points[:, :2], atol=1e-3)
        np.testing.assert_allclose(found.surround, rest, atol=1e-3)


@pytest.mark.parametrize("depth", [0.0, 1.0])
def test_neutral_frame_gives_the_portrait(portrait: Portrait, performance: Performance, depth: float) -> None:
    found = face_at(portrait, performance, Settings(depth=depth), performance.neutral)
    np.testing.assert_allclose(found[:, :2], portrait.points[:, :2], atol=1e-3)


@pytest.mark.parametrize("t", [1, 8.25, 13, 25])
def test_flat_offsets_are_those_of_the_lecture(portrait: Portrait, performance: Performance, t: float) -> None:
    neutral, driver = performance.neutral_points[:, :2], performance.points_at(t)[:, :2]
    linear = best_similarity(neutral[:SKIN_POINTS], portrait.points[:SKIN_POINTS, :2]).linear
    wanted = portrait.points[:, :2] + (driver.astype(np.float64) - neutral) @ linear.T
    np.testing.assert_allclose(face_at(portrait, performance, LECTURE, t)[others(), :2], wanted[others()], atol=1e-3)


def test_flat_strengths_tell_head_and_expression_apart(portrait: Portrait, performance: Performance) -> None:
    """``q_i = q* + S_linear [h (S_i p* - p*) + e (p_i - S_i p*)]``."""
    h, e, t = 0.6, 1.4, 8
    neutral, driver = (p[:, :2].astype(np.float64) for p in (performance.neutral_points, performance.points_at(t)))
    linear = best_similarity(neutral[:SKIN_POINTS], portrait.points[:SKIN_POINTS, :2]).linear
    head = best_similarity(neutral[:SKIN_POINTS], driver[:SKIN_POINTS])(neutral)
    wanted = portrait.points[:, :2] + (h * (head - neutral) + e * (driver - head)) @ linear.T
    found = face_at(portrait, performance, Settings(depth=0.0, head_motion=h, expression=e), t)
    np.testing.assert_allclose(found[others(), :2], wanted[others()], atol=1e-3)


def test_depth_goes_from_one_way_to_the_other(portrait: Portrait, acting: Performance) -> None:
    flat, half, deep = (face_at(portrait, acting, Settings(depth=depth), 2) for depth in (0.0, 0.5, 1.0))
    assert np.abs(flat - deep)[:, :2].max() > 0.5
    np.testing.assert_allclose(half[others()], ((flat + deep) / 2)[others()], atol=1e-3)


def test_head_without_expression_moves_as_one(portrait: Portrait, acting: Performance) -> None:
    found = face_at(portrait, acting, Settings(expression=0.0), 2)
    head = best_similarity(portrait.points[others()], found[others()])
    np.testing.assert_allclose(head(portrait.points)[others()], found[others()], atol=1e-2)
    assert head.scale == pytest.approx(1.05, abs=2e-3)
    assert np.degrees(Rotation.from_matrix(head.rotation).magnitude()) == pytest.approx(14.4, abs=0.3)


def test_head_goes_as_far_as_the_driver_for_the_portrait_is_large(portrait: Portrait, acting: Performance) -> None:
    """By 11 pixels of a driver with 66 between the eyes, across a portrait with 77."""
    found = face_at(portrait, acting, Settings(expression=0.0), 2)
    shift = (found - portrait.points)[:SKIN_POINTS, :2].mean(axis=0)
    scale = correspond(portrait, acting).similarity.scale
    assert 1 < scale < 1.4
    np.testing.assert_allclose(np.linalg.norm(shift), scale * np.hypot(11, 6), rtol=0.05)


def test_half_the_motion_turns_by_half_the_angle(portrait: Portrait, acting: Performance) -> None:
    found = face_at(portrait, acting, Settings(expression=0.0, head_motion=0.5), 2)
    head = best_similarity(portrait.points[others()], found[others()])
    assert np.degrees(Rotation.from_matrix(head.rotation).magnitude()) == pytest.approx(7.2, abs=0.2)
    assert head.scale == pytest.approx(np.sqrt(1.05), abs=2e-3)


def test_hairline_that_follows_the_brows_makes_no_expression(portrait: Portrait, acting: Performance) -> None:
    points = acting.points.copy()
    points[1] = points[0]
    points[1, [10, 338, 109], 1] -= 6
    found = face_at(portrait, replace(acting, points=points), Settings(), 2) - portrait.points
    assert np.abs(found[[10, 338, 109], :2]).max() < 2


def test_expression_without_head_motion_leaves_the_skull(portrait: Portrait, acting: Performance) -> None:
    found = face_at(portrait, acting, Settings(head_motion=0.0), 2) - portrait.points
    assert np.abs(found[list(SKULL_OVAL), :2]).max() < 0.05
    opened = found[MOUTH.lower, 1]
    assert (opened > 5).all()


@pytest.mark.parametrize(
    ("name", "touched", "kept"),
    [("mouth", MOUTH.lower, BROWS), ("brows", np.array(BROWS), MOUTH.lower)],
    ids=["mouth", "brows"],
)
def test_strength_of_a_region_touches_that_region(
    portrait: Portrait,
    performance: Performance,
    acting: Performance,
    name: str,
    touched: NDArray[Any],
    kept: NDArray[Any] | tuple[int, ...],
) -> None:
    points = acting.points.copy()
    points[1] = points[0]
    points[1, MOUTH.lower, 1] += 9
    points[1, list(BROWS), 1] -= 7
    frowning = replace(acting, points=points)
    still = Settings(head_motion=0.0)
    whole, without = (face_at(portrait, frowning, settings, 2) for settings in (still, replace(still, **{name: 0.0})))
    rest = portrait.points
    assert np.abs(without[touched] - rest[touched])[:, :2].max() < 0.1
    assert np.abs(whole[touched] - rest[touched])[:, 1].min() > 3
    np.testing.assert_allclose(without[list(kept)], whole[list(kept)], atol=1e-3)


def test_surroundings_follow_the_drivers_own(portrait: Portrait, acting: Performance) -> None:
    pair = Pair.of(portrait, acting)
    shared = pair.correspondence
    oval, skull = len(FACE_OVAL), len(shared.cranium)
    moved = control_points(portrait, acting, pair, Settings(head_motion=0.5), 2).surround
    rest = shared.surround(portrait.points, shared.cranium, shared.peripheral)
    offsets = (moved - rest)[oval + skull :]
    wanted = 0.5 * shared.similarity.linear @ (4, 2)
    apart = np.linalg.norm(offsets[: len(shared.peripheral)] - wanted, axis=1)
    assert np.quantile(apart, 0.7) < 1e-2  # the rest lies where the face runs over it, and gives way
    assert not offsets[len(shared.peripheral) :].any()  # far away nothing moves
    assert len(shared.peripheral) > 20


def test_oval_of_face_and_surroundings_is_one(portrait: Portrait, acting: Performance) -> None:
    found = control_points(portrait, acting, Pair.of(portrait, acting), Settings(), 2)
    np.testing.assert_array_equal(found.surround[: len(FACE_OVAL)], found.face[list(FACE_OVAL), :2])


def test_between_two_frames(portrait: Portrait, acting: Performance) -> None:
    first, middle, last = (face_at(portrait, acting, LECTURE, t)[NOSE_TIP] for t in (1, 1.5, 2))
    assert np.linalg.norm(middle - (first + last) / 2) < 0.02 * outer_eye_distance(portrait.points)


@pytest.mark.parametrize("depth", [0.0, 1.0])
def test_no_point_leaves_the_face_and_no_head_the_sight_of_its_picture(
    portrait: Portrait, acting: Performance, depth: float
) -> None:
    """A neutral frame that is nothing like the others asks for any distance."""
    torn = acting.points.copy()
    torn[1, NOSE_TIP] += 1e6
    far = acting.points.copy()
    far[1] = 1e4 * (far[1] + 1e3)
    side, settings = max(portrait.size), Settings(head_motion=3.0, depth=depth)
    for points in (torn, far):
        found = face_at(portrait, replace(acting, points=points), settings, 2)
        assert np.abs(found[:, :2]).max() < (MOST_SHIFT + MOST_GROWTH) * side
    if depth:
        nose = face_at(portrait, replace(acting, points=torn), Settings(head_motion=0.0), 2)[NOSE_TIP]
        assert np.linalg.norm(nose - portrait.points[NOSE_TIP]) <= 1.01 * MOST_EXPRESSION * portrait.unit
        head = best_similarity(portrait.points, face_at(portrait, replace(acting, points=far), settings, 2))
        assert head.scale == pytest.approx(MOST_GROWTH, rel=0.01)


def test_shortened_offsets_keep_their_direction_and_short_ones_every_bit() -> None:
    offsets = np.array([[3.0, 4.0], [0.3, 0.1], [0.0, 0.0]])
    shortened = no_longer_than(1.0, offsets)
    np.testing.assert_allclose(shortened[0], [0.6, 0.8])
    np.testing.assert_array_equal(shortened[1:], offsets[1:])


@pytest.mark.parametrize("depth", [0.0, 1.0])
def test_a_driver_who_leaves_the_picture_takes_no_portrait_along(
    portrait: Portrait, performance: Performance, depth: float
) -> None:
    """The head follows freely at first, then ever less, and its middle stays in sight."""
    size, row = np.array(portrait.size), performance.neutral % performance.frame_count  # the neutral frame's next one
    pair, settings = Pair.of(portrait, performance), Settings(depth=depth)
    scale = pair.correspondence.similarity.scale
    middle = portrait.points[:SKIN_POINTS, :2].mean(axis=0)
    follows = []
    for way in (1, -1):
        room = size[0] - middle[0] if way > 0 else middle[0]
        for share in np.linspace(0, 3, 13):
            moved = np.array([way * share * room / scale, 0])
            points, offsets = performance.points.copy(), performance.peripheral_offsets.copy()
            points[row], offsets[row] = performance.neutral_points + np.append(moved, 0), moved
            gone = replace(performance, points=points, peripheral_offsets=offsets)
            found = control_points(portrait, gone, pair, settings, row + 1)
            at = found.face[:SKIN_POINTS, :2].mean(axis=0)
            assert (at > 0).all()
            assert (at < size).all()
            follows.append((share, way * (at - middle)[0] / room, found.surround))
    for part in (follows[:13], follows[13:]):
        shares, kept = (np.array(column) for column in list(zip(*part, strict=True))[:2])
        np.testing.assert_allclose(kept[shares <= FREE_SHIFT], shares[shares <= FREE_SHIFT], atol=0.02)
        assert (np.diff(kept) > 0).all()
        assert kept[-1] < 1.02
        drawn = [np.linalg.norm(surround - part[0][2], axis=1).max() for *_, surround in part]
        assert max(drawn) < 1.2 * size[0]  # hair, neck and shoulders go no further


def test_a_head_that_stays_in_sight_moves_as_far_to_the_last_bit() -> None:
    share = share_in_sight(np.array([49.0, -30.0]), np.array([100.0, 60.0]), (200, 300))
    assert (share == 1).all()


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("tilt", [0, 40])
def test_a_turn_is_followed_softly_up_to_a_limit(axis: str, tilt: int) -> None:
    """The same up to a point, no step beyond, and the tilt of the head stays."""

    def posed(degrees: float) -> NDArray[Any]:
        return Rotation.from_euler("z" + axis, [tilt, degrees], degrees=True).as_matrix()

    kept = []
    for degrees in range(151):
        for turned in (degrees, -degrees):
            followed = within_reach(posed(turned))
            kept.append(np.degrees(turn_of(followed)))
            assert followed == pytest.approx(posed(np.copysign(kept[-1], turned)), abs=1e-6)
            assert degrees > np.degrees(FREE_TURN) or (followed == posed(turned)).all()
    steps = np.diff(kept[::2])
    assert ((steps > -1e-6) & (steps < 1 + 1e-6)).all()
    assert max(kept) < np.degrees(MOST_TURN) + 1e-6


@pytest.mark.parametrize(("driver", "least", "most"), [(24, 24, 24), (30, 28, 29.9), (45, 31, 34.9), (90, 34, 36)])
def test_a_turn_is_followed_whole_then_less_and_a_profile_never(driver: int, least: float, most: float) -> None:
    """In degrees: further on, a portrait's hair and ears are drawn out into streaks."""
    followed = within_reach(Rotation.from_euler("y", driver, degrees=True).as_matrix())
    assert least - 1e-6 <= np.degrees(turn_of(followed)) <= most + 1e-6


@pytest.mark.parametrize("depth", [0.0, 1.0])
def test_a_portrait_follows_a_profile_as_far_as_it_can(
    portrait: Portrait, performance: Performance, depth: float
) -> None:
    """The face keeps its width and its eyes, however far the driver turns."""
    rest = performance.neutral_points.astype(np.float64)
    centre = rest.mean(axis=0)
    turns = [Rotation.from_euler("y", turned, degrees=True).as_matrix() for turned in (0, 24, 40, 60, 80)]
    points = np.stack([centre + (rest - centre) @ turn.T for turn in turns]).astype(np.float32)
    profile = replace(
        performance,
        points=points,
        neutral=1,
        **{
            name: getattr(performance, name)[: len(turns)]
            for name in (
                "times",
                "found",
                "covered",
                "unlit",
                "blendshapes",
                "head_matrices",
                "peripheral_offsets",
                "camera_offsets",
                "mouth_boxes",
                "lid_rows",
                "log_ratios",
            )
        },
        mouth_starts=performance.mouth_starts[: len(turns) + 1],
    )
    faces = [face_at(portrait, profile, Settings(depth=depth), t + 1.0) for t in range(len(turns))]
    widths = [np.ptp(face[:SKIN_POINTS, 0]) for face in faces]
    assert widths[4] > 0.7 * widths[0]
    assert widths[3] == pytest.approx(widths[4], rel=0.05)
    for eye, _ in EYES:
        heights = [np.abs(face[eye.upper, 1] - face[eye.lower, 1]).max() for face in faces]
        assert heights == pytest.approx([heights[0]] * 5, rel=0.3)
