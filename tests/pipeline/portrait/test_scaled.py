from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import DTypeLike

from portrait_addon.pipeline.portrait.resizing import resize_portrait
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose


def test_a_portrait_that_is_no_larger_stays(portrait: Portrait) -> None:
    assert resize_portrait(portrait, max(portrait.size)) is portrait


def test_size_and_points_shrink_together(portrait: Portrait) -> None:
    small = resize_portrait(portrait, 172)
    assert small.size == (128, 172)
    assert small.unit == pytest.approx(portrait.unit / 2, rel=0.01)
    corner = np.float32([0.5, 0.5])
    shares = (portrait.points[:, :2] + corner) / portrait.size
    assert (small.points[:, :2] + corner) / small.size == pytest.approx(shares, abs=1e-5)
    assert portrait.size == (256, 343)


def test_the_small_frame_is_the_large_frame_shrunk(portrait: Portrait, performance: Performance) -> None:
    small = resize_portrait(portrait, 172)
    frame = compose(small, performance, Settings(), 5.0).picture
    large = compose(portrait, performance, Settings(), 5.0).picture
    shrunk = resize_portrait(replace(portrait, picture=large), 172).picture
    assert np.abs(frame.astype(int) - shrunk).mean() < 3


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_transparent_pixels_lend_no_colour(portrait: Portrait, kind: DTypeLike) -> None:
    white = 1 if kind is np.float32 else np.iinfo(kind).max
    picture = np.zeros((343, 256, 4), kind)
    picture[..., 2] = white  # red all over
    picture[:, ::2, :3] = 0  # and black where nothing is seen
    picture[:, 1::2, 3] = white
    small = resize_portrait(replace(portrait, picture=picture), 172).picture
    assert small.dtype == kind
    assert (small[..., 2] > 0.99 * white).all()
    assert small[..., 3].mean() == pytest.approx(0.5 * white, rel=0.02)
