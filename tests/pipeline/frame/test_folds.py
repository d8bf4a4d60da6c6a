"""The folds of a smile that has come to rest."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS
from portrait_addon.pipeline.head.resting import RestOffsets
from portrait_addon.pipeline.imaging.arrays import Float64Array
from portrait_addon.pipeline.portrait.fold_plate import FOLDS, FoldPlate
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.expression import REST, UNITS
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

SKIN, DARK = (120, 150, 200), (20, 40, 90)
SMILE = ("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight")


def change(weight: float, *names: str) -> Float64Array:
    return np.array([-weight if name in names else 0.0 for name in TRACKED_UNITS])


@pytest.fixture
def folded(portrait: Portrait) -> Portrait:
    """Flat skin, with a dark line along each fold."""
    picture = np.full_like(portrait.picture, SKIN)
    for fold in FOLDS:
        line = portrait.points[list(fold), :2].round().astype(np.int32)
        cv2.polylines(picture, [line], False, DARK, max(round(0.04 * portrait.unit), 1))
    return replace(portrait, picture=picture)


def prepared(portrait: Portrait, weight: float) -> PreparedPortrait:
    """A portrait that is said to smile."""
    result = PreparedPortrait(portrait)
    result.__dict__["at_rest"] = RestOffsets(np.zeros((478, 3)), 1.0, change(weight, *SMILE))
    return result


def darkest(picture: np.ndarray, points: np.ndarray) -> float:
    """Mean of the darkest light round the middles of both folds."""
    places = points[[fold[2] for fold in FOLDS], :2].round().astype(int)
    return float(np.mean([picture[y - 3 : y + 4, x - 3 : x + 4, 1].min() for x, y in places]))


def test_the_shade_of_folds_is_filled_and_skin_stays(folded: Portrait) -> None:
    plate = FoldPlate.of(folded, folded.picture, change(1.0, *SMILE))
    corner = np.array([plate.box.left, plate.box.top, 0])
    assert darkest(plate.box.cut(folded.picture), folded.points - corner) == DARK[1]
    assert darkest(plate.skin, folded.points - corner) > 0.7 * SKIN[1]
    plain = np.full_like(folded.picture, SKIN)
    flat = FoldPlate.of(replace(folded, picture=plain), plain, change(1.0, *SMILE))
    np.testing.assert_allclose(flat.skin, np.broadcast_to(SKIN, flat.skin.shape), atol=0.5)
    lips = (folded.points - corner)[[13, 14, 0, 17], :2].round().astype(int)
    assert not plate.alpha[lips[:, 1], lips[:, 0]].any()


@pytest.mark.parametrize("expression", [change(0.0), change(0.9, "jawOpen", "mouthPucker"), change(0.05, *SMILE)])
def test_a_face_that_does_not_smile_keeps_its_folds(folded: Portrait, expression: Float64Array) -> None:
    assert FoldPlate.of(folded, folded.picture, expression).box.empty


def test_folds_go_as_the_expression_gives_way_and_come_back_with_a_smile(
    folded: Portrait, performance: Performance
) -> None:
    again = REST._replace(weights=tuple(float(name in SMILE) for name in UNITS))
    cases = ((1.0, REST), (0.5, REST), (0.0, REST), (1.0, again))
    compositor, seen = Compositor(prepared(folded, 1.0)), []
    for absolute, added in cases:
        moment = Moment(performance, float(performance.neutral), added=added)
        frame = compositor.frame([moment], Settings(absolute=absolute, wrinkles=0, head_motion=0))
        seen.append(darkest(np.asarray(frame.picture), frame.pose.moved))
    gone, half, kept, smiling = seen
    assert gone > half + 10 > kept + 20
    assert smiling < gone - 20


def test_a_portrait_at_rest_is_not_touched(portrait: Portrait) -> None:
    assert PreparedPortrait(portrait).folds.box.empty
