"""Least squares within bounds."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from portrait_addon.pipeline.head.bounded import solve_bounded


@pytest.mark.parametrize("seed", range(20))
def test_finds_what_scipy_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design, right = rng.normal(size=(90, 40)), rng.normal(size=90)
    low, high = -0.1 * rng.random(40), 0.1 * rng.random(40)
    low[:6], high[:6] = -np.inf, np.inf
    expected = lsq_linear(design, right, (low, high), method="bvls").x
    found = solve_bounded(design.T @ design, design.T @ right, low, high)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert ((found == low) | (found == high)).sum() > 5


def test_variables_without_room_stay() -> None:
    low, high = np.array([0.0, 0.5, -np.inf]), np.array([0.0, 0.5, np.inf])
    found = solve_bounded(np.eye(3), np.array([1.0, 2.0, 3.0]), low, high)
    np.testing.assert_allclose(found, [0, 0.5, 3])
