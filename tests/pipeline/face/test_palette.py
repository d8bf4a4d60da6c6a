from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import EYES, FACE_OVAL, OUTER_LIPS
from portrait_addon.pipeline.face.palette import Palette, likeness, measure_palette, quantile_of_light
from portrait_addon.pipeline.imaging.colour import (
    LUMINANCE,
    linear_to_srgb_clipped,
    luminance,
    srgb_to_linear_clipped,
    tint,
)

SKIN, LIPS, WHITE, IRIS = ((120, 150, 190), (90, 90, 170), (200, 205, 210), (40, 50, 60))


@pytest.fixture
def drawn(face: NDArray[Any]) -> NDArray[Any]:
    """A face in four colours, 0..1."""
    picture = np.full((343, 256, 3), 30, np.uint8)
    cv2.fillPoly(picture, [np.round(face[list(FACE_OVAL), :2]).astype(np.int32)], SKIN)
    cv2.fillPoly(picture, [np.round(face[OUTER_LIPS.contour, :2]).astype(np.int32)], LIPS)
    for eye, iris in EYES:
        cv2.fillPoly(picture, [np.round(face[eye.contour, :2]).astype(np.int32)], WHITE)
        centre, radius = face[iris[0], :2], np.linalg.norm(face[iris[1], :2] - face[iris[0], :2])
        cv2.circle(picture, tuple(np.round(centre).astype(int).tolist()), round(radius), IRIS, -1)
    return picture.astype(np.float32) / 255


def linear(colour: tuple[int, int, int]) -> NDArray[Any]:
    return srgb_to_linear_clipped(np.array(colour) / 255)


def test_encoding_follows_the_standard() -> None:
    np.testing.assert_allclose(
        srgb_to_linear_clipped(np.array([0, 0.04045, 0.5, 1])), [0, 0.0031308, 0.21404, 1], atol=1e-5
    )


def test_encoding_there_and_back_keeps_every_8_bit_value() -> None:
    values = np.arange(256) / 255
    np.testing.assert_allclose(linear_to_srgb_clipped(srgb_to_linear_clipped(values)), values, atol=1e-5)


def test_luminance_weighs_green_most() -> None:
    assert LUMINANCE.sum() == pytest.approx(1)
    np.testing.assert_allclose(luminance(np.eye(3, dtype=np.float32)), [0.0722, 0.7152, 0.2126])


def test_tint_has_luminance_1_and_is_exactly_grey_for_a_grey() -> None:
    assert luminance(tint(np.array([0.1, 0.3, 0.2], np.float32))) == pytest.approx(1)
    np.testing.assert_array_equal(tint(np.full(3, 0.37, np.float32)), np.ones(3))
    np.testing.assert_array_equal(tint(np.zeros(3, np.float32)), np.ones(3))


def test_colours_are_found_where_they_are(drawn: NDArray[Any], face: NDArray[Any]) -> None:
    palette = measure_palette(drawn, face)
    np.testing.assert_allclose(palette.flesh, linear(LIPS), rtol=0.05)
    assert palette.dark == pytest.approx(float(luminance(linear(IRIS))), rel=0.3)
    assert luminance(palette.white) > luminance(linear(SKIN))
    assert palette.brightest >= luminance(palette.white)


def test_white_is_never_far_from_the_skins_light(drawn: NDArray[Any], face: NDArray[Any]) -> None:
    """Eyes in deep shadow, or a lamp's reflection in them, are not the white of teeth."""
    skin = float(luminance(linear(SKIN)))
    for level in (5, 255):
        changed = (drawn * 255).astype(np.uint8)
        for eye, _ in EYES:
            cv2.fillPoly(changed, [np.round(face[eye.contour, :2]).astype(np.int32)], (level, level, level))
        white = luminance(measure_palette(changed.astype(np.float32) / 255, face).white)
        assert 0.79 * skin < white < 1.31 * skin


@pytest.mark.parametrize(
    ("light", "least", "most"), [(0.6, 0.75, 0.85), (0.87, 0.84, 0.9), (1.2, 1.15, 1.25), (2, 1.25, 1.4)]
)
def test_white_is_believed_where_it_is_about_as_light_as_the_skin(
    drawn: NDArray[Any], face: NDArray[Any], light: float, least: float, most: float
) -> None:
    """Light is that of the eyes against the cheeks'."""
    skin = float(luminance(linear(SKIN)))
    for eye, _ in EYES:
        level = linear_to_srgb_clipped(np.full(3, light * skin)).tolist()
        cv2.fillPoly(drawn, [np.round(face[eye.contour, :2]).astype(np.int32)], level)
    assert least * skin < luminance(measure_palette(drawn, face).white) < most * skin


def test_white_is_less_coloured_than_the_skin(drawn: NDArray[Any], face: NDArray[Any]) -> None:
    changed = (drawn * 255).astype(np.uint8)
    for eye, _ in EYES:
        cv2.fillPoly(changed, [np.round(face[eye.contour, :2]).astype(np.int32)], (60, 120, 240))
    white = measure_palette(changed.astype(np.float32) / 255, face).white
    assert np.linalg.norm(tint(white) - 1) < 0.6 * np.linalg.norm(tint(linear(SKIN)) - 1)


def test_grey_picture_has_an_exactly_grey_palette(photograph: NDArray[Any], face: NDArray[Any]) -> None:
    palette = measure_palette(photograph.astype(np.float32) / 255, face)
    assert np.ptp(palette.white) == np.ptp(palette.flesh) == 0
    np.testing.assert_array_equal(tint(palette.white), np.ones(3))
    assert 0 <= palette.dark <= 0.5 * luminance(palette.white) <= palette.brightest <= 1


@pytest.mark.parametrize("change", [lambda p: p * 0 + 100, lambda p: p * 0.02 + 100, lambda p: p - 5000])
def test_face_without_pixels_has_a_palette(drawn: NDArray[Any], face: NDArray[Any], change: Callable[..., Any]) -> None:
    """All points in one place, a face of three pixels, a face outside the picture."""
    values = measure_palette(drawn, change(face)).to_array()
    assert np.isfinite(values).all() and (values >= 0).all() and (values <= 1.31).all()


def test_file_keeps_a_palette() -> None:
    palette = Palette(
        np.float32([0.1, 0.2, 0.3]), np.float32([0.4, 0.5, 0.6]), 0.05, 0.9, 0.3, np.float32([0.7, 0.8, 0.9])
    )
    row = palette.to_array()
    assert row.shape == (12,)
    np.testing.assert_array_equal(Palette.from_array(row).to_array(), row)


def test_quantile_of_no_colours_is_dark() -> None:
    assert quantile_of_light(np.empty((0, 3), np.float32), 0.9) == 0
    greys = np.repeat(np.linspace(0, 1, 101, dtype=np.float32)[:, None], 3, axis=1)
    assert quantile_of_light(greys, 0.5) == pytest.approx(0.214, abs=1e-3)


@pytest.mark.parametrize(("light", "least", "most"), [(1.0, 1.0, 1.0), (1.04, 0.5, 0.9), (1.12, 0.0, 0.1)])
def test_a_face_in_hardly_another_light_is_alike_and_a_stranger_is_not(light: float, least: float, most: float) -> None:
    """4 % more light is another take of the same face; from 12 % on its colours are somebody else's."""
    white, flesh = linear(WHITE), linear(LIPS)
    face, again = (
        Palette(share * white, share * flesh, 0.01, 0.8, share * 0.3, share * white) for share in (1.0, light)
    )
    assert least <= likeness(face, again) <= most
