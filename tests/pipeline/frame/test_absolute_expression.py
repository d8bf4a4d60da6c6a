"""A portrait that smiles comes to rest with its driver."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.face.mesh import FACE_OVAL, MOUTH
from portrait_addon.pipeline.face.openings import mouth_gap
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.frame.mouth import paint_mouths
from portrait_addon.pipeline.frame.mouth_opening import Inside
from portrait_addon.pipeline.imaging.polygons import polygon_interior
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from portrait_addon.pipeline.tracking.matte import PersonSegmenter

RESTING, SPEAKING = 23, 5
"""Frames of the clip."""


@pytest.fixture(scope="module")
def smiling(assets: Path, tracker: FaceTracker) -> Portrait:
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    picture: NDArray[Any] = [capture.read()[1] for _ in range(40)][-1]
    capture.release()
    return analyse_portrait(picture, tracker)


@pytest.fixture(scope="module")
def compositor(smiling: Portrait) -> Compositor:
    return Compositor(PreparedPortrait(smiling))


def composed(compositor: Compositor, performance: Performance, t: float, **settings: float) -> Frame:
    return compositor.frame([Moment(performance, t)], Settings(**settings))


def apart(frame: Frame, portrait: Portrait) -> float:
    """Mean difference of a face from the portrait."""
    face = polygon_interior(frame.picture.shape, portrait.points[list(FACE_OVAL)])
    return float(np.abs(frame.picture[face].astype(float) - portrait.picture[face]).mean())


def gap(frame: Frame) -> float:
    return mouth_gap(frame.pose.moved)


def test_its_lips_meet_when_the_drivers_do(compositor: Compositor, performance: Performance) -> None:
    gaps = [gap(composed(compositor, performance, performance.neutral, absolute=share)) for share in (0, 0.5, 1)]
    assert gaps[2] < 0.01 < gaps[1] < gaps[0]
    assert gaps[1] == pytest.approx((gaps[0] + gaps[2]) / 2, rel=0.1)


def test_no_teeth_show_between_closed_lips(compositor: Compositor, performance: Performance) -> None:
    frame = composed(compositor, performance, performance.neutral)
    rims = frame.pose.moved[np.r_[MOUTH.upper, MOUTH.lower], :2]
    lips = polygon_interior(frame.picture.shape, cv2.convexHull(rims.astype(np.float32))[:, 0])
    shown = polygon_interior(frame.picture.shape, compositor.prepared.portrait.points[MOUTH.contour, :2])
    blue = frame.picture[..., 0].astype(float)
    assert blue[lips].max() < np.percentile(compositor.prepared.portrait.picture[shown][:, 0], 75)


def test_teeth_lie_in_the_dark_between_lips_that_all_but_meet(compositor: Compositor, performance: Performance) -> None:
    light = []
    for absolute in (0.5, 0.8, 0.9):
        frame = composed(compositor, performance, performance.neutral, absolute=absolute)
        teeth = polygon_interior(frame.picture.shape, frame.pose.moved[MOUTH.contour, :2])
        light.append(float(np.quantile(frame.picture[teeth][:, 0], 0.8)))
    assert light[0] > 1.1 * light[1] > 1.3 * light[2]


def test_without_it_the_drivers_rest_is_the_portrait(compositor: Compositor, performance: Performance) -> None:
    frame = composed(compositor, performance, performance.neutral, absolute=0)
    assert apart(frame, compositor.prepared.portrait) < 0.5


def test_it_opens_its_mouth_as_far_as_the_driver(compositor: Compositor, performance: Performance) -> None:
    wanted = mouth_gap(performance.points_at(SPEAKING)) - mouth_gap(performance.neutral_points)
    relative, absolute = (gap(composed(compositor, performance, SPEAKING, absolute=share)) for share in (0, 1))
    assert absolute == pytest.approx(wanted, abs=0.04)
    assert relative > absolute


def test_a_driver_who_smiles_at_rest_too_leaves_it_as_it_is(
    smiling: Portrait, tracker: FaceTracker, segmenter: PersonSegmenter, record: Any
) -> None:
    """The portrait is the driver's neutral frame: nothing changes at rest, whatever it expresses."""
    clip = record([smiling.picture, smiling.picture])
    frame = composed(Compositor(PreparedPortrait(smiling)), clip, 1)
    assert np.abs(frame.pose.moved - smiling.points)[:, :2].max() < 0.3
    assert apart(frame, smiling) < 0.5


