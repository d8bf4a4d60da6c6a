"""Numbers of a clip, and a clip of numbers."""

from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, curves_of, performance_of
from portrait_addon.pipeline.face.mesh import BROWS, EYES, MOUTH, SKULL, outer_eye_distance
from portrait_addon.pipeline.face.openings import mouth_gap, openness
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.imaging.arrays import Float64Array
from portrait_addon.pipeline.imaging.similarity import best_similarity
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings


def numbers(frames: int = 3, **weights: float) -> ExpressionCurves:
    """Rest in all frames but the last, which has these weights."""
    rows = np.zeros((frames, len(EXPRESSION_UNITS)))
    for name, weight in weights.items():
        rows[-1, EXPRESSION_UNITS.index(name)] = weight
    still = np.zeros((frames, 2))
    return ExpressionCurves(np.arange(frames) / 25, rows, np.zeros((frames, 3)), still, np.ones(frames))


def last(curves: ExpressionCurves) -> Float64Array:
    return performance_of(curves).points[-1].astype(np.float64)


def test_no_frame_needs_to_rest() -> None:
    """Numbers are counted from zero, whatever the first frame expresses."""
    open_from_the_start = numbers(1, jawOpen=0.5)
    performance = performance_of(open_from_the_start)
    assert performance.neutral == 0
    assert mouth_gap(performance.points[0]) > 0.2 > 0.1 > mouth_gap(performance.neutral_points)
    resting = performance_of(numbers()).points[0]
    np.testing.assert_allclose(performance.neutral_points, resting, atol=1e-3)
    assert not performance.neutral_blendshapes.any()


@pytest.mark.parametrize("side", [0, 1])
def test_a_blink_shuts_its_eye_and_no_other(side: int) -> None:
    points = last(numbers(**{("eyeBlinkRight", "eyeBlinkLeft")[side]: 1.0}))
    shut, other = (float(openness(points, EYES[eye][0])) for eye in (side, 1 - side))
    assert abs(shut) < 0.02 < 0.15 < other


def test_a_smile_lifts_and_parts_the_corners_of_the_mouth() -> None:
    rest, smile = last(numbers()), last(numbers(mouthSmileLeft=1.0, mouthSmileRight=1.0))
    right, left = MOUTH.corners
    unit = outer_eye_distance(rest)
    assert (smile[left, 0] - smile[right, 0]) - (rest[left, 0] - rest[right, 0]) > 0.05 * unit
    assert (rest[[right, left], 1] - smile[[right, left], 1]).min() > 0.03 * unit


@pytest.mark.parametrize("name", ["browInnerUp", "browDownLeft", "noseSneerRight"])
def test_no_expression_moves_the_head(name: str) -> None:
    """Raised brows lift the skin between them, by which the head is followed: its pose would take a part of them."""
    skull, rest = list(SKULL), last(numbers())
    pose = best_similarity(rest[skull], last(numbers(**{name: 1.0}))[skull])
    middle = rest.mean(axis=0)
    assert np.linalg.norm(pose(middle) - middle) < 0.01
    assert pose.scale == pytest.approx(1, abs=1e-4)


def test_brows_are_as_high_over_numbers_as_in_the_clip(performance: Performance) -> None:
    """Measured from the nose, as people see them: where the brows of a driver rise, his nose seems to sink."""
    brows, nose, skull = list(BROWS), [168, 6, 197, 195], list(SKULL)
    risen = np.zeros((performance.frame_count, 478, 3), np.float32)
    rise = 0.04 * outer_eye_distance(performance.neutral_points) * np.linspace(0, 1, performance.frame_count)
    risen[:, brows, 1] = -rise[:, None]
    risen[:, nose, 1] = 0.4 * rise[:, None]
    raised = replace(performance, points=np.asarray(performance.neutral_points + risen, np.float32), neutral=1)

    def height(clip: Performance) -> float:
        points, rest = clip.points[-1].astype(np.float64), clip.neutral_points.astype(np.float64)
        moved = best_similarity(points[skull], rest[skull])(points) - rest
        return float((moved[nose, 1].mean() - moved[brows, 1].mean()) / outer_eye_distance(rest))

    assert height(performance_of(curves_of(raised))) == pytest.approx(height(raised), rel=0.15)


