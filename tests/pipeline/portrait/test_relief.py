"""How far the person stands out of the picture."""

from __future__ import annotations

import numpy as np

from portrait_addon.pipeline.face.mesh import NOSE_TIP, OUTER_EYE_CORNERS
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.portrait.relief import relief
from portrait_addon.pipeline.records.portrait import Portrait


def test_a_nose_stands_before_the_eyes_and_the_background_is_flat(portrait: Portrait) -> None:
    prepared = PreparedPortrait(portrait)
    heights = relief(prepared, 10_000)
    assert heights.shape == portrait.picture.shape[:2]
    nose, right, left = (
        heights[round(float(y)), round(float(x))] for x, y in portrait.points[[NOSE_TIP, *OUTER_EYE_CORNERS], :2]
    )
    outer_eyes = portrait.unit / portrait.size[0]
    assert 0.2 * outer_eyes < nose - max(right, left) < outer_eyes
    assert heights.min() >= 0
    assert heights[prepared.person == 0].mean() < 0.02 * nose


def test_a_small_relief_has_the_same_heights(portrait: Portrait) -> None:
    prepared = PreparedPortrait(portrait)
    whole, small = relief(prepared, 10_000), relief(prepared, 100)
    assert max(small.shape) == 100
    assert np.isclose(small.max(), whole.max(), rtol=0.05)