def test_its_channels_tell_what_is_left_of_the_smile(compositor: Compositor, performance: Performance) -> None:
    moments = [Moment(performance, performance.neutral)]
    relative, absolute = (
        compositor.result(moments, Settings(absolute=share)).channels()["mouthSmileLeft"] for share in (0, 1)
    )
    own = compositor.prepared.portrait.blendshapes[BLENDSHAPES.index("mouthSmileLeft")]
    assert relative == pytest.approx(own, abs=1e-6)
    assert absolute == pytest.approx(0, abs=1e-6)


def test_teeth_stay_with_the_skull(compositor: Compositor, performance: Performance) -> None:
    """Half closed lips cover the teeth; they do not squeeze them."""
    portrait = compositor.prepared.portrait
    half = composed(compositor, performance.without_mouth(), performance.neutral, absolute=0.5)
    both = polygon_interior(half.picture.shape, half.pose.moved[MOUTH.contour, :2])
    both &= polygon_interior(half.picture.shape, portrait.points[MOUTH.contour, :2])
    both = cv2.erode(both.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    assert both.sum() > 20
    assert np.abs(half.picture[both].astype(int) - portrait.picture[both]).mean() < 4


def test_teeth_stay_its_own_in_front_of_the_drivers_mouth(compositor: Compositor, performance: Performance) -> None:
    """However wide it opens; what the portrait does not show is the driver's."""
    smiling = compositor.prepared.portrait
    wide = np.array(smiling.points, np.float32)
    wide[MOUTH.lower, 1] += 0.3 * smiling.unit
    plate, patch = compositor.prepared.mouth, performance.mouth_of(SPEAKING - 1)
    box, there = plate.box, Pose(smiling.points, wide).to_rest_at(plate.depth)
    teeth = plate.teeth_in(box, there)
    assert teeth.max() > 0.95
    assert patch.pixels.size

    def painted(own: bool) -> NDArray[Any]:
        canvas = Canvas(smiling.picture.copy())
        mouths = [(1.0, patch, performance.colours)]
        matte = (lambda box: plate.teeth_in(box, there)) if own else None
        paint_mouths(canvas, wide, mouths, smiling.palette, Inside(1.0, own_teeth=1.0), own_teeth=matte)
        return canvas.picture.astype(float)

    changed = np.abs(painted(True) - smiling.picture).max(axis=2)[box.top : box.bottom, box.left : box.right]
    replaced = np.abs(painted(False) - smiling.picture).max(axis=2)[box.top : box.bottom, box.left : box.right]
    assert changed[teeth > 0.97].mean() < 2 < 10 < replaced[teeth > 0.97].mean()
    below = polygon_interior(smiling.picture.shape, wide[MOUTH.contour, :2])[box.top : box.bottom, box.left : box.right]
    np.testing.assert_array_equal(changed[below & (teeth == 0)], replaced[below & (teeth == 0)])


def test_a_clip_without_a_head_leaves_its_driver_as_he_is(smiling: Portrait, performance: Performance) -> None:
    still = replace(performance, rest_offsets=0 * performance.rest_offsets)
    np.testing.assert_array_equal(still.rest_points(1.0), still.neutral_points)


def test_its_folds_go_with_its_smile(compositor: Compositor) -> None:
    """Learned creases run backwards: what the portrait shows already goes, and a driver who smiles as well keeps it."""
    smile = compositor.prepared.at_rest.change

    def fold(weights: NDArray[Any], absolute: float = 1.0) -> float:
        curves = ExpressionCurves.at_rest(np.zeros(1))
        curves.weights[0, :-1] = weights
        frame = compositor.frame([Moment(performance_of(curves), 1)], Settings(absolute=absolute), ["creases"])
        x, y = frame.pose.moved[206, :2].astype(int)  # between the wing of the nose and the corner of the mouth
        return float(frame.passes["creases"][y - 4 : y + 5, x - 4 : x + 5].mean())

    assert smile.min() < -0.1
    assert fold(0 * smile) > 1.02
    assert fold(0 * smile, absolute=0.0) == pytest.approx(1, abs=0.01)
    assert fold(np.maximum(-smile, 0)) < fold(0 * smile) - 0.02
