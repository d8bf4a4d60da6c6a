import numpy as np
import pytest

from portrait_addon.pipeline.frame.crowns import Crowns, ToothShape, crowns
from portrait_addon.pipeline.head.dentition import LOWER_ROW, UPPER_ROW, Row

FINE = 0.05
"""Millimetres a pixel."""


def seen(row: Row, u: np.ndarray, v: np.ndarray | float, shape: ToothShape | None = None) -> Crowns:
    u, v = np.broadcast_arrays(np.asarray(u, np.float32), np.float32(v))
    return crowns(row, u.ravel(), np.asarray(v, np.float32).ravel(), FINE, shape or ToothShape())


@pytest.mark.parametrize("row", [UPPER_ROW, LOWER_ROW])
def test_a_row_has_six_crowns_a_side_with_gaps_between(row: Row) -> None:
    u = np.arange(-row.length + 0.3, row.length - 0.3, FINE)
    teeth = seen(row, u, 4.0).teeth > 0.5
    starts = np.flatnonzero(np.diff(teeth.astype(int)) == 1)
    assert len(starts) + int(teeth[0]) == 12
    wide = seen(row, u, 4.0, ToothShape(gap=1.0)).teeth
    assert wide.sum() < teeth.sum() - 11 / FINE * 0.8


def test_crowns_end_at_their_edges_and_at_the_gum() -> None:
    v = np.arange(-3, 16, FINE)
    middle = seen(UPPER_ROW, np.full(len(v), 4.0), v)
    shown = v[(middle.teeth > 0.5) & (middle.gum < 0.5)]
    assert shown.min() == pytest.approx(0.1, abs=0.3)
    assert shown.max() == pytest.approx(UPPER_ROW.heights[0], abs=0.5)
    between = seen(UPPER_ROW, np.full(len(v), UPPER_ROW.widths[0]), v)
    assert v[between.gum > 0.5].min() < shown.max() - 2  # the gum comes down between crowns
    assert not seen(UPPER_ROW, np.linspace(-20, 20, 99), -2.5).teeth.any()


def test_worn_teeth_have_even_edges() -> None:
    places = np.cumsum(UPPER_ROW.widths[:4]) - UPPER_ROW.widths[:4] / 2  # the middle of each crown
    u, v = np.repeat([*-places, *places], 400), np.tile(np.linspace(-1, 4, 400), 8)
    young, worn = (
        np.argmax(seen(UPPER_ROW, u, v, ToothShape(wear=wear)).teeth.reshape(8, 400) > 0.5, axis=1) * 5 / 399
        for wear in (0.0, 1.0)
    )
    assert np.ptp(young) > 0.5
    assert np.ptp(worn) < 0.05


def test_no_two_teeth_are_alike_and_none_is_flat() -> None:
    left, right = (seen(UPPER_ROW, sign * np.arange(0.5, 30, 0.1), 4.0) for sign in (1, -1))
    assert np.abs(left.light - right.light).max() > 0.005
    assert np.ptp(left.turn[:70]) > 0.5
    assert 0.3 < left.light.min() < left.light.max() < 1.1
