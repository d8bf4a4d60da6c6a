"""What a painted part moves with."""

import numpy as np
import pytest

from portrait_addon.pipeline.frame.rigid_parts import apply_rigid_parts
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid
from portrait_addon.pipeline.portrait.rigid_parts import RigidPart

SIZE = 60
GRID = SampleGrid(0, 0, 4, 15, 15)


def moved_by(points_covered: int, samples_covered: int) -> float:
    """How a part moves to the side where the face moves by 2 pixels and the surround by 5."""
    rest = np.zeros((478, 3), np.float32)
    rest[:, :2] = np.random.default_rng(3).uniform(10, 50, (478, 2))
    shares = np.zeros(478, np.float32)
    shares[:points_covered] = 1
    surround = (GRID.positions() - (5, 0)).astype(np.float32)
    mask = np.zeros((SIZE, SIZE), np.float32)
    for sample in range(samples_covered):
        x, y = surround[5 + sample // 3, 5 + sample % 3].astype(int)
        mask[y - 1 : y + 2, x - 1 : x + 2] = 1
    face = rest + np.float32([2, 0, 0])
    _, field = apply_rigid_parts([RigidPart(mask, shares)], rest, face, GRID, surround)
    within = mask[surround[..., 1].astype(int).clip(0), surround[..., 0].astype(int).clip(0)] > 0
    return float(np.median((GRID.positions() - field)[within][:, 0]))


@pytest.mark.parametrize(("points", "shift"), [(5, 5), (7, 2)])
def test_a_part_on_the_face_moves_with_it_and_another_with_the_surround(points: int, shift: int) -> None:
    assert moved_by(points, 9) == pytest.approx(shift, abs=0.1)
