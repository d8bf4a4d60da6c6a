from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.clip.mouth_patches import mouth_blur
from portrait_addon.pipeline.face.mesh import MOUTH
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.frame.mouth_opening import shows_too_little
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.imaging.sharpness import edge_blur
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.expression import REST, Expression
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker

GRIN = {
    f"{name}{side}": value
    for name, value in {"mouthSmile": 0.8, "mouthUpperUp": 0.6, "mouthLowerDown": 0.4}.items()
    for side in ("Left", "Right")
}
SPEAKING = 5


def numbers(*frames: dict[str, float], roll: float = 0.0) -> Performance:
    curves = ExpressionCurves.at_rest(np.arange(len(frames)) / 25)
    for row, weights in enumerate(frames):
        for name, value in weights.items():
            curves.weights[row, EXPRESSION_UNITS.index(name)] = value
        curves.angles[row, 2] = roll
    return performance_of(curves)


@pytest.fixture(scope="module")
def painted(painting: NDArray[Any], tracker: FaceTracker) -> Portrait:
    return analyse_portrait(cv2.resize(painting, (512, 763), interpolation=cv2.INTER_AREA), tracker)


@pytest.fixture(scope="module")
def compositor(portrait: Portrait) -> Compositor:
    return Compositor(PreparedPortrait(portrait))


def composed(compositor: Compositor, driver: Performance, t: float = 1, **settings: float) -> Frame:
    return compositor.frame([Moment(driver, t)], Settings(**settings), ["modelled_mouth", "teeth_matte", "mouth"])


def teeth_of(frame: Frame) -> NDArray[np.float64]:
    return frame.passes["teeth_matte"].astype(np.float64)


