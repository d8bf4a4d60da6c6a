import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.head.dentition import (
    LOWER_ROW,
    UPPER_ROW,
    Bite,
    Jaw,
    Row,
    along_arch,
    crown_sheet,
    tongue_sheet,
)

MEETING = np.array([0.0, -64.0, 33.0])


@pytest.mark.parametrize("row", [UPPER_ROW, LOWER_ROW])
def test_an_arch_is_measured_along_itself(row: Row) -> None:
    u = np.linspace(-row.length, row.length, 4001)
    places, normals = along_arch(row, u)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    np.testing.assert_allclose(steps, np.diff(u), rtol=0.01)
    np.testing.assert_allclose((normals[1:] * np.diff(places, axis=0)).sum(axis=1), 0, atol=1e-3)
    np.testing.assert_allclose(places * [-1, 1], places[::-1], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)


def edge(row: Row, bite: Bite) -> NDArray[np.float64]:
    """Middle of the edges of a row's front teeth."""
    sheet = crown_sheet(row, bite, MEETING)
    front = sheet.points[np.abs(sheet.places[:, 1]) < 1e-9]
    return front[np.argmax(front[:, 2])]


def test_teeth_stand_behind_the_lips_and_the_upper_ones_before_the_lower() -> None:
    upper, lower = edge(UPPER_ROW, Bite()), edge(LOWER_ROW, Bite())
    assert lower[2] < upper[2] < MEETING[2]
    assert MEETING[1] - 3 < upper[1] < MEETING[1]
    assert edge(UPPER_ROW, Bite(out=3.0))[2] == pytest.approx(upper[2] + 3)
    assert edge(LOWER_ROW, Bite(overbite=4.5))[1] == pytest.approx(lower[1] + 2)
    np.testing.assert_array_equal(edge(UPPER_ROW, Bite(overbite=4.5)), upper)


def test_a_jaw_opens_downwards_and_turns_rigidly() -> None:
    sheet = crown_sheet(LOWER_ROW, Bite(), MEETING)
    opened = Jaw(0.5)(sheet.points)
    assert 12 < edge(LOWER_ROW, Bite())[1] - opened[np.abs(sheet.places[:, 1]) < 1e-9][:, 1].min() < 20
    apart = np.linalg.norm(opened[:, None] - opened[None, ::50], axis=2)
    np.testing.assert_allclose(apart, np.linalg.norm(sheet.points[:, None] - sheet.points[None, ::50], axis=2))
    np.testing.assert_allclose(Jaw()(sheet.points), sheet.points)
    left, right = Jaw(aside=0.5)(sheet.points) - sheet.points, Jaw(aside=-0.5)(sheet.points) - sheet.points
    np.testing.assert_allclose(left, right * [-1, 1, 1])
    assert left[0, 0] > 0  # to the sitter's left


def test_a_tongue_rests_behind_the_teeth_rises_and_comes_out() -> None:
    tip = slice(-17, None)
    rest, up, out = (tongue_sheet(Bite(), MEETING, *way).points for way in ((0, 0), (0, 1), (1, 0)))
    assert rest[:, 2].max() < edge(LOWER_ROW, Bite())[2]
    assert (up[tip, 1] > rest[tip, 1] + 5).all()
    assert out[tip, 2].max() > MEETING[2] + 5
    np.testing.assert_allclose(rest[:17] * [-1, 1, 1], rest[:17][::-1], atol=1e-9)
