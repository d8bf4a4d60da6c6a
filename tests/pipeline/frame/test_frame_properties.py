"""A warp field does not fold, for any motion, size and setting."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.frame.surround import surround_field
from portrait_addon.pipeline.frame.warp_field import pin_border
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.imaging.raster import jacobian
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.portrait.surround_grid import surround_grid
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings, parameters
from tests.clips import FRAMES, recorded

SHARES = st.floats(-0.9, 0.9)
SIDES = st.integers(40, 300)
SETTINGS = st.builds(Settings, **{item.name: st.floats(item.minimum, item.soft_maximum) for item in parameters()})


def least_area(field: NDArray[np.float32], grid: SampleGrid, size: tuple[int, int]) -> float:
    """Smallest Jacobian determinant within a picture."""
    x, y = (axis[:-1] for axis in grid.axes())
    return float(jacobian(field, grid.step)[np.ix_((y >= 0) & (y < size[1]), (x >= 0) & (x < size[0]))].min())


@given(SIDES, SIDES, st.integers(1, 8), SHARES, SHARES)
def test_a_picture_that_moves_within_its_border_does_not_fold(
    width: int, height: int, step: int, right: float, down: float
) -> None:
    grid = SampleGrid(-step, -step, step, width // step + 3, height // step + 3)
    field = grid.positions() - np.array((right * width, down * height), np.float32)
    assert least_area(pin_border(grid, field, (width, height)), grid, (width, height)) > 0


@given(st.tuples(SIDES, SIDES, SIDES, SIDES), st.tuples(SIDES, SIDES), SHARES, SHARES)
def test_nothing_folds_between_a_face_and_the_border(
    room: tuple[int, int, int, int], face: tuple[int, int], right: float, down: float
) -> None:
    """The face comes from any place between the border and where it is in this frame."""
    left, top, beyond, below = room
    box = Box(left, top, left + face[0], top + face[1])
    size = box.right + beyond, box.bottom + below
    shift = right * (left if right > 0 else beyond), down * (top if down > 0 else below)
    grid = SampleGrid(-4, -4, 4, size[0] // 4 + 3, size[1] // 4 + 3)
    field = grid.positions() - np.array(shift, np.float32)
    assert least_area(pin_border(grid, field, size, box), grid, size) > 0


@given(SETTINGS, st.floats(1, FRAMES))
@example(Settings(smoothing=5e-324), 1.0)
def test_the_surround_of_a_face_does_not_fold(portrait: Portrait, settings: Settings, t: float) -> None:
    shot, t = recorded().shot_at(t)
    clip, grid = recorded().shots[shot], surround_grid(portrait)
    pair = Pair.of(portrait, clip)
    points = control_points(portrait, clip, pair, settings, t)
    field = surround_field(portrait, grid, pair.correspondence, points, settings.smoothing)
    assert least_area(field, grid, portrait.size) > 0
