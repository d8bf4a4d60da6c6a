from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.models import load_model
from portrait_addon.pipeline.clip.crease_bank import MOST, CreaseBank, action_weights, load_creases
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.head.landmarks import TRACKED_UNITS
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.expression import REST, Expression
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings

BARE = (0.0, 0.0)
SMILE = {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6}


def weights_of(**weights: float) -> NDArray[np.float64]:
    return np.array([weights.get(name, 0.0) for name in TRACKED_UNITS])


def numbers(**weights: float) -> Performance:
    curves = ExpressionCurves.at_rest(np.zeros(1))
    for name, value in weights.items():
        curves.weights[0, EXPRESSION_UNITS.index(name)] = value
    return performance_of(curves)


@pytest.fixture(scope="module")
def bank() -> CreaseBank:
    return load_creases()


def test_a_face_at_rest_has_no_crease(bank: CreaseBank) -> None:
    assert not bank.log_ratio(weights_of(), BARE).any()


def test_both_sides_do_the_same(bank: CreaseBank) -> None:
    left, right = (bank.log_ratio(weights_of(**{f"mouthSmile{side}": 1.0}), BARE) for side in ("Left", "Right"))
    np.testing.assert_allclose(left, right[:, ::-1], atol=1e-6)
    assert np.abs(left).max() > 0.1
    half = left.shape[1] // 2  # the sitter's left is on the viewer's right
    assert np.abs(left[:, half:]).sum() > 2 * np.abs(left[:, :half]).sum()


def test_a_smile_shades_the_fold_beside_the_nose(bank: CreaseBank) -> None:
    shade = bank.log_ratio(weights_of(**SMILE), BARE)
    fold = bank.face.points[[206, 426, 216, 436]]  # between the wings of the nose and the corners of the mouth
    around = [shade[int(y) - 6 : int(y) + 7, int(x) - 6 : int(x) + 7].min() for x, y in fold]
    assert min(around) < -0.1


def test_lids_that_are_painted_anew_cover_it(bank: CreaseBank) -> None:
    squint = weights_of(eyeSquintLeft=1.0, eyeSquintRight=1.0)
    bare, covered = bank.log_ratio(squint, BARE), bank.log_ratio(squint, (1.0, 1.0))
    assert np.abs(bare).max() > 0.05
    np.testing.assert_allclose(covered, bare * (1 - bank.eyes[0]) * (1 - bank.eyes[1]), atol=1e-6)


def test_no_action_does_more_than_was_learned() -> None:
    assert action_weights(np.full((2, 51), 3.0)).max() == MOST
    assert action_weights(np.zeros(51)).shape == (23,)


def test_it_is_small() -> None:
    assert len(load_model("creases.npz")) < 500_000


def test_what_a_driver_expresses(performance: Performance) -> None:
    np.testing.assert_allclose(Moment(numbers(jawOpen=0.5), 1).expressed(1.0), weights_of(jawOpen=0.5), atol=1e-6)
    np.testing.assert_array_equal(Moment(performance, 5).expressed(1.0), performance.expression_at(5))
    shown = replace(performance, expressions=performance.expressions + np.float32(0.25))
    np.testing.assert_allclose(Moment(shown, performance.neutral).expressed(1.0), 0.25, atol=1e-6)
    assert not Moment(shown, performance.neutral).expressed(0.0).any()
    added = Expression((*weights_of(jawOpen=0.5), 0.0), *REST[1:])
    more = Moment(performance, 5, added=added).expressed(1.0) - performance.expression_at(5)
    np.testing.assert_allclose(more, weights_of(jawOpen=0.5), atol=1e-6)


def test_the_clip_decides_where_creases_come_from(
    portrait: Portrait, performance: Performance, record: Callable[..., Any]
) -> None:
    """Numbers have learned creases, clips their own; both can be told otherwise."""
    compositor = Compositor(PreparedPortrait(portrait))

    def shading(driver: Performance, t: int, **settings: float) -> NDArray[np.float16]:
        return compositor.frame([Moment(driver, t)], Settings(**settings), ["shading"]).passes["shading"]

    smile = numbers(**SMILE)
    np.testing.assert_array_equal(shading(smile, 1), shading(smile, 1, crease_bank=1.0))
    assert np.ptp(shading(smile, 1).astype(float)) > 0.1
    assert not np.ptp(shading(smile, 1, crease_bank=0.0)).any()
    own, learned = shading(performance, 5), shading(performance, 5, crease_bank=1.0)
    np.testing.assert_array_equal(own, shading(performance, 5, crease_bank=0.0))
    assert np.abs(own.astype(float) - learned).max() > 0.05
