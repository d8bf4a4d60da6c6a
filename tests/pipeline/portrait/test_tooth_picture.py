"""A picture of real teeth on the modelled arches."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.head.dentition import LOWER_ROW, UPPER_ROW, Row
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.portrait.tooth_picture import RealTeeth, ToothPicture
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

SIZE = (60, 120)
U = np.array([-12, 12], np.float32)


def picture(**quarters: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Quarters, as the viewer sees them, in colours; all else is transparent."""
    made = np.zeros((*SIZE, 4), np.uint8)
    for name, colour in quarters.items():
        rows, columns = name.split("_")
        y = slice(0, SIZE[0] // 2) if rows == "upper" else slice(SIZE[0] // 2, None)
        x = slice(0, SIZE[1] // 2) if columns == "left" else slice(SIZE[1] // 2, None)
        made[y, x] = (*colour, 255)
    return made


def on(row: Row, v: float = 3.0, size: float = 1.0, **quarters: tuple[int, int, int]) -> RealTeeth:
    return ToothPicture.of(picture(**quarters), 10.0).on(row, U, np.full_like(U, v), size)


WHITE, GREY, RED = (230, 230, 230), (90, 90, 90), (60, 60, 170)


def test_the_sitters_left_is_on_the_viewers_right() -> None:
    seen = on(UPPER_ROW, upper_left=GREY, upper_right=WHITE)
    assert seen.light[0] < 0.5 < 0.9 < seen.light[1]
    np.testing.assert_allclose(seen.opacity, 1, atol=0.01)


def test_each_row_has_its_half() -> None:
    upper, lower = (on(row, upper_left=WHITE, upper_right=WHITE) for row in (UPPER_ROW, LOWER_ROW))
    assert upper.opacity.min() > 0.99
    assert upper.beside.min() > 0.99
    assert not lower.opacity.any()
    assert not lower.beside.any()


def test_red_is_gum_and_not_tooth() -> None:
    seen = on(UPPER_ROW, upper_left=WHITE, upper_right=RED)
    np.testing.assert_allclose(seen.flesh, [0, 1], atol=0.05)


def test_larger_teeth_are_a_larger_picture() -> None:
    small, large = (on(UPPER_ROW, 9.0, size, upper_left=WHITE, upper_right=WHITE) for size in (0.5, 1.5))
    assert not small.opacity.any()  # beyond the picture
    assert large.opacity.min() > 0.99


@pytest.fixture(scope="module")
def shouting(portrait: Portrait) -> Any:
    curves = ExpressionCurves.at_rest(np.zeros(1))
    for name, value in {"jawOpen": 0.6, "mouthUpperUpLeft": 0.6, "mouthUpperUpRight": 0.6}.items():
        curves.weights[0, EXPRESSION_UNITS.index(name)] = value
    driver = performance_of(curves)

    def composed(teeth: NDArray[np.uint8] | None) -> Frame:
        sitter = portrait if teeth is None else replace(portrait, masks={"teeth": teeth})
        passes = ["teeth_matte", "modelled_mouth"]
        return Compositor(PreparedPortrait(sitter)).frame([Moment(driver, 1)], Settings(), passes)

    return composed


def test_teeth_are_as_light_as_the_picture_says_in_the_portraits_colours(shouting: Any) -> None:
    """A yellow picture leaves a grey photograph grey."""
    plain, even = shouting(None), shouting(picture(upper_left=(120, 180, 230), upper_right=(120, 180, 230)))
    half = shouting(picture(upper_left=(50, 80, 110), upper_right=(120, 180, 230)))
    teeth = (plain.passes["teeth_matte"] > 0.9) & (even.passes["teeth_matte"] > 0.9)
    teeth[np.flatnonzero(teeth.any(axis=1))[0] + 6 :] = False  # the upper row
    beside = np.arange(teeth.shape[1]) - even.pose.moved[13, 0]
    for side, loss in ((beside > 2, 0), (beside < -4, 100)):
        lost = even.picture[teeth & side].astype(float) - half.picture[teeth & side]
        assert lost.mean() == pytest.approx(loss, abs=25 if loss else 2)
    assert np.ptp(even.picture[teeth].astype(int), axis=1).max() <= np.ptp(plain.picture.astype(int), axis=2).max()
