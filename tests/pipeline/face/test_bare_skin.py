"""Skin that is stretched over an eye: as light as the skin below it."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.bare_skin import bare_skin
from portrait_addon.pipeline.face.lid_space import REGION_MARGIN, lid_outline
from portrait_addon.pipeline.face.mesh import LIDS
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.imaging.polygons import polygon_mask
from portrait_addon.pipeline.records.portrait import Portrait

SKIN = 180.0


@pytest.fixture
def outline(portrait: Portrait) -> NDArray[Any]:
    return lid_outline(portrait.points, LIDS[0], REGION_MARGIN * portrait.unit)


def stretched(colours: NDArray[Any], outline: NDArray[Any], unit: float) -> NDArray[Any]:
    mask = polygon_mask(Box(0, 0, colours.shape[1], colours.shape[0]), outline)
    return bare_skin(colours, colours[..., 0], outline, mask, unit)[mask > 250]


def test_plain_skin_stays_as_it_is(portrait: Portrait, outline: NDArray[Any]) -> None:
    colours = np.full((*portrait.picture.shape[:2], 3), SKIN, np.float32)
    assert stretched(colours, outline, portrait.unit) == pytest.approx(SKIN, rel=1e-4)


def test_a_brow_at_the_rim_does_not_darken_the_lid(portrait: Portrait, outline: NDArray[Any]) -> None:
    colours = np.full((*portrait.picture.shape[:2], 3), SKIN, np.float32)
    brow = np.round(outline[:7]).astype(np.int32)
    cv2.polylines(colours, [brow], False, (20, 20, 20), round(0.1 * portrait.unit))
    lid = stretched(colours, outline, portrait.unit)
    assert lid.min() > 0.85 * SKIN


def test_a_lighter_brow_bone_stays_lighter(portrait: Portrait, outline: NDArray[Any]) -> None:
    colours = np.full((*portrait.picture.shape[:2], 3), SKIN, np.float32)
    colours[: int(outline[:, 1].mean())] = 230
    lid = stretched(colours, outline, portrait.unit)
    assert lid.max() > 220


def test_an_eye_all_but_outside_the_picture_takes_what_there_is(portrait: Portrait, outline: NDArray[Any]) -> None:
    colours = np.full((*portrait.picture.shape[:2], 3), SKIN, np.float32)
    aside = outline - [outline[:, 0].mean(), outline[:, 1].mean()]
    assert stretched(colours, aside, portrait.unit) == pytest.approx(SKIN, rel=1e-4)
