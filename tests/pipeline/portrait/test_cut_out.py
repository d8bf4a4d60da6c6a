"""The person without the colour of the old background."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from portrait_addon.pipeline.portrait.cut_out import CutOut, NoPersonError
from portrait_addon.pipeline.portrait.foreground import foreground_colours
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.portrait import Portrait

HAIR, SKY = np.array((20, 40, 140.0)), np.array((230, 170, 60.0))


@pytest.fixture(scope="module")
def locks() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Locks of hair before a sky: the picture, its matte, and the hair's own colours."""
    height, width = 160, 200
    matte = np.zeros((height, width), np.uint8)
    cv2.ellipse(matte, (100, 160), (60, 110), 0, 0, 360, 255, -1)
    random = np.random.default_rng(3)
    for _ in range(60):
        end = (int(random.integers(20, 180)), int(random.integers(5, 120)))
        cv2.line(matte, (100, 110), end, 255, 1, cv2.LINE_AA)
    matte = np.asarray(cv2.GaussianBlur(matte, (0, 0), 1), np.uint8)
    shade = np.linspace(0.7, 1.3, width)[None, :, None]
    hair, sky = HAIR * shade * np.ones((height, 1, 1)), SKY * np.linspace(1, 0.8, height)[:, None, None]
    share = (matte / 255)[..., None]
    return np.rint(share * hair + (1 - share) * sky).astype(np.uint8), matte, hair


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_hair_carries_no_colour_of_the_sky(
    locks: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], kind: DTypeLike
) -> None:
    picture, matte, hair = locks
    white = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[kind]
    colours = foreground_colours((picture * (white / 255)).astype(kind), matte)
    assert colours.dtype == kind
    soft = (matte > 25) & (matte < 230)
    estimated = colours.astype(float) * (255 / white)
    error = np.abs(estimated - hair)[soft].mean()
    mixed = np.abs(picture - hair)[soft].mean()
    assert error < mixed / 6
    on_black = (estimated * (matte / 255)[..., None])[soft]
    assert np.abs(on_black - (hair * (matte / 255)[..., None])[soft]).mean() < 5


def test_where_the_matte_is_certain_the_picture_stays(locks: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    picture, matte, _ = locks
    assert np.array_equal(foreground_colours(picture, matte)[matte == 255], picture[matte == 255])


def test_laid_over_the_old_background_it_is_the_old_picture(
    locks: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    picture, matte, _ = locks
    share = (matte / 255)[..., None]
    again = share * foreground_colours(picture, matte) + (1 - share) * SKY * np.linspace(1, 0.8, 160)[:, None, None]
    assert np.abs(again - picture).mean() < 1.5


def test_a_picture_larger_than_what_is_solved_is_corrected_pixel_by_pixel(
    locks: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, matte, hair = locks
    whole = foreground_colours(picture, matte).astype(float)
    monkeypatch.setattr("portrait_addon.pipeline.portrait.foreground.SOLVED_SIDE", 50)
    coarse = foreground_colours(picture, matte).astype(float)
    soft = (matte > 100) & (matte < 230)
    assert np.abs(coarse - hair)[soft].mean() < 2 * np.abs(whole - hair)[soft].mean() + 6
    assert np.array_equal(coarse[matte == 255], picture[matte == 255])


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 2)])
def test_tiny_pictures_and_flat_mattes_are_no_trouble(size: tuple[int, int]) -> None:
    for level in (0, 128, 255):
        colours = foreground_colours(np.full((*size, 3), 77, np.uint8), np.full(size, level, np.uint8))
        assert np.abs(colours.astype(int) - 77).max() <= 1


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_portrait_becomes_two_pictures_of_its_kind(portrait: Portrait, kind: DTypeLike) -> None:
    white = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[kind]
    of_kind = replace(portrait, picture=(portrait.picture * (white / 255)).astype(kind))
    prepared = PreparedPortrait(of_kind)
    cut = CutOut.of(prepared)
    assert cut.person.dtype == cut.background.dtype == kind
    assert cut.person.shape == (*portrait.picture.shape[:2], 4)
    assert cut.background.shape == portrait.picture.shape
    np.testing.assert_allclose(cut.person[..., 3] / white, prepared.person / 255, atol=1e-6)
    away = prepared.layers.matte == 0
    np.testing.assert_allclose(cut.background[away] / white, of_kind.picture[away] / white, atol=1e-6)


def test_a_painted_person_counts(portrait: Portrait) -> None:
    height, width = portrait.picture.shape[:2]
    painted = np.zeros((height, width), np.uint8)
    painted[: height * 3 // 4] = 255
    cut = CutOut.of(PreparedPortrait(replace(portrait, masks={"person": painted})))
    assert np.array_equal(cut.person[..., 3], painted)


def test_a_matte_beside_the_face_is_refused(portrait: Portrait) -> None:
    nothing = np.zeros(portrait.picture.shape[:2], np.uint8)
    with pytest.raises(NoPersonError, match="no person was found round the face"):
        CutOut.of(PreparedPortrait(replace(portrait, masks={"person": nothing})))
