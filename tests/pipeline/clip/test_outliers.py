"""What merely moved: a bar of other brightness that stands elsewhere in the neutral frame."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.outliers import outliers

UNIT = 100.0
SIZE = (120, 160)
HERE = np.s_[40:80, 60:72]
"""Rows and columns of the bar in the reference frame."""


def bar(place: tuple[slice, slice], brightness: int, shift: int = 0, around: int = 200) -> NDArray[Any]:
    picture = np.full(SIZE, around, np.uint8)
    rows, columns = place
    picture[rows, columns.start + shift : columns.stop + shift] = brightness
    return picture


def shade(place: tuple[slice, slice], log: float = -1.2) -> NDArray[Any]:
    """A raw ratio image, dark within the bar."""
    ratio = np.ones(SIZE, np.float32)
    ratio[place] = np.exp(log)
    return ratio


def dropped(
    ratio: NDArray[Any],
    reference: NDArray[Any],
    neutral: NDArray[Any],
    unit: float = UNIT,
    place: tuple[slice, slice] = HERE,
) -> float:
    """Share of the bar that is taken for something that moved."""
    return outliers(ratio, reference, neutral, unit)[place].mean()


@pytest.mark.parametrize(("shift", "moved"), [(25, True), (36, False)])
def test_a_feature_is_looked_for_near_by(shift: int, moved: bool) -> None:
    """By a quarter of the outer-eye distance; what is further away is another one."""
    assert dropped(shade(HERE), bar(HERE, 50), bar(HERE, 50, shift)) == moved


@pytest.mark.parametrize(("apart", "moved"), [(8, True), (12, False)])
def test_a_feature_keeps_its_brightness(apart: int, moved: bool) -> None:
    assert dropped(shade(HERE), bar(HERE, 50 + apart, around=200 + apart), bar(HERE, 50, 20)) == moved


@pytest.mark.parametrize(("apart", "moved"), [(5, True), (7, False)])
def test_a_faint_feature_must_explain_most_of_what_is_seen(apart: int, moved: bool) -> None:
    """Of twenty levels."""
    assert dropped(shade(HERE), bar(HERE, 180 + apart), bar(HERE, 180, 20)) == moved


@pytest.mark.parametrize(("log", "moved"), [(-0.6, False), (-0.85, True)])
def test_what_is_mild_is_shading(log: float, moved: bool) -> None:
    assert dropped(shade(HERE, log), bar(HERE, 50), bar(HERE, 50, 20)) == moved


@pytest.mark.parametrize(("softness", "moved"), [(3.0, True), (3.6, False)])
def test_what_is_soft_is_shading(softness: float, moved: bool) -> None:
    soft = np.exp(cv2.GaussianBlur(np.log(shade(HERE, -2.0)), (0, 0), softness))
    assert (dropped(soft, bar(HERE, 50), bar(HERE, 50, 20)) > 0.5) == moved


@pytest.mark.parametrize(("side", "moved"), [(5, False), (6, True)])
def test_a_speck_is_noise(side: int, moved: bool) -> None:
    speck = np.s_[40 : 40 + side, 60 : 60 + side]
    assert dropped(shade(speck), bar(speck, 50), bar(speck, 50, 20), place=speck) == moved


@pytest.mark.parametrize(("level", "moved"), [(0.4, 1.0), (0.7, 0.0)])
def test_of_what_moved_only_that_is_dropped_which_moved(level: float, moved: float) -> None:
    """The middle of the bar has changed its brightness, too, by a share of what is seen there."""
    reference = bar(HERE, 140)
    reference[53:66, 60:72] = 140 + round(level * 60 / (1 + level))
    assert dropped(shade(HERE), reference, bar(HERE, 140, 20), place=np.s_[59:60, 64:68]) == moved


def test_the_weak_rim_of_a_feature_is_dropped_with_it() -> None:
    rim = np.s_[40:80, 54:78]
    ratio = shade(rim, -0.26)
    ratio[HERE] = np.exp(-2.0)
    assert dropped(ratio, bar(rim, 50), bar(rim, 50, 28), place=rim) == 1


def test_what_is_near_is_dropped_with_it() -> None:
    row = outliers(shade(HERE), bar(HERE, 50), bar(HERE, 50, 20), UNIT)[60]
    assert np.flatnonzero(row).tolist() == [*range(HERE[1].start - 3, HERE[1].stop + 3)]