@pytest.mark.parametrize(("axis", "ahead"), [(0, (1, 0)), (1, (0, 1))])
def test_angles_have_the_signs_that_the_file_states(axis: int, ahead: tuple[int, int]) -> None:
    """A turn to the sitter's left moves the nose to the viewer's right; a nod moves it down."""
    turned = numbers()
    turned.angles[-1, axis] = 0.3
    rest, moved = last(numbers()), last(turned)
    shift = (moved[4] - moved[[33, 263]].mean(axis=0)) - (rest[4] - rest[[33, 263]].mean(axis=0))
    assert shift[:2] @ ahead > 0.1 * outer_eye_distance(rest)


def test_a_roll_tilts_to_the_sitters_right_shoulder() -> None:
    tilted = numbers()
    tilted.angles[-1, 2] = 0.3
    sitters_right, sitters_left = last(tilted)[[33, 263]]
    assert sitters_right[1] > sitters_left[1] + 10


def test_place_and_size_are_in_eye_distances() -> None:
    moved = replace(numbers(), shifts=np.array([[0, 0], [0, 0], [0.5, 0.25]]), scales=np.array([1, 1, 1.2]))
    rest, points = last(numbers()), last(moved)
    unit = outer_eye_distance(rest)
    shift = points[:468].mean(axis=0) - rest[:468].mean(axis=0)
    np.testing.assert_allclose(shift, [0.5 * unit, -0.25 * unit, 0], atol=0.1)
    assert outer_eye_distance(points) == pytest.approx(1.2 * unit, rel=1e-3)


def test_the_neutral_frame_is_zero(performance: Performance) -> None:
    curves, row = curves_of(performance), performance.neutral - 1
    assert curves.weights[row].max() < 0.02
    np.testing.assert_allclose(curves.angles[row], 0, atol=1e-6)
    np.testing.assert_allclose(curves.shifts[row], 0, atol=1e-6)
    assert curves.scales[row] == pytest.approx(1)
    assert ((curves.weights >= 0) & (curves.weights <= 1)).all()


def test_a_clip_replayed_from_its_numbers_moves_a_portrait_as_the_clip_does(
    portrait: Portrait, performance: Performance
) -> None:
    replayed, compositor = performance_of(curves_of(performance)), Compositor(PreparedPortrait(portrait))
    away, still = [], []
    for t in range(1, performance.frame_count + 1, 4):
        clip, by_numbers = (
            compositor.frame([Moment(driver, t)], Settings(mouth_transfer=0)).pose.moved
            for driver in (performance, replayed)
        )
        rims = np.unique(np.concatenate([MOUTH.contour, EYES[0][0].contour, EYES[1][0].contour]))
        away.append(np.linalg.norm(clip[rims, :2] - by_numbers[rims, :2], axis=1).mean() / portrait.unit)
        skull = list(SKULL)
        pose = best_similarity(portrait.points[skull, :2], clip[skull, :2])
        still.append(np.linalg.norm(clip[rims, :2] - pose(portrait.points[rims, :2]), axis=1).mean() / portrait.unit)
    assert np.mean(away) < 0.015 < np.mean(still)


def test_an_eye_that_the_driver_shuts_is_shut(performance: Performance) -> None:
    blink = int(openness(performance.points, EYES[0][0]).argmin())
    assert openness(performance.points[blink], EYES[0][0]) > 0.02  # as the tracker sees it
    assert openness(performance_of(curves_of(performance)).points[blink], EYES[0][0]) == pytest.approx(0, abs=0.01)


def test_lips_that_open_over_numbers_show_a_dark_inside(portrait: Portrait) -> None:
    performance = performance_of(numbers(jawOpen=0.6))
    frame = Compositor(PreparedPortrait(portrait)).frame([Moment(performance, 3)], Settings())
    middle = frame.pose.moved[[13, 14], :2].mean(axis=0).round().astype(int)
    inside = frame.picture[middle[1] - 2 : middle[1] + 3, middle[0] - 2 : middle[0] + 3].astype(float)
    assert mouth_gap(frame.pose.moved) > 0.2
    assert 0 < inside.mean() < 70
    assert np.ptp(inside, axis=-1).max() <= 2  # a grey portrait stays grey
