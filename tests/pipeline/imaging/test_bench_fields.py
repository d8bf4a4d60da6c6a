"""The benchmark's view of a frame's warp field."""

import numpy as np

from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench.fields import MOUTH_LAYER, SKIN, SURROUND, field_figures, visible_field

STILL = Settings(head_motion=0, expression=0)


def test_a_still_portrait_is_looked_up_where_it_is(portrait: Portrait, performance: Performance) -> None:
    field, layers = visible_field(portrait, performance, STILL, 1)
    height, width = layers.shape
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    np.testing.assert_allclose(field, np.stack([x, y], axis=-1), atol=0.1)
    assert {SURROUND, SKIN, MOUTH_LAYER} <= set(np.unique(layers))
    nose = np.round(portrait.points[4, :2]).astype(int)
    assert layers[nose[1], nose[0]] == SKIN and layers[2, 2] == SURROUND


def test_a_speaking_face_folds_nowhere_but_at_its_edges(portrait: Portrait, performance: Performance) -> None:
    figures = field_figures(portrait, performance, Settings(), [2])
    assert figures["folds_face"] < 0.002
    assert figures["folds_outside"] == 0
    assert figures["roughness_outside"] < figures["roughness_outside_unsmoothed"]
