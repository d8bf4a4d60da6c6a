"""Where a person's brows lie."""

import numpy as np

from portrait_addon.pipeline.face.mesh import BROWS, EACH_BROW
from portrait_addon.pipeline.head.brows import MODES, SIGMA, brow_modes
from portrait_addon.pipeline.head.landmarks import load_landmarks
from portrait_addon.pipeline.head.model import load_head


def test_brows_alone_move() -> None:
    modes = brow_modes(load_landmarks().mean)
    moved = np.flatnonzero(np.abs(modes).max(axis=(0, 2)))
    np.testing.assert_array_equal(moved, np.sort(BROWS))
    assert modes.shape[0] == MODES and np.abs(modes).max() < 2 * SIGMA


def test_six_modes_are_alike_on_both_sides_and_two_opposite() -> None:
    right, left = (brow_modes(load_landmarks().mean)[:, list(brow)].mean(axis=1) for brow in EACH_BROW)
    np.testing.assert_allclose(right[:6] * [-1, 1, 1], left[:6], atol=0.1)
    np.testing.assert_allclose(right[6:], -left[6:], atol=0.1)


def test_modes_differ() -> None:
    flat = brow_modes(load_landmarks().mean).reshape(MODES, -1)
    assert np.linalg.matrix_rank(flat, tol=1.0) == MODES


def test_they_come_after_the_modes_of_the_mesh() -> None:
    model, head = load_landmarks(), load_head()
    assert len(model.identity) == len(head.identity) + MODES
    person = np.zeros(len(model.identity))
    person[-MODES:] = 2
    np.testing.assert_array_equal(head.vertices(person, np.zeros(52)), head.vertices(np.zeros(56), np.zeros(52)))
    raised = model.at_rest(person) - model.mean
    assert np.abs(raised[list(BROWS)]).max() > 2 and not np.delete(raised, BROWS, axis=0).any()
