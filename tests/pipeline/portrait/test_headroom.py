"""Light on a portrait's skin approaches its brightest skin, and does not exceed it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.portrait.headroom import LEAST, Headroom
from portrait_addon.pipeline.portrait.resizing import resize_portrait
from portrait_addon.pipeline.records.portrait import Portrait


def encoded(light: float) -> float:
    return float(1.055 * light ** (1 / 2.4) - 0.055)


@pytest.fixture
def pale(portrait: Portrait) -> Portrait:
    """Skin of half the light of the brightest on the left of the picture, and nearly the brightest on the right."""
    picture = np.full(portrait.picture.shape, 255 * encoded(0.3), np.float32)
    picture[:, int(portrait.points[1, 0]) :] = 255 * encoded(0.58)
    palette = replace(portrait.palette, brightest=0.6)
    return replace(portrait, picture=np.rint(picture).astype(np.uint8), palette=palette)


def limited(portrait: Portrait, log_gain: float, point: int) -> NDArray[Any]:
    at = portrait.points[point, :2].astype(np.float32).reshape(1, 1, 2)
    return Headroom.of(portrait).limited(np.full((1, 1, 3), log_gain, np.float32), at)[0, 0]


RIGHT_CHEEK, LEFT_CHEEK = 50, 280


def test_shade_stays_as_it_is(pale: Portrait) -> None:
    assert limited(pale, -1.5, RIGHT_CHEEK) == pytest.approx(-1.5)
    assert limited(pale, -1.5, LEFT_CHEEK) == pytest.approx(-1.5)


def test_a_little_light_stays_where_there_is_room(pale: Portrait) -> None:
    assert limited(pale, 0.1, RIGHT_CHEEK) == pytest.approx(0.1, rel=0.02)


def test_no_light_however_strong_exceeds_the_brightest_skin(pale: Portrait) -> None:
    for log_gain in (0.3, 1.0, 10.0):
        assert 0.3 * np.exp(limited(pale, log_gain, RIGHT_CHEEK)).max() <= 0.6 * 1.01
        assert 0.58 * np.exp(limited(pale, log_gain, LEFT_CHEEK)).max() <= 0.6 * 1.01


def test_the_brightest_skin_keeps_a_trace(pale: Portrait) -> None:
    brightest = replace(pale, palette=replace(pale.palette, brightest=0.4))
    assert limited(brightest, 1.0, LEFT_CHEEK) == pytest.approx(LEAST, rel=0.01)


def test_a_large_portrait_has_the_headroom_of_a_small_one(pale: Portrait) -> None:
    small = resize_portrait(pale, max(pale.size) // 2)
    assert limited(small, 1.0, RIGHT_CHEEK) == pytest.approx(limited(pale, 1.0, RIGHT_CHEEK), rel=0.05)


def test_a_face_outside_the_picture_has_none(pale: Portrait) -> None:
    aside = replace(pale, points=pale.points + np.float32(10_000))
    assert limited(aside, 1.0, RIGHT_CHEEK) == pytest.approx(LEAST, rel=0.01)
