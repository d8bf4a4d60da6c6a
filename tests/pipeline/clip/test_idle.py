"""A face that waits, and poses that are ready."""

import numpy as np
import pytest

from portrait_addon.pipeline.clip.idle import LEAST_PERIOD, idle_curves
from portrait_addon.pipeline.clip.ready_poses import READY_POSES, expression_of
from portrait_addon.pipeline.records.expression import REST, UNITS

RATE = 50


def blinks(seconds: float, seed: int = 0) -> np.ndarray:
    curves = idle_curves(np.arange(round(seconds * RATE)) / RATE, seconds, seed)
    return curves.weights[:, UNITS.index("eyeBlinkLeft")]


def test_it_comes_round_without_a_seam() -> None:
    times = np.arange(0, 12, 1 / RATE)
    first, second = idle_curves(times, 12), idle_curves(times + 12, 12)
    for name in ("weights", "angles", "shifts"):
        before, after = getattr(first, name), getattr(second, name)
        np.testing.assert_allclose(after, before, atol=1e-9)
        steps = np.abs(np.diff(np.vstack([before, before[:1]]), axis=0))
        assert steps[-1].max() <= steps.max()


def test_any_frame_can_be_asked_for_alone() -> None:
    times = np.arange(0, 12, 1 / RATE)
    whole = idle_curves(times, 12, seed=3)
    alone = idle_curves(times[[100]], 12, seed=3)
    for name in ("weights", "angles", "shifts"):
        np.testing.assert_allclose(getattr(alone, name)[0], getattr(whole, name)[100], atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_it_blinks_as_people_do(seed: int) -> None:
    closed = blinks(60, seed) > 0.5
    begins = np.flatnonzero(np.diff(closed.astype(int)) > 0)
    assert 8 <= len(begins) <= 25
    assert np.diff(begins).min() > 0.8 * RATE
    assert closed.sum() / len(begins) / RATE == pytest.approx(0.2, abs=0.05)
    assert blinks(60, seed).max() > 0.95


def test_eyes_jump_and_then_rest() -> None:
    curves = idle_curves(np.arange(60 * RATE) / RATE, 60)
    aside = curves.weights[:, UNITS.index("eyeLookOutLeft")] - curves.weights[:, UNITS.index("eyeLookInLeft")]
    steps = np.abs(np.diff(aside))
    assert (steps < 1e-6).mean() > 0.8
    assert steps.max() > 0.05
    both_ways = curves.weights[:, [UNITS.index("eyeLookOutLeft"), UNITS.index("eyeLookInLeft")]].min(axis=1)
    assert not both_ways.any()


def test_the_head_is_never_still_and_never_far() -> None:
    curves = idle_curves(np.arange(30 * RATE) / RATE, 30)
    assert 0.005 < np.abs(curves.angles).max() < 0.12
    assert 0.005 < np.abs(curves.shifts).max() < 0.08
    assert np.abs(np.diff(curves.angles, axis=0)).max() < 0.004
    assert (curves.weights >= 0).all() and (curves.weights <= 1).all()


def test_another_seed_gives_another_idle_and_a_short_loop_is_lengthened() -> None:
    assert not np.array_equal(blinks(20, 0), blinks(20, 1))
    times = np.arange(0, LEAST_PERIOD, 1 / RATE)
    np.testing.assert_array_equal(idle_curves(times, 0.1).weights, idle_curves(times, LEAST_PERIOD).weights)


def test_ready_poses_are_a_dozen_of_known_expressions() -> None:
    assert len(READY_POSES) == 12
    for weights in READY_POSES.values():
        assert {*weights} <= {*UNITS}
        assert all(0 < weight <= 1 for weight in weights.values())
    assert expression_of(READY_POSES["Wink"]).score("eyeBlinkLeft") == 1
    assert expression_of({}) == REST


def test_what_is_added_is_scaled_and_kept_within_range() -> None:
    smile = expression_of({"mouthSmileLeft": 0.8})._replace(angles=(0.1, 0.0, 0.0), scale=1.21)
    assert REST.plus(smile) == smile
    assert smile.plus(REST) is smile
    both = smile.plus(smile, 0.5)
    assert both.score("mouthSmileLeft") == 1
    assert both.angles[0] == pytest.approx(0.15)
    assert both.scale == pytest.approx(1.331)
