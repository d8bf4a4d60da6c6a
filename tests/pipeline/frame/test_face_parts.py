"""Strengths of parts of the face, and what is added to a driver's expression, for clips and for numbers."""

from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.face.mesh import EACH_BROW, EYES, JAW, MOUTH, SKULL
from portrait_addon.pipeline.face.openings import mouth_gap, openness
from portrait_addon.pipeline.face.regions import left_share
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.imaging.arrays import Float64Array
from portrait_addon.pipeline.imaging.similarity import best_similarity
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.records.expression import REST, Expression
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import PARTS, Settings

EVEN = Settings()


def expressing(**weights: float) -> Expression:
    return REST._replace(weights=tuple(weights.get(name, 0.0) for name in EXPRESSION_UNITS))


def by_numbers(**weights: float) -> Performance:
    rows = np.array([REST.weights, expressing(**weights).weights])
    return performance_of(ExpressionCurves(np.arange(2.0), rows, np.zeros((2, 3)), np.zeros((2, 2)), np.ones(2)))


def face(
    portrait: Portrait, performance: Performance, settings: Settings = EVEN, t: float = 2, added: Expression = REST
) -> Float64Array:
    pair = Pair.of(portrait, performance)
    still = np.zeros_like(portrait.points)
    found = control_points(portrait, performance, pair, settings, t, rest_offsets=still, added=added)
    return found.face.astype(np.float64)


def motion(portrait: Portrait, performance: Performance, settings: Settings = EVEN) -> Float64Array:
    """(478,) how far each point is moved, in pixels."""
    return np.asarray(np.linalg.norm((face(portrait, performance, settings) - portrait.points)[:, :2], axis=1))


FRAME = {
    "browOuterUpRight": 0.8, "browOuterUpLeft": 0.8, "eyeWideRight": 0.8, "eyeWideLeft": 0.8, "eyeLookUpRight": 0.6,
    "eyeLookUpLeft": 0.6, "jawOpen": 0.5, "mouthSmileRight": 0.8, "mouthSmileLeft": 0.8,
}  # fmt: skip

POINTS = {
    "right_brow": EACH_BROW[0],
    "left_brow": EACH_BROW[1],
    "right_lids": EYES[0][0].contour,
    "left_lids": EYES[1][0].contour,
    "gaze": (*EYES[0][1], *EYES[1][1]),
    "jaw": JAW[7:12],
    "lips": MOUTH.corners,
}


def test_left_is_the_sitters_left() -> None:
    share = left_share()
    for side in range(2):
        for part in (EACH_BROW[side], EYES[side][0].contour, EYES[side][1]):
            np.testing.assert_array_equal(share[list(part)], side)
    assert share[list(SKULL)].min() == 0 < share[4] < 1 == share[list(SKULL)].max()


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("depth", [1.0, 0.0])
def test_a_part_of_no_strength_hardly_moves_and_the_others_do(portrait: Portrait, name: str, depth: float) -> None:
    jaw = {"jawOpen": 0.0} if name == "lips" else {}  # which takes the lips along
    performance, settings = by_numbers(**FRAME | jaw), Settings(depth=depth)
    before = motion(portrait, performance, settings)
    after = motion(portrait, performance, replace(settings, **{name: 0.0}))
    for part, points in POINTS.items():
        moved, left = before[list(points)].mean(), after[list(points)].mean()
        if part == "jaw" and jaw:
            continue
        assert moved > 0.01 * portrait.unit
        if part == name:
            assert left < 0.35 * moved, part
        elif {part, name} != {"jaw", "lips"}:
            assert left == pytest.approx(moved, rel=0.2), part


def test_strengths_multiply(portrait: Portrait) -> None:
    performance = by_numbers(browDownLeft=0.5)
    whole = motion(portrait, performance, Settings(brows=0.5))
    part = motion(portrait, performance, Settings(left_brow=0.5))
    brow = list(EACH_BROW[1])
    np.testing.assert_allclose(part[brow], whole[brow], rtol=1e-3, atol=1e-3)


