"""A target that moves: a film whose face expresses what another face does, and which is itself otherwise."""

import pickle
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.jaw_skirt import JawSkirt
from portrait_addon.pipeline.face.mesh import EYES, MOUTH, OUTER_LIPS
from portrait_addon.pipeline.face.openings import mouth_area, openness
from portrait_addon.pipeline.frame.compositor import Frame
from portrait_addon.pipeline.frame.target_compositor import TargetCompositor
from portrait_addon.pipeline.pair.moving_target import BRIDGED, FADE, presence
from portrait_addon.pipeline.records.expression import REST, UNITS
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.passes import PASSES
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import OF_PICTURES, TargetSettings, parameters
from tests.clips import recorded

Film = list[NDArray[Any]]

SPEAKING, BLINKING, RESTING = 3, 14, 25
"""Frames of the film."""

WIDE_OPEN = REST._replace(weights=tuple(0.6 * (name == "jawOpen") for name in UNITS))


@pytest.fixture(scope="module")
def target(performance: Performance, film: Film) -> TargetCompositor:
    return TargetCompositor(performance, [film[neutral - 1] for neutral in performance.neutrals])


def compose(
    target: TargetCompositor, film: Film, number: int, *mix: Moment, passes: tuple[str, ...] = (), **settings: float
) -> Frame:
    return target.frame(film[number - 1], number, mix, TargetSettings(**settings), passes=passes)


def beyond_the_face(frame: Frame) -> NDArray[Any]:
    """(h, w) bool: outside the face and the skirt below its jaw."""
    skirt = JawSkirt.of(frame.pose.rest, frame.pose.moved)
    mask = np.zeros(frame.picture.shape[:2], np.uint8)
    for points in (skirt.around(frame.pose.rest), skirt.moved(frame.pose.rest, frame.pose.moved)):
        cv2.fillPoly(mask, [np.round(points[list(skirt.outline), :2]).astype(np.int32)], (1,))
    return cv2.dilate(mask, np.ones((9, 9), np.uint8)) == 0


@pytest.mark.parametrize("eyes", [0.0, 1.0])
@pytest.mark.parametrize("number", [SPEAKING, BLINKING, RESTING])
def test_a_target_that_drives_itself_stays_as_it_is(
    target: TargetCompositor, film: Film, number: int, eyes: float
) -> None:
    frame = compose(target, film, number, Moment(target.target, float(number)), eyes=eyes)
    np.testing.assert_allclose(frame.pose.moved, frame.pose.rest, atol=1e-3)
    np.testing.assert_array_equal(frame.picture, film[number - 1])


@pytest.mark.parametrize("replaced", [0.0, 1.0])
def test_another_driver_changes_the_mouth_and_nothing_beyond_the_face(
    target: TargetCompositor, film: Film, replaced: float
) -> None:
    frame = compose(
        target, film, RESTING, Moment(recorded(), 5.0, added=WIDE_OPEN), replaced=replaced, brows=1.5, wrinkles=2.0
    )
    changed = (frame.picture != film[RESTING - 1]).any(axis=2)
    assert not (changed & beyond_the_face(frame)).any()
    lips = np.zeros(changed.shape, np.uint8)
    cv2.fillPoly(lips, [np.round(frame.pose.moved[OUTER_LIPS.contour, :2]).astype(np.int32)], (1,))
    assert changed[lips > 0].mean() > 0.9
    assert mouth_area(frame.pose.moved) > mouth_area(frame.pose.rest) + 0.05


def test_the_drivers_expression_replaces_the_targets_or_joins_it(target: TargetCompositor, film: Film) -> None:
    speaking, at_rest = Moment(target.target, float(SPEAKING)), Moment(target.target, float(target.target.neutral))
    own = mouth_area(target.target.points[SPEAKING - 1])
    assert own > 0.03
    silent = compose(target, film, SPEAKING, at_rest)
    assert mouth_area(silent.pose.moved) < 0.01
    assert mouth_area(compose(target, film, SPEAKING, at_rest, replaced=0.0).pose.moved) == pytest.approx(own, abs=1e-3)
    assert mouth_area(compose(target, film, SPEAKING, speaking, replaced=0.0).pose.moved) > 1.3 * own
    assert mouth_area(compose(target, film, SPEAKING, at_rest, mouth=0.0).pose.moved) == pytest.approx(own, abs=1e-3)
    half = mouth_area(compose(target, film, SPEAKING, at_rest, mouth=0.5).pose.moved)
    assert mouth_area(silent.pose.moved) < half < own