def middle(matte: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre of gravity x, y."""
    y, x = np.mgrid[: matte.shape[0], : matte.shape[1]]
    return np.array([(x * matte).sum(), (y * matte).sum()]) / matte.sum()


def test_numbers_show_teeth_between_the_lips(compositor: Compositor) -> None:
    frame = composed(compositor, numbers(GRIN))
    teeth, contour = teeth_of(frame), frame.pose.moved[MOUTH.contour, :2]
    rows, columns = np.nonzero(teeth > 0.5)
    assert len(rows) > 50
    assert (columns > contour[:, 0].min()).all() and (columns < contour[:, 0].max()).all()
    assert (rows > contour[:, 1].min()).all() and (rows < contour[:, 1].max()).all()
    dark = composed(compositor, numbers(GRIN), mouth_modelled=0).picture
    assert frame.picture[teeth > 0.8].mean() > 2 * dark[teeth > 0.8].mean()


def test_closed_lips_show_none(compositor: Compositor) -> None:
    assert not teeth_of(composed(compositor, numbers({}))).any()


def test_upper_teeth_do_not_move_with_the_lips(compositor: Compositor) -> None:
    """The crowns that one frame shows and the other too are the same, value by value of their shape."""
    drivers = [numbers(GRIN | {"jawOpen": jaw}) for jaw in (0.3, 0.5)]
    first, second = (composed(compositor, driver) for driver in drivers)
    upper = np.zeros(first.picture.shape[:2], bool)
    top = first.pose.moved[MOUTH.upper, 1]
    left, right = first.pose.moved[MOUTH.upper, 0].min(), first.pose.moved[MOUTH.upper, 0].max()
    upper[round(top.min()) : round(top.mean()) + 3, round(left) : round(right)] = True
    both = upper & (np.minimum(teeth_of(first), teeth_of(second)) > 0.05)
    assert both.sum() > 30
    assert np.median(np.abs(teeth_of(first) - teeth_of(second))[both]) < 0.05


def test_lower_teeth_go_with_the_jaw(compositor: Compositor) -> None:
    low = {"mouthLowerDownLeft": 1.0, "mouthLowerDownRight": 1.0}
    shut, opened = (composed(compositor, numbers(low | {"jawOpen": jaw})) for jaw in (0.2, 0.5))
    assert middle(teeth_of(opened))[1] > middle(teeth_of(shut))[1] + 2


def test_a_head_that_tilts_takes_its_teeth_along(compositor: Compositor) -> None:
    upright, tilted = (composed(compositor, numbers(GRIN, roll=roll)) for roll in (0.0, 0.2))
    lips = tilted.pose.moved[MOUTH.contour, :2].mean(axis=0) - upright.pose.moved[MOUTH.contour, :2].mean(axis=0)
    assert np.linalg.norm(lips) > 3
    np.testing.assert_allclose(middle(teeth_of(tilted)) - middle(teeth_of(upright)), lips, atol=1)


def test_a_grey_portrait_stays_grey(compositor: Compositor) -> None:
    assert not np.ptp(composed(compositor, numbers(GRIN)).picture, axis=2).any()


def test_between_the_drivers_and_the_modelled_mouth(compositor: Compositor, performance: Performance) -> None:
    own, half, modelled = (
        composed(compositor, performance, SPEAKING, mouth_modelled=share).picture.astype(float) for share in (0, 0.5, 1)
    )
    assert np.abs(own - modelled).max() > 20
    np.testing.assert_allclose(half, (own + modelled) / 2, atol=1.5)


def test_a_good_clip_keeps_its_own_mouth(compositor: Compositor, performance: Performance) -> None:
    frame = composed(compositor, performance, SPEAKING)
    np.testing.assert_array_equal(frame.picture, composed(compositor, performance, SPEAKING, mouth_modelled=0).picture)
    assert not frame.passes["modelled_mouth"].any()


def test_a_clip_without_a_picture_of_its_mouth_gets_a_modelled_one(
    compositor: Compositor, performance: Performance
) -> None:
    frame = composed(compositor, performance.without_mouth(), SPEAKING)
    modelled = composed(compositor, performance, SPEAKING, mouth_modelled=1)
    np.testing.assert_array_equal(frame.picture, modelled.picture)


def test_a_blurred_mouth_is_told(performance: Performance) -> None:
    pixels = performance.mouth_pixels.copy()
    for row in range(performance.frame_count):
        patch = performance.mouth_of(row).pixels
        if patch.size:
            blurred = cv2.GaussianBlur(patch, (0, 0), 4)
            pixels[performance.mouth_starts[row] : performance.mouth_starts[row + 1]] = blurred.ravel()
    sharp, soft = mouth_blur(performance), mouth_blur(replace(performance, mouth_pixels=pixels))
    assert not shows_too_little(sharp, 100)
    assert shows_too_little(soft, 100)
    assert shows_too_little(sharp, 2000)  # sharp enough for a small picture, not for a large one
    assert mouth_blur(performance.without_mouth()) == np.inf


@pytest.mark.parametrize(
    ("blur", "unit", "modelled"),
    [
        (0.013, 74, False),  # a small driver in a picture that is as small
        (0.013, 190, True),  # and in one that is sharper
        (0.007, 300, False),  # teeth that are seen, in a large portrait
        (0.007, 1200, True),  # and in one of 4K
    ],
)
def test_the_mouth_of_a_small_driver_is_kept_where_the_portrait_is_no_sharper(
    blur: float, unit: float, modelled: bool
) -> None:
    assert shows_too_little(blur, unit) == modelled


def test_a_preview_shows_the_mouth_that_a_bake_shows(portrait: Portrait) -> None:
    assert PreparedPortrait(portrait).resized(128).full_unit == portrait.unit


@pytest.mark.parametrize("blur", [2.0, 4.0, 6.0])
def test_blur_of_edges_is_measured(blur: float) -> None:
    picture = np.zeros((80, 80), np.float32)
    picture[:, 40:] = 1
    assert edge_blur(cv2.GaussianBlur(picture, (0, 0), blur), 0.01) == pytest.approx(blur, rel=0.15)


def test_own_teeth_lie_over_modelled_ones(tracker: FaceTracker, assets: Any) -> None:
    """A portrait that smiles keeps its own teeth until they are not wanted."""
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    for _ in range(38):
        frame = capture.read()[1]
    capture.release()
    smiling = analyse_portrait(cv2.resize(frame, (480, 270), interpolation=cv2.INTER_AREA), tracker)
    compositor, driver = Compositor(PreparedPortrait(smiling)), numbers(GRIN | {"jawOpen": 0.4})
    own, none = (composed(compositor, driver, own_teeth=share) for share in (1.0, 0.0))
    contour = own.pose.moved[MOUTH.contour, :2]
    changed = np.argwhere(np.abs(own.picture.astype(float) - none.picture).max(axis=2) > 10)[:, ::-1]
    assert len(changed) > 20
    assert (changed >= contour.min(axis=0) - 2).all() and (changed <= contour.max(axis=0) + 2).all()


def test_a_tongue_is_put_out_by_numbers_and_by_what_is_added(compositor: Compositor) -> None:
    put_out = Expression((*REST.weights[:-1], 1.0), *REST[1:])
    inside, told = (composed(compositor, numbers({"jawOpen": 0.4, "tongueOut": out})) for out in (0.0, 1.0))
    added = compositor.frame([Moment(numbers({"jawOpen": 0.4}), 1, added=put_out)], Settings(), ["teeth_matte"])
    below = told.pose.moved[17, :2].astype(int)  # the lower lip's rim
    lip = np.s_[below[1] - 4 : below[1] + 1, below[0] - 4 : below[0] + 5]
    assert np.abs(told.picture[lip].astype(float) - inside.picture[lip]).mean() > 10
    np.testing.assert_allclose(added.picture.astype(float), told.picture, atol=1)


def test_a_turned_painting_has_its_own_colours(painted: Portrait) -> None:
    frame = composed(Compositor(PreparedPortrait(painted)), numbers(GRIN))
    blue, green, red = frame.picture[teeth_of(frame) > 0.6].mean(axis=0)
    assert red > green > blue  # as the light in the painting is