def test_lids_that_are_not_to_close_stay_open(portrait: Portrait) -> None:
    performance = by_numbers(eyeBlinkRight=1.0, eyeBlinkLeft=1.0)
    right, left = (openness(face(portrait, performance, Settings(left_lids=0.0)), eye) for eye, _ in EYES)
    assert right < 0.03
    assert left == pytest.approx(openness(portrait.points, EYES[1][0]), rel=0.1)


def test_the_jaw_stays_while_lips_smile_and_lips_while_it_drops(portrait: Portrait) -> None:
    smiling, open_mouth = by_numbers(mouthSmileLeft=1, mouthSmileRight=1), by_numbers(jawOpen=0.6)
    np.testing.assert_array_equal(motion(portrait, smiling), motion(portrait, smiling, Settings(jaw=0.0)))
    np.testing.assert_allclose(
        motion(portrait, open_mouth), motion(portrait, open_mouth, Settings(lips=0.0)), atol=0.02 * portrait.unit
    )
    assert mouth_gap(face(portrait, open_mouth, Settings(jaw=0.0))) < 0.1 * mouth_gap(face(portrait, open_mouth))


def test_a_clip_without_a_fitted_head_has_lips_alone(portrait: Portrait, performance: Performance) -> None:
    headless = replace(performance, identities=performance.identities[:0])
    frame = int(np.argmax([mouth_gap(points) for points in performance.points])) + 1
    even = face(portrait, headless, t=frame)
    np.testing.assert_array_equal(even, face(portrait, headless, Settings(jaw=0.0), frame))
    still = face(portrait, headless, Settings(lips=0.0), frame)
    assert mouth_gap(still) < mouth_gap(even)


def test_a_clips_jaw_is_told_apart(portrait: Portrait, performance: Performance) -> None:
    frame = int(np.argmax([mouth_gap(points) for points in performance.points])) + 1
    if not performance.has_head:
        pytest.skip("the clip has no head")
    whole, still = (mouth_gap(face(portrait, performance, Settings(jaw=jaw), frame)) for jaw in (1.0, 0.0))
    assert still < 0.6 * whole


@pytest.mark.parametrize("depth", [1.0, 0.0])
def test_what_is_added_to_rest_is_what_numbers_say(portrait: Portrait, depth: float) -> None:
    settings, turned = Settings(depth=depth), {"angles": (0.2, -0.1, 0.1), "shift": (0.1, 0.05), "scale": 1.1}
    said = by_numbers(**FRAME)
    moved = ExpressionCurves(
        np.arange(2.0),
        np.array([REST.weights, expressing(**FRAME).weights]),
        np.array([REST.angles, turned["angles"]]),
        np.array([REST.shift, turned["shift"]]),
        np.array([1, turned["scale"]]),
    )
    expression = expressing(**FRAME)
    for numbers, added in ((said, expression), (performance_of(moved), expression._replace(**turned))):
        expected = face(portrait, numbers, settings)
        np.testing.assert_allclose(face(portrait, numbers, settings, 1, added), expected, atol=0.01)


def test_a_wink_is_added_to_a_clip(portrait: Portrait, performance: Performance) -> None:
    frame = performance.neutral
    before = face(portrait, performance, t=frame)
    after = face(portrait, performance, t=frame, added=expressing(eyeBlinkLeft=1.0))
    assert openness(after, EYES[1][0]) < 0.05 < openness(after, EYES[0][0])
    assert openness(after, EYES[0][0]) == pytest.approx(openness(before, EYES[0][0]), abs=0.05)
    moment = Moment(performance, frame, added=expressing(eyeBlinkLeft=1.0))
    assert moment.blendshapes().max() == 1
    assert [weight for weight, _ in moment.lids()] == [1.0]


def test_a_nod_is_added_in_the_heads_own_axes(portrait: Portrait, performance: Performance) -> None:
    frame = performance.neutral
    nodding = face(portrait, performance, t=frame, added=REST._replace(angles=(0.0, 0.2, 0.0)))
    turn = best_similarity(portrait.points[list(SKULL)].astype(np.float64), nodding[list(SKULL)]).rotation
    assert np.degrees(np.arccos(turn[2, 2])) == pytest.approx(np.degrees(0.2), abs=2)
    assert nodding[4, 1] > portrait.points[4, 1]  # the nose goes down