def test_head_and_eyes_are_the_targets(target: TargetCompositor, film: Film) -> None:
    """Unless its eyes are chosen, a driver who blinks does not blink in a film."""
    blinking = Moment(target.target, float(BLINKING))
    (right, _), _ = EYES
    own = float(openness(target.target.points[RESTING - 1], right))
    kept = compose(target, film, RESTING, blinking).pose.moved
    assert float(openness(kept, right)) == pytest.approx(own, abs=1e-3)
    shut = compose(target, film, RESTING, blinking, eyes=1.0).pose.moved
    driver = float(openness(target.target.points[BLINKING - 1], right))
    assert driver < 0.5 * own
    assert float(openness(shut, right)) == pytest.approx(driver, abs=0.02)


def test_eyes_that_a_frame_hides_are_not_torn_open(target: TargetCompositor, film: Film) -> None:
    (right, _), _ = EYES
    shut = target.target.points[BLINKING - 1]
    opened = compose(target, film, BLINKING, Moment(target.target, float(RESTING)), eyes=1.0).pose.moved
    assert float(openness(opened, right)) < 1.5 * float(openness(shut, right))


def test_without_weight_it_is_the_film(target: TargetCompositor, film: Film) -> None:
    for mix in ((), (Moment(recorded(), 5.0, 0.0),)):
        np.testing.assert_array_equal(compose(target, film, SPEAKING, *mix).picture, film[SPEAKING - 1])


def test_half_the_weight_is_half_the_way(target: TargetCompositor, film: Film) -> None:
    rest, whole, half = (
        compose(target, film, RESTING, Moment(recorded(), 5.0, weight, WIDE_OPEN)).pose.moved
        for weight in (0.0, 1.0, 0.5)
    )
    np.testing.assert_allclose(half, (rest + whole) / 2, atol=0.3)


def test_wrinkles_are_those_of_the_driver_over_the_targets(target: TargetCompositor, film: Film) -> None:
    frowning = replace(target.target, log_ratios=np.full_like(target.target.log_ratios, -0.3))
    moment = Moment(frowning, float(RESTING))
    with_creases = compose(target, film, RESTING, moment, passes=("shading",)).passes["shading"]
    assert with_creases.min() < 0.8
    without = compose(target, film, RESTING, moment, passes=("shading",), wrinkles=0.0).passes["shading"]
    np.testing.assert_array_equal(without, 1)


def test_passes_of_a_frame_that_does_not_change(target: TargetCompositor, film: Film) -> None:
    names = tuple(item.name for item in PASSES)
    frame = compose(target, film, RESTING, Moment(target.target, float(RESTING)), passes=names)
    assert set(frame.passes) == {*names}
    assert frame.passes["face_matte"].max() == 1
    assert not frame.passes["mouth"][..., 3].any()
    np.testing.assert_array_equal(frame.passes["shading"], 1)
    height, width = frame.picture.shape[:2]
    np.testing.assert_allclose(frame.passes["st_map"][:, :, 0], [(np.arange(width) + 0.5) / width] * height, atol=1e-5)


def test_a_modelled_mouth_opens_in_a_film(target: TargetCompositor, film: Film) -> None:
    frame = compose(
        target, film, RESTING, Moment(recorded(), 5.0, added=WIDE_OPEN), passes=("teeth_matte",), mouth_modelled=1.0
    )
    assert frame.passes["teeth_matte"].max() > 0.5


def test_a_copy_composes_the_same(target: TargetCompositor, film: Film) -> None:
    moment = Moment(recorded(), 5.0, added=WIDE_OPEN)
    before = compose(target, film, SPEAKING, moment).picture
    after = compose(pickle.loads(pickle.dumps(target)), film, SPEAKING, moment).picture
    np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("lost", [BRIDGED, BRIDGED + 1])
def test_a_face_that_is_gone_is_left_alone(performance: Performance, lost: int) -> None:
    found = performance.found.copy()
    found[10 : 10 + lost] = False
    shares = presence(replace(performance, found=found))
    if lost == BRIDGED:
        np.testing.assert_array_equal(shares, 1)
        return
    assert not shares[10 : 10 + lost].any()
    assert (np.diff(shares[: 10 - 1]) <= 0).all()
    assert shares[10 - FADE] == 1
    assert 0 < shares[9] < 0.2


def test_settings_of_a_target_leave_out_what_does_not_count() -> None:
    names = [parameter.name for parameter in parameters(TargetSettings)]
    assert not {*OF_PICTURES} & {*names}
    assert {"replaced", "eyes", "mouth"} <= {*names}


def test_what_merely_trembles_is_hardly_carried(target: TargetCompositor, film: Film) -> None:
    """Each tracker's error would shake a face that is calm in the film."""
    error = 0.001 * target.shots[0].at_rest.portrait.unit
    points = target.target.points.copy()
    points[RESTING - 1, MOUTH.contour, 0] += error
    moved = compose(target, film, RESTING, Moment(replace(target.target, points=points), float(RESTING))).pose
    shift = np.linalg.norm(moved.moved - moved.rest, axis=1)[MOUTH.contour]
    assert shift.max() < 0.2 * error
