from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import EYES, MOUTH, Opening, outer_eye_distance
from portrait_addon.pipeline.face.openings import WIDEST_EYE, across, gaps, openness, part_rims
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame.mouth_opening import SEAM, inset_lip_line
from portrait_addon.pipeline.frame.opening_transfer import composed_opening, transfer_openings
from portrait_addon.pipeline.records.performance import Performance

SHUT = (0.25, 0.25)
"""Ratio at which the driver's eyes are shut."""

OTHERS, ONE_FACE = 0.0, 1.0
"""Likeness of driver and portrait."""


def with_gaps(points: NDArray[Any], opening: Opening, factor: float) -> NDArray[Any]:
    """The face with the gaps of an opening scaled, its lower rim held."""
    changed = points.copy()
    changed[opening.upper, :2] += ((1 - factor) * gaps(points, opening))[:, None] * across(points, opening)
    return changed


def turned(points: NDArray[Any], degrees: int) -> NDArray[Any]:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])


def at_rest(driver: NDArray[Any]) -> tuple[float, float]:
    right, left = (float(openness(driver, eye)) for eye, _ in EYES)
    return right, left


@pytest.fixture(scope="module")
def driver(performance: Performance) -> NDArray[Any]:
    return performance.neutral_points.astype(np.float64)


@pytest.mark.parametrize("size", [0.4, 1.0, 2.5], ids=["narrow", "as it is", "wide"])
@pytest.mark.parametrize("degrees", [0, 30])
def test_lids_close_whatever_the_shapes(face: NDArray[Any], driver: NDArray[Any], size: float, degrees: int) -> None:
    portrait = face
    for eye, _ in EYES:
        portrait = with_gaps(portrait, eye, size)
    portrait = turned(portrait, degrees)
    closed = driver
    for eye, _ in EYES:
        closed = with_gaps(closed, eye, 0.05)  # so far a tracker closes them
    moved = transfer_openings(portrait.copy(), portrait.astype(np.float32), closed, 1.0, at_rest(driver), SHUT, OTHERS)
    for eye, _ in EYES:
        np.testing.assert_allclose(gaps(moved, eye), 0, atol=1e-3)


@pytest.mark.parametrize("size", [0.6, 1.0, 1.5], ids=["narrow", "as it is", "large"])
@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_eyes_widen_by_as_much_as_the_drivers(
    face: NDArray[Any], driver: NDArray[Any], factor: float, size: float
) -> None:
    wide, portrait = driver, face
    for eye, _ in EYES:
        wide, portrait = with_gaps(wide, eye, factor), with_gaps(portrait, eye, size)
    moved = transfer_openings(portrait.copy(), portrait.astype(np.float32), wide, 1.0, at_rest(driver), SHUT, OTHERS)
    for eye, _ in EYES:
        widened = openness(moved, eye) - openness(portrait, eye)
        assert widened == pytest.approx((factor - 1) * openness(driver, eye), abs=1e-3)


def test_eyes_open_no_wider_than_eyes_do(face: NDArray[Any], driver: NDArray[Any]) -> None:
    """Whatever the driver's points say: a neutral frame with shut eyes asked for eyes as high as the picture."""
    staring = driver
    for eye, _ in EYES:
        staring = with_gaps(staring, eye, 50)
    moved = transfer_openings(face.copy(), face.astype(np.float32), staring, 3.0, at_rest(driver), SHUT, OTHERS)
    for eye, _ in EYES:
        assert openness(moved, eye) == pytest.approx(WIDEST_EYE, abs=1e-3)


def test_half_closed_eyes_of_a_far_driver(face: NDArray[Any], driver: NDArray[Any]) -> None:
    """The driver's distance from the camera does not matter."""
    half = driver
    for eye, _ in EYES:
        half = with_gaps(half, eye, 0.5)
    near, far = (
        transfer_openings(face.copy(), face.astype(np.float32), size * half, 1.0, at_rest(driver), SHUT, OTHERS)
        for size in (1.0, 0.6)
    )
    np.testing.assert_allclose(near, far, atol=1e-6)
    for eye, _ in EYES:  # the driver's are open by a third, counted from where they are shut
        assert 0.15 < (gaps(near, eye).mean() / gaps(face, eye).mean()) < 0.25


