"""The texture of lids: what the skin below the eye has, without its wrinkles and glasses."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.lid_space import REGION_MARGIN, lid_outline
from portrait_addon.pipeline.face.mesh import LIDS
from portrait_addon.pipeline.face.openings import across
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.skin_texture import mirrored_texture
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.records.portrait import Portrait

GRAIN = 6


@pytest.fixture
def lid(portrait: Portrait) -> tuple[Box, NDArray[Any], NDArray[Any]]:
    outline = lid_outline(portrait.points, LIDS[0], REGION_MARGIN * portrait.unit)
    return Box.around(outline, 0).within(portrait.picture), across(portrait.points, LIDS[0].eye), outline


def texture(picture: NDArray[Any], lid: tuple[Box, NDArray[Any], NDArray[Any]], unit: float) -> NDArray[Any]:
    box, down, outline = lid
    return mirrored_texture(Canvas(picture), box, down, outline, unit)


def grainy(shape: tuple[int, int, int], seed: int = 0) -> NDArray[Any]:
    noise = np.random.default_rng(seed).normal(180, GRAIN, (*shape[:2], 1))
    return np.clip(np.repeat(noise, 3, axis=2), 0, 255).astype(np.uint8)


def test_grain_has_the_strength_that_it_has_below_the_eye(
    portrait: Portrait, lid: tuple[Box, NDArray[Any], NDArray[Any]]
) -> None:
    factor = texture(grainy(portrait.picture.shape), lid, portrait.unit)
    assert factor.std() == pytest.approx(GRAIN / 180, rel=0.4)
    assert factor.mean() == pytest.approx(1, abs=0.01)


def test_smooth_skin_gets_no_texture(portrait: Portrait, lid: tuple[Box, NDArray[Any], NDArray[Any]]) -> None:
    ramp = np.linspace(120, 200, portrait.picture.shape[0]).astype(np.float32)[:, None, None]
    plain = np.ascontiguousarray(np.broadcast_to(ramp, portrait.picture.shape))
    assert texture(plain, lid, portrait.unit) == pytest.approx(1, abs=0.01)


def test_the_rim_of_glasses_below_an_eye_is_not_mirrored_onto_its_lid(
    portrait: Portrait, lid: tuple[Box, NDArray[Any], NDArray[Any]]
) -> None:
    picture = grainy(portrait.picture.shape)
    row = int(lid[2][:, 1].max() + 0.1 * portrait.unit)
    cv2.line(picture, (0, row), (picture.shape[1], row), (10, 10, 10), 3)
    assert np.abs(texture(picture, lid, portrait.unit) - 1).max() < 0.2  # the line itself deviates by 0.94


def test_nothing_of_the_eye_itself_is_taken(portrait: Portrait, lid: tuple[Box, NDArray[Any], NDArray[Any]]) -> None:
    """The mirror lies below the lids: an eye full of structure leaves the factor as it is."""
    picture = np.full(portrait.picture.shape, 180, np.uint8)
    cv2.fillPoly(picture, [np.round(portrait.points[LIDS[0].eye.contour, :2]).astype(np.int32)], (10, 10, 10))
    assert texture(picture, lid, portrait.unit) == pytest.approx(1, abs=0.02)


def test_what_lies_beyond_the_rim_of_a_face_is_no_texture(
    portrait: Portrait, lid: tuple[Box, NDArray[Any], NDArray[Any]]
) -> None:
    """A far eye, with a dark and noisy background beside it."""
    picture = grainy(portrait.picture.shape)
    rim = round(float(lid[2].mean(axis=0)[0]))
    picture[:, :rim] = np.random.default_rng(1).integers(0, 40, picture[:, :rim].shape)

    def face_in(box: Box) -> NDArray[Any]:
        columns = np.arange(box.left, box.right) >= rim
        return np.repeat(columns[None].astype(np.float32), box.bottom - box.top, axis=0)

    box, down, outline = lid
    without, factor = (
        mirrored_texture(Canvas(picture), box, down, outline, portrait.unit, face_in=known) for known in (None, face_in)
    )
    assert np.abs(factor - 1).max() < 0.6 * np.abs(without - 1).max()
