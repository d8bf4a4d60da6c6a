from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.face_region import face_region, wears_glasses
from portrait_addon.pipeline.clip.outliers import best_differences, outliers, reference_frame
from portrait_addon.pipeline.clip.ratio_images import FILTER_SIGMA, MISTRACKED, RatioImageExtractor, clean_log_ratios
from portrait_addon.pipeline.face.canonical_face import CANONICAL_EYE_DISTANCE, LONGEST_SIDE, CanonicalFace
from portrait_addon.pipeline.face.mesh import BROWS, EYES, MOUTH, OUTER_LIPS, RIGHT_EYE, SKIN_POINTS, outer_eye_distance
from portrait_addon.pipeline.frame.shading import Shading
from portrait_addon.pipeline.imaging.colour import encoded_luminance
from portrait_addon.pipeline.imaging.similarity import Similarity
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.tracking.landmarker import FaceTracker


@pytest.fixture(scope="module")
def rest(film: list[NDArray[Any]], tracker: FaceTracker) -> tuple[NDArray[Any], NDArray[Any]]:
    """The driver at rest, twice as large as filmed, and its points."""
    frame = cv2.resize(film[-1], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return frame, tracker.detect(frame)[0].points


@pytest.fixture(scope="module")
def recorder(rest: tuple[NDArray[Any], NDArray[Any]]) -> RatioImageExtractor:
    return RatioImageExtractor(*rest)


def log_ratio(recorder: RatioImageExtractor, frame: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    return recorder.log_ratio(recorder.seen(frame, points)).astype(np.float32)


def with_line(frame: NDArray[Any], points: NDArray[Any], shift: float = 0.0) -> NDArray[Any]:
    """A dark upright line on the sitter's left cheek, `shift` outer-eye distances further to the left."""
    x, y = points[425, :2] + (shift * np.linalg.norm(points[263, :2] - points[33, :2]), 0)
    drawn = frame.copy()
    cv2.line(drawn, (round(float(x)), round(float(y) - 18)), (round(float(x)), round(float(y) + 18)), (15, 15, 15), 7)
    return cv2.GaussianBlur(drawn, (0, 0), 2.0)


def on_line(recorder: RatioImageExtractor, points: NDArray[Any], shift: float = 0.0) -> NDArray[Any]:
    """Canonical pixels of that line."""
    blank = np.full((*recorder.neutral_picture.shape[:2],), 255, np.uint8)
    x, y = recorder.face.points[425] + (shift * recorder.face.unit, 0)
    reach = 14 * recorder.face.zoom
    cv2.line(blank, (round(x), round(y - reach)), (round(x), round(y + reach)), (0,), 1)
    return blank == 0


def test_canonical_face_is_large_enough_and_holds_the_face(
    rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor
) -> None:
    face = recorder.face
    assert face.unit == pytest.approx(CANONICAL_EYE_DISTANCE)
    assert (face.points[:SKIN_POINTS] > 0).all()
    assert (face.points[:SKIN_POINTS] < face.size).all()
    np.testing.assert_allclose(face.points / face.zoom + face.corner, rest[1][:, :2], atol=1e-3)


def test_small_driver_keeps_its_size(rest: tuple[NDArray[Any], NDArray[Any]]) -> None:
    face = CanonicalFace.of(rest[1] / 4)
    assert face.zoom == 1
    assert face.unit < CANONICAL_EYE_DISTANCE


@pytest.mark.parametrize("across", [1e-4, 1e6])
def test_canonical_face_is_bounded_whatever_the_points_say(
    rest: tuple[NDArray[Any], NDArray[Any]], across: float
) -> None:
    face = CanonicalFace.of(rest[1] * np.float32([across, 1e4, 1]))
    assert max(face.size) <= LONGEST_SIDE + 1
    assert min(face.size) >= 1


def test_identical_frames_have_the_ratio_1(
    rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor
) -> None:
    assert not log_ratio(recorder, *rest).any()


def test_moved_head_has_the_ratio_1(rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor) -> None:
    frame, points = rest
    turn = np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]])
    head = Similarity(turn, 1.05, np.array([20.0, -35.0]))
    matrix = np.column_stack([head.linear, head.translation])
    moved = cv2.warpAffine(frame, matrix, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    now = np.column_stack([head(points[:, :2]), points[:, 2]])
    log = log_ratio(recorder, moved, now)
    assert np.abs(log[recorder.region > 0]).mean() < 0.02


def test_exposure_is_no_expression(rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor) -> None:
    frame, points = rest
    darker = np.rint(255 * (frame / 255.0) ** 1.0 * 0.8).astype(np.uint8)
    log = log_ratio(recorder, darker, points)
    assert abs(np.median(log[recorder.region > 0.5])) < 0.01
    assert np.abs(log).mean() < 0.03


def test_region_is_skin(recorder: RatioImageExtractor) -> None:
    region = recorder.region
    assert region.min() == 0 and region.max() == pytest.approx(1, abs=1e-5)
    for contour in (eye.contour for eye, _ in EYES):
        mask = np.zeros(region.shape, np.uint8)
        cv2.fillPoly(mask, [recorder.face.contour(contour)], (1,))
        assert region[mask > 0].max() < 0.05
    brow = np.zeros(region.shape, np.uint8)
    cv2.fillConvexPoly(brow, cv2.convexHull(recorder.face.contour(BROWS[:10])), (1,))
    assert region[brow > 0].max() < 0.05
    lips = recorder.face.points[OUTER_LIPS.upper[4]].round().astype(int)
    assert region[lips[1], lips[0]] > 0.9  # they thin and stretch
    for point in (50, 280, 9):  # cheeks and forehead
        x, y = np.round(recorder.face.points[point]).astype(int)
        assert region[y, x] > 0.9
    assert not region[[0, -1]].any() and not region[:, [0, -1]].any()
    assert np.abs(np.diff(region, axis=0)).max() < 0.4  # a soft edge


def test_what_is_between_lips_that_part_is_not_shaded(rest: tuple[NDArray[Any], NDArray[Any]]) -> None:
    frame, points = rest
    opened = points.copy()
    opened[MOUTH.lower, 1] += 0.2 * outer_eye_distance(points)
    recorder = RatioImageExtractor(frame, opened)
    x, y = recorder.face.points[MOUTH.contour].mean(axis=0).round().astype(int)
    assert recorder.region[y, x] < 0.05


def test_region_repeats_exactly(recorder: RatioImageExtractor) -> None:
    first, second = (face_region(recorder.face, recorder.neutral_picture) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_line_that_appears_darkens(rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor) -> None:
    frame, points = rest
    log = log_ratio(recorder, with_line(frame, points), points)
    assert log[on_line(recorder, points)].mean() < -0.3
    x, y = np.round(recorder.face.points[50]).astype(int)
    assert abs(log[y, x]) < 0.05  # the other cheek


def test_line_that_appears_survives(rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor) -> None:
    frame, points = rest
    canonical = recorder.seen(with_line(frame, points), points)
    keep = recorder.without_outliers(recorder.log_ratio(canonical), encoded_luminance(canonical))
    assert keep[on_line(recorder, points)].min() > 0.9


@pytest.mark.parametrize("shift", [-0.05, -0.07, -0.085, -0.1])
def test_line_that_only_moves_is_dropped(rest: tuple[NDArray[Any], NDArray[Any]], shift: float) -> None:
    """By whole canonical pixels or by halves."""
    frame, points = rest
    recorder = RatioImageExtractor(with_line(frame, points), points)
    canonical = recorder.seen(with_line(frame, points, shift), points)
    raw = recorder.log_ratio(canonical)
    lines = [on_line(recorder, points), on_line(recorder, points, shift)]
    assert raw[lines[0]].mean() > 0.2 and raw[lines[1]].mean() < -0.2
    keep = recorder.without_outliers(raw, encoded_luminance(canonical))
    assert keep[lines[1]].mean() < 0.1
    assert keep[lines[0]].mean() < 0.2
    x, y = np.round(recorder.face.points[50]).astype(int)
    assert keep[y, x] > 0.99  # what lies far away stays


def test_line_that_moves_too_far_is_another_line(rest: tuple[NDArray[Any], NDArray[Any]]) -> None:
    frame, points = rest
    recorder = RatioImageExtractor(with_line(frame, points, 0.1), points)
    canonical = recorder.seen(with_line(frame, points, -0.26), points)
    keep = recorder.without_outliers(recorder.log_ratio(canonical), encoded_luminance(canonical))
    assert keep[on_line(recorder, points, -0.26)].mean() > 0.9


def test_no_significant_ratio_is_no_outlier() -> None:
    grey = np.random.default_rng(0).integers(60, 200, (60, 50), dtype=np.uint8)
    assert not outliers(np.full(grey.shape, 1.09, np.float32), grey, grey, 30.0).any()


def test_best_difference_searches_the_window() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (40, 60), dtype=np.uint8)
    moved = np.roll(picture, (2, 3), axis=(0, 1))
    inner = (slice(12, -12), slice(12, -12))
    everywhere = np.ones(picture.shape, bool)
    assert not best_differences(moved, picture, 3, everywhere)[inner].any()
    assert best_differences(moved, picture, 2, everywhere)[inner].min() > 10


def test_best_difference_is_that_of_the_best_patch() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (40, 60), dtype=np.uint8)
    other = np.random.default_rng(2).integers(0, 255, (40, 60), dtype=np.uint8)
    patch, fine = picture[17:24, 27:34].astype(float), np.zeros((80, 120))
    around = other.astype(float)
    for y in range(80):
        for x in range(120):  # every half pixel
            mean = around[y // 2 : y // 2 + 1 + y % 2, x // 2 : x // 2 + 1 + x % 2].mean()
            fine[y, x] = np.floor(mean + 0.5)
    places = [(34 + y, 54 + x) for y in range(-2, 3) for x in range(-2, 3)]
    wanted = min(np.abs(patch - fine[y : y + 14 : 2, x : x + 14 : 2]).mean() for y, x in places)
    here = np.zeros(picture.shape, bool)
    here[20, 30] = True
    assert best_differences(picture, other, 1, here)[20, 30] == pytest.approx(wanted, abs=0.5)


def test_reference_is_the_frame_that_deforms_most(face: NDArray[Any]) -> None:
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    clip = np.stack([face] * 4)
    clip[1, :, :2] = Similarity(turn, 1.4, np.array([50.0, 20]))(face[:, :2])  # a head that merely moves
    clip[2, MOUTH.lower, 1] += 8
    clip[3, MOUTH.lower, 1] += 4
    assert reference_frame(clip, face) == 2


@pytest.mark.parametrize("rate", [25, 30, 50])
def test_filter_keeps_its_duration(rate: int) -> None:
    frames = 8 * rate // 2
    raw = np.zeros((frames, 2, 2), np.float16)
    raw[frames // 2] = 0.5
    clean = (
        2
        * clean_log_ratios(raw, np.ones((2, 2), np.float32), np.zeros((2, 2), np.float32), 1 / rate).astype(np.float64)[
            :, 0, 0
        ]
    )
    seconds = (np.arange(frames) - frames // 2) / rate
    assert clean.sum() == pytest.approx(1, abs=0.01)
    assert np.sqrt((clean * seconds**2).sum() / clean.sum()) == pytest.approx(FILTER_SIGMA / 25, rel=0.05)
    assert np.argmax(clean) == frames // 2


def test_a_frown_of_half_a_second_outlives_the_filter() -> None:
    raw = np.zeros((61, 1, 1), np.float16)
    raw[24:37] = -0.4
    clean = clean_log_ratios(raw, np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32), 0.04)[:, 0, 0]
    assert clean[30] == pytest.approx(-0.4, rel=0.01)
    assert not clean[:20].any() and not clean[41:].any()


def test_what_is_too_strong_for_skin_does_not_count() -> None:
    """Hair that falls into the face, a hand, teeth where lips were."""
    raw = np.array([-1.5, -0.6, 0.6, 1.5], np.float16).reshape(1, 1, 4)
    clean = clean_log_ratios(raw, np.ones((1, 4), np.float32), np.zeros((1, 4), np.float32), None)
    np.testing.assert_allclose(clean[0, 0], [0, -0.6, 0.6, 0], atol=1e-3)


def test_what_is_too_strong_for_skin_does_not_count_in_another_exposure_either(
    rest: tuple[NDArray[Any], NDArray[Any]], recorder: RatioImageExtractor
) -> None:
    """A white cloth before the cheek of a driver who was filmed in the dark, and then in more light."""
    frame, points = rest
    dark = RatioImageExtractor(np.asarray(frame // 6), points)
    covered = frame // 3
    x, y = points[425, :2].round().astype(int)
    cv2.circle(covered, (int(x), int(y)), 30, (255, 255, 255), -1)
    raw = log_ratio(dark, covered, points)
    x, y = dark.face.points[425].round().astype(int)
    assert raw[y, x] > 1.4
    assert not clean_log_ratios(raw[None].astype(np.float16), dark.region, 0 * raw, None)[0, y, x]


def test_glasses_are_seen_and_their_frame_does_not_count(rest: tuple[NDArray[Any], NDArray[Any]]) -> None:
    frame, points = rest
    worn = frame.copy()
    unit = float(np.linalg.norm(points[33, :2] - points[263, :2]))
    for eye, _ in EYES:
        x, y = points[eye.contour, :2].mean(axis=0)
        centre, size = (round(float(x)), round(float(y + 0.02 * unit))), (round(0.27 * unit), round(0.2 * unit))
        cv2.ellipse(worn, centre, size, 0, 0, 360, (25, 20, 20), max(2, round(0.04 * unit)), cv2.LINE_AA)
    bridge = [tuple(np.round(points[point, :2]).astype(int).tolist()) for point in (133, 362)]
    cv2.line(worn, *bridge, (25, 20, 20), max(2, round(0.04 * unit)), cv2.LINE_AA)
    bare, glasses = (RatioImageExtractor(picture, points) for picture in (frame, worn))
    assert not wears_glasses(bare.face, np.log(bare._neutral_light))
    assert wears_glasses(glasses.face, np.log(glasses._neutral_light))
    low = glasses.face.points[RIGHT_EYE.contour].mean(axis=0) + np.array([0, 0.22 * glasses.face.unit])
    x, y = low.round().astype(int)
    assert glasses.region[y, x] < 0.1 < 0.9 < bare.region[y, x]


def test_clip_without_filter_is_only_masked() -> None:
    raw = np.random.default_rng(3).normal(0, 0.2, (9, 4, 5)).astype(np.float16)
    keep = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)
    np.testing.assert_allclose(clean_log_ratios(raw, keep, np.zeros_like(keep), None), raw * keep, atol=1e-3)


def test_a_ratio_that_an_error_of_the_points_explains_does_not_count() -> None:
    raw = np.array([-0.5, -0.1, 0.05, 0.15, 0.2, 0.5], np.float16).reshape(1, 1, 6)
    clean = clean_log_ratios(raw, np.ones((1, 6), np.float32), np.full((1, 6), 0.1, np.float32), None)
    np.testing.assert_allclose(clean[0, 0], [-0.5, 0, 0, 0.075, 0.2, 0.5], atol=2e-3)


def test_edges_of_the_neutral_frame_explain_what_a_small_shift_makes_of_them(
    film: list[NDArray[Any]], performance: Performance
) -> None:
    """The neutral frame itself, with points that are off by half the error that is reckoned with."""
    row = performance.neutral - 1
    points = performance.points[row]
    recorder = RatioImageExtractor(film[row], points)
    off = points + np.float32([0.5 * MISTRACKED * outer_eye_distance(points), 0, 0])
    raw = recorder.log_ratio(recorder.seen(film[row], off))[None]
    clean = clean_log_ratios(raw, recorder.region, recorder.explained(), None)
    clean = clean * (1 - recorder.lips)  # lips are edges all over, and count
    assert np.abs(raw).max() > 0.05
    assert np.abs(clean).mean() < 0.02 * np.abs(raw).mean()


EVEN = np.ones(3, np.float32)


def even(recorder: RatioImageExtractor, value: float) -> NDArray[Any]:
    width, height = recorder.face.size
    return np.full((height, width), value, np.float32)


@pytest.mark.parametrize(
    ("ratio", "strength", "gain"),
    [
        (2.0, 1.0, 1.01),  # of a brightening, one hundredth stays
        (1.1, 1.0, 1.001),
        (0.5, 1.0, 0.5),  # darkening stays
        (0.5, 2.0, 0.25),
        (0.5, 0.5, 0.5**0.5),
        (2.0, 2.0, 1.01**2),
    ],
)
def test_gain(recorder: RatioImageExtractor, ratio: float, strength: float, gain: float) -> None:
    shading = Shading(recorder.face, even(recorder, np.log(ratio)), strength, 0.01, EVEN)
    field = np.full((3, 4, 2), 20, np.float32)
    covered = np.ones((3, 4), bool)
    covered[1] = False
    found = np.exp(shading.log_gain(field, covered))
    np.testing.assert_allclose(found[0], gain, rtol=1e-5)
    np.testing.assert_array_equal(found[1], 1)


def test_brightening_is_kept_by_its_share(recorder: RatioImageExtractor) -> None:
    at, covered = np.full((1, 1, 2), 20, np.float32), np.ones((1, 1), bool)

    def gain(ratio: float, brightening: float) -> float:
        shading = Shading(recorder.face, even(recorder, np.log(ratio)), 1.0, brightening, EVEN)
        return float(np.exp(shading.log_gain(at, covered))[0, 0, 0])

    assert gain(1.05, 1.0) == pytest.approx(1.05, rel=0.002)
    assert gain(1.1, 0.5) == pytest.approx(1.05, rel=0.002)
    assert gain(1.3, 1.0) > gain(1.3, 0.5) > gain(1.3, 0.0) == 1


def test_channels_follow_their_own_powers(recorder: RatioImageExtractor) -> None:
    shading = Shading(recorder.face, even(recorder, np.log(0.5)), 2.0, 1.0, np.array([1.3, 1.1, 0.7], np.float32))
    found = np.exp(shading.log_gain(np.full((1, 1, 2), 20, np.float32), np.ones((1, 1), bool)))
    np.testing.assert_allclose(found[0, 0], [0.25**1.3, 0.25**1.1, 0.25**0.7], rtol=1e-5)


def test_no_gain_where_nothing_changes(recorder: RatioImageExtractor) -> None:
    field, covered = np.full((3, 4, 2), 20, np.float32), np.ones((3, 4), bool)
    assert Shading(recorder.face, even(recorder, 0.0), 1.0, 1.0, EVEN).log_gain(field, covered) is None
    assert Shading(recorder.face, even(recorder, -0.5), 0.0, 1.0, EVEN).log_gain(field, covered) is None


def test_no_gain_outside_the_canonical_picture(recorder: RatioImageExtractor) -> None:
    shading = Shading(recorder.face, even(recorder, -0.5), 1.0, 1.0, EVEN)
    outside = np.full((2, 2, 2), -50, np.float32)
    assert not shading.log_gain(outside, np.ones((2, 2), bool)).any()