def test_composed_lids_close_ahead_of_the_drivers() -> None:
    """Half closed lids of a composed eye look more open than real ones; at rest and shut, nothing is added."""
    driver = np.linspace(0, 1, 41)
    composed = np.array([composed_opening(float(share), OTHERS) for share in driver])
    assert composed[[0, -1]].tolist() == [0, 1] and (np.diff(composed) > 0).all()
    assert (composed[1:-1] < driver[1:-1]).all()
    assert composed_opening(0.98, OTHERS) == pytest.approx(0.98, abs=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_a_driver_who_is_the_portrait_keeps_his_own_lids(share: float) -> None:
    assert composed_opening(share, ONE_FACE) == share


def test_strength_0_leaves_the_eyes_and_a_large_one_does_not_cross_them(
    face: NDArray[Any], driver: NDArray[Any]
) -> None:
    half = driver
    for eye, _ in EYES:
        half = with_gaps(half, eye, 0.5)
    rest = face.astype(np.float32)
    for eye, _ in EYES:
        untouched = transfer_openings(face.copy(), rest, half, 0.0, at_rest(driver), SHUT, OTHERS)
        np.testing.assert_allclose(gaps(untouched, eye), gaps(face, eye), atol=1e-3)
        np.testing.assert_allclose(
            gaps(transfer_openings(face.copy(), rest, half, 3.0, at_rest(driver), SHUT, OTHERS), eye), 0, atol=1e-3
        )


def test_only_upper_rims_move(face: NDArray[Any], driver: NDArray[Any]) -> None:
    closed = driver
    for eye, _ in EYES:
        closed = with_gaps(closed, eye, 0)
    moved = transfer_openings(face.copy(), face.astype(np.float32), closed, 1.0, at_rest(driver), SHUT, OTHERS)
    upper = np.concatenate([EYES[0][0].upper, EYES[1][0].upper, MOUTH.upper])
    np.testing.assert_array_equal(np.delete(moved, upper, axis=0), np.delete(face, upper, axis=0))


def test_crossed_lips_are_parted(face: NDArray[Any], driver: NDArray[Any]) -> None:
    crossed = face.copy()
    crossed[MOUTH.upper, 1] += 6
    assert (gaps(crossed, MOUTH) < 0).any()
    moved = transfer_openings(crossed, face.astype(np.float32), driver, 1.0, at_rest(driver), SHUT, OTHERS)
    assert gaps(moved, MOUTH).min() > -1e-9


def test_open_lips_stay(face: NDArray[Any], driver: NDArray[Any]) -> None:
    opened = face.copy()
    opened[MOUTH.lower, 1] += 9
    moved = transfer_openings(opened, face.astype(np.float32), driver, 1.0, at_rest(driver), SHUT, OTHERS)
    np.testing.assert_allclose(moved[MOUTH.upper], opened[MOUTH.upper], atol=1e-9)


def test_crossed_rims_of_a_portrait_meet_half_way(face: NDArray[Any]) -> None:
    crossed = face.copy()
    crossed[MOUTH.upper[3], 1], crossed[MOUTH.lower[3], 1] = 250, 244
    parted = part_rims(crossed)
    np.testing.assert_allclose(parted[MOUTH.upper[3]], parted[MOUTH.lower[3]])
    assert parted[MOUTH.upper[3], 1] == pytest.approx(247)
    for opening in (*(eye for eye, _ in EYES), MOUTH):
        assert gaps(parted, opening).min() > -1e-4


def test_open_rims_of_a_portrait_stay(face: NDArray[Any]) -> None:
    opened = with_gaps(part_rims(face).astype(np.float64), MOUTH, 2.0)
    np.testing.assert_array_equal(part_rims(opened), opened.astype(np.float32))


def test_seam_belongs_to_the_mouth_only_when_it_opens(face: NDArray[Any]) -> None:
    rest = part_rims(face)
    np.testing.assert_array_equal(inset_lip_line(Pose(rest, rest), 0.0), rest)
    widths = [gaps(inset_lip_line(Pose(rest, rest), share), MOUTH) for share in (0, 0.5, 1)]
    assert (widths[0] <= widths[1]).all() and (widths[1] <= widths[2]).all()
    assert widths[2].min() > 1.8 * SEAM * outer_eye_distance(rest)


def test_seam_of_an_open_mouth_is_inside_already(face: NDArray[Any]) -> None:
    opened = part_rims(face)
    opened[MOUTH.lower, 1] += 20
    np.testing.assert_allclose(inset_lip_line(Pose(opened, opened), 1.0), opened, atol=1e-4)


def test_many_frames_at_once_are_as_open_as_each_alone(face: NDArray[Any]) -> None:
    frames = np.stack([face, with_gaps(face, MOUTH, 3.0), turned(face, 30), face * 2])
    for opening in (*(eye for eye, _ in EYES), MOUTH):
        np.testing.assert_allclose(
            openness(frames, opening), [openness(points, opening) for points in frames], rtol=1e-5
        )
