"""What a frame shows, as numbers: places on the face, the head's turn, the expression."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon.pipeline.face.mesh import BROWS, FACE_OVAL, MOUTH, SKIN_POINTS
from portrait_addon.pipeline.frame.brow_limit import brow_limit
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.frame.result import CHANNELS, PARTS, Result
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.composing import compositor_of


@pytest.fixture(scope="module")
def acting(performance: Performance) -> Performance:
    """A clip that says little at rest, and in frame 5 opens the mouth, with all scores at a half."""
    scores = np.zeros_like(performance.blendshapes)
    points = np.repeat(performance.neutral_points[None], len(performance.points), axis=0)
    points[4, MOUTH.lower, 1] += 12
    scores[4] = 0.5
    return replace(performance, points=points, blendshapes=scores)


@pytest.fixture(scope="module")
def at_rest(portrait: Portrait) -> Portrait:
    """The portrait, with nothing in its face."""
    return replace(portrait, blendshapes=np.zeros_like(portrait.blendshapes))


def turned(
    performance: Performance,
    axes: str,
    degrees: tuple[int, int] | int,
    shift: tuple[int, int, int] = (0, 0, 0),
    scale: float = 1.0,
) -> Performance:
    """The clip with a head that is turned and moved in frame 5."""
    neutral = performance.neutral_points.astype(np.float64)
    centre = neutral[:SKIN_POINTS].mean(axis=0)
    turn = Rotation.from_euler(axes, degrees, degrees=True).as_matrix()
    points = np.repeat(performance.neutral_points[None], len(performance.points), axis=0)
    points[4] = scale * (neutral - centre) @ turn.T + centre + shift
    return replace(performance, points=points)


def result(
    portrait: Portrait, performance: Performance, t: float = 5.0, weight: float = 1.0, **settings: float
) -> Result:
    return compositor_of(portrait).result([Moment(performance, t, weight)], Settings(**settings))


def in_pixels(places: NDArray[Any], portrait: Portrait) -> NDArray[Any]:
    """Places in the picture, back in its pixels."""
    width, height = portrait.size
    return places[:, [0, 2]] * (width, -width) + ((width - 1) / 2, (height - 1) / 2)


def test_at_rest_everything_is_where_the_portrait_has_it(portrait: Portrait) -> None:
    still = compositor_of(portrait).result([], Settings())
    expected = [portrait.points[list(points), :2].mean(axis=0) for points in PARTS.values()]
    np.testing.assert_allclose(in_pixels(still.places(), portrait), expected, atol=1e-3)
    np.testing.assert_allclose(still.rotation, 0, atol=1e-7)
    channels = still.channels()
    assert channels["headSize"] == pytest.approx(1)
    assert max(abs(channels[name]) for name in CHANNELS if name.startswith("head") and name != "headSize") < 1e-6
    np.testing.assert_allclose(still.scores, portrait.blendshapes)


def test_the_face_lies_before_the_plane_that_holds_its_rear(portrait: Portrait) -> None:
    still = compositor_of(portrait).result([], Settings())
    depth = dict(zip(PARTS, still.places()[:, 1], strict=True))
    assert still.places()[:, 1].max() < 0  # towards the viewer
    assert depth["mouth"] < depth["right eye"]
    rear = portrait.points[list(FACE_OVAL), 2].max() - portrait.points[list(BROWS), 2].mean()
    assert depth["brows"] == pytest.approx(-rear / portrait.size[0], rel=1e-5)


@pytest.mark.parametrize("settings", [Settings(), Settings(head_motion=0.5, mouth=2, depth=0.3)])
def test_places_are_those_of_the_composed_points(
    portrait: Portrait, performance: Performance, settings: Settings
) -> None:
    compositor, mix = compositor_of(portrait), [Moment(performance, 4.5, 0.6), Moment(performance, 17.0, 0.4)]
    moved = compositor.frame(mix, settings).pose.moved
    expected = [moved[list(points), :2].mean(axis=0) for points in PARTS.values()]
    np.testing.assert_allclose(in_pixels(compositor.result(mix, settings).places(), portrait), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("axis", "channel", "sign"), [("x", "headNod", 1), ("y", "headTurn", -1), ("z", "headTilt", 1)]
)
def test_a_turn_of_the_head_is_told_as_far_as_the_portrait_takes_it_over(
    portrait: Portrait, performance: Performance, axis: str, channel: str, sign: int
) -> None:
    moved = turned(performance, axis, 12)
    whole, half, none = (result(portrait, moved, head_motion=share).channels() for share in (1, 0.5, 0))
    assert whole[channel] == pytest.approx(sign * np.radians(12), abs=0.03)
    assert half[channel] == pytest.approx(whole[channel] / 2, abs=0.01)
    assert none[channel] == pytest.approx(0, abs=1e-3)


def test_shift_and_size_count_from_the_portrait_at_rest(portrait: Portrait, performance: Performance) -> None:
    clip = turned(performance, "x", 0, shift=(3, -6, 0))
    moved = result(portrait, clip).channels()
    linear = compositor_of(portrait).pair(Moment(clip, 1.0)).correspondence.similarity.linear
    right, down = linear @ (3, -6) / portrait.size[0]
    assert (moved["headRight"], moved["headUp"]) == pytest.approx((right, -down), abs=1e-3)
    assert moved["headSize"] == pytest.approx(1, abs=1e-3)
    grown = result(portrait, turned(performance, "x", 0, scale=1.1)).channels()
    assert grown["headSize"] == pytest.approx(1.1, abs=0.01)


def test_an_opened_mouth_moves_the_mouth_on_the_head_and_no_brow(portrait: Portrait, acting: Performance) -> None:
    still, open_mouth = (dict(zip(PARTS, result(portrait, acting, t).parts, strict=True)) for t in (1.0, 5.0))
    assert open_mouth["mouth"][2] < still["mouth"][2] - 0.005
    assert open_mouth["brows"] == pytest.approx(still["brows"], abs=1e-3)


def test_scores_change_from_rest_as_the_settings_make_them(at_rest: Portrait, acting: Performance) -> None:
    channels = result(at_rest, acting, weight=0.8, expression=0.5, eyes=2, brows=0, mouth=1.5).channels()
    expected = {"eyeBlinkLeft": 0.4, "browInnerUp": 0.0, "jawOpen": 0.3, "mouthFunnel": 0.3, "cheekPuff": 0.2}
    assert {name: channels[name] for name in expected} == pytest.approx(expected)


def scored(performance: Performance, neutral: dict[str, float], now: dict[str, float]) -> Performance:
    """The clip with some scores in the neutral frame, others in all other frames, and a face that does not move."""
    scores = np.zeros_like(performance.blendshapes)
    for row in range(len(scores)):
        for name, score in (neutral if row == performance.neutral - 1 else now).items():
            scores[row, BLENDSHAPES.index(name)] = score
    return replace(performance, blendshapes=scores)


def test_what_the_driver_shows_at_rest_is_no_change(at_rest: Portrait, performance: Performance) -> None:
    clip = scored(performance, {"mouthSmileLeft": 0.3, "jawOpen": 0.4}, {"mouthSmileLeft": 0.5, "jawOpen": 0.1})
    channels = result(at_rest, clip).channels()
    assert channels["mouthSmileLeft"] == pytest.approx(0.2)
    assert channels["jawOpen"] == 0  # a closed mouth does not close further
    assert not result(at_rest, clip, t=performance.neutral).scores.any()


@pytest.mark.parametrize(("depth", "limited"), [(1.0, True), (0.5, True), (0.0, False)])
def test_brows_raised_at_rest_leave_raised_brows_their_room(
    at_rest: Portrait, performance: Performance, depth: float, limited: bool
) -> None:
    brows = {"browInnerUp": 0.8, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8}
    shown = np.zeros(len(BLENDSHAPES), np.float32)
    shown[[BLENDSHAPES.index(name) for name in brows]] = 0.65
    surprised, clip = replace(at_rest, blendshapes=shown), scored(performance, {}, brows)
    limit = brow_limit(shown, np.zeros(52), clip.blendshapes_at(5))
    assert 0.3 < limit < 0.6
    factor = 1 + depth * (limit - 1)
    scores = result(surprised, clip, brows=0.5, depth=depth).channels()
    assert scores["browInnerUp"] == pytest.approx(min(0.65 + 0.5 * 0.8 * factor, 1), abs=1e-6)
    assert (factor < 1) == limited


def test_the_gaze_follows_the_strength_of_the_eyes(at_rest: Portrait, performance: Performance) -> None:
    looks = ("eyeLookOutLeft", "eyeLookInRight", "eyeLookUpLeft", "eyeLookUpRight")
    looking = scored(performance, {}, dict.fromkeys(looks, 0.5))
    ahead, once, twice = (result(at_rest, looking, eyes=eyes).channels() for eyes in (0, 1, 2))
    assert (ahead["gazeTurn"], ahead["gazeNod"]) == (0, 0)
    assert once["gazeTurn"] > 0.2 > -0.2 > once["gazeNod"]
    assert twice["gazeTurn"] == pytest.approx(2 * once["gazeTurn"])


def test_the_size_of_the_copy_does_not_count(portrait: Portrait, performance: Performance) -> None:
    small = Compositor(PreparedPortrait(portrait).resized(128))
    mix, settings = [Moment(performance, 7.0)], Settings()
    large, reduced = (each.result(mix, settings) for each in (compositor_of(portrait), small))
    np.testing.assert_allclose(reduced.places(), large.places(), atol=2.5e-3)  # its sides are rounded
    np.testing.assert_allclose(reduced.rotation, large.rotation, atol=2e-3)


def test_a_painted_rigid_part_counts(portrait: Portrait, performance: Performance) -> None:
    height, width = portrait.picture.shape[:2]
    rigid = np.zeros((height, width), np.uint8)
    left, right = sorted(portrait.points[[61, 291], 0].astype(int))
    level = int(portrait.points[13, 1])
    rigid[level - 15 : level + 20, left - 10 : right + 10] = 255
    painted = replace(portrait, masks={"rigid": rigid})
    mix, settings = [Moment(performance, 7.0)], Settings(mouth=2)
    compositor = Compositor(PreparedPortrait(painted))
    frame = compositor.frame(mix, settings)
    expected = Result.of(frame.pose, PreparedPortrait(painted), mix, settings).places()
    np.testing.assert_allclose(compositor.result(mix, settings).places(), expected)
    assert np.abs(expected - compositor_of(portrait).result(mix, settings).places()).max() > 1e-3


def test_channels_have_names_of_their_own() -> None:
    assert len(set(CHANNELS)) == len(CHANNELS) == 60


def test_the_tracker_finds_the_face_of_the_painted_frame_there(
    portrait: Portrait, performance: Performance, tracker: FaceTracker
) -> None:
    mix, settings = [Moment(turned(performance, "zx", (12, 6), shift=(9, -7, 0)), 5.0)], Settings()
    compositor = compositor_of(portrait)
    (seen,) = tracker.detect(compositor.frame(mix, settings).picture)
    places = in_pixels(compositor.result(mix, settings).places(), portrait)
    expected = [seen.points[list(points), :2].mean(axis=0) for points in PARTS.values()]
    assert np.abs(places - expected).max() < 0.06 * portrait.unit
    at_rest = in_pixels(compositor.result([], settings).places(), portrait)
    assert np.abs(at_rest - expected).max() > 0.2 * portrait.unit


def test_the_tracker_finds_the_scores_in_the_painted_frame(
    portrait: Portrait, performance: Performance, tracker: FaceTracker
) -> None:
    """Nearer than the clip's own scores, which say nothing of the portrait's face."""
    composed, own = [], []
    for t in (5.0, 12.0, 20.0):
        mix = [Moment(performance, t)]
        (seen,) = tracker.detect(compositor_of(portrait).frame(mix, Settings()).picture)
        composed.append(compositor_of(portrait).result(mix, Settings()).scores - seen.blendshapes)
        own.append(performance.blendshapes_at(t) - seen.blendshapes)
    assert np.square(composed).mean() < np.square(own).mean() / 2
