"""What portrait and clip have in common."""

from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.pipeline.face.lip_region import lip_region
from portrait_addon.pipeline.face.mesh import NOSE_TIP
from portrait_addon.pipeline.face.palette import Palette
from portrait_addon.pipeline.pair.correspondence import correspond
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait


def test_peripheral_points_near_the_still_circle_are_dropped(portrait: Portrait, performance: Performance) -> None:
    """There the picture between the two would be torn or squashed."""
    to_clip = correspond(portrait, performance).similarity.inverse
    nose = portrait.points[NOSE_TIP, :2]
    away = np.array([[3.7, 0], [0, 3.8], [-4.3, 0], [3.2, 3.2]])
    peripheral = to_clip(nose + away * portrait.unit).astype(np.float32)
    offsets = np.zeros((performance.frame_count, len(away), 2), np.float32)
    clip = replace(performance, peripheral=peripheral, peripheral_offsets=offsets)
    assert correspond(portrait, clip).kept.tolist() == [0, 1]


def with_lips(palette: Palette, contrast: float) -> Palette:
    """Grey lips that are so much darker than the cheeks, as a logarithm."""
    return replace(palette, flesh=np.full(3, palette.skin * np.exp(-contrast), np.float32))


@pytest.mark.parametrize(
    ("driver", "sitter", "weight"),
    [
        (0.6, 0.3, 0.5),  # pale lips do not print those of one who wears lipstick
        (0.3, 0.6, 1.0),
        (0.02, 0.08, 0.8),  # a driver's lips that cannot be told from skin print no more than ordinary pale ones
    ],
)
def test_shading_of_lips_follows_their_contrast(
    portrait: Portrait, performance: Performance, driver: float, sitter: float, weight: float
) -> None:
    portrait = replace(portrait, palette=with_lips(portrait.palette, sitter))
    performance = replace(performance, palette=with_lips(performance.colours, driver).to_array())
    shading = Pair.of(portrait, performance).shading
    lips = lip_region(performance.canonical_face, shading.shape)
    assert shading[lips == lips.max()].mean() == pytest.approx(weight, abs=0.02)
    assert (shading[lips == 0] == 1).all()
