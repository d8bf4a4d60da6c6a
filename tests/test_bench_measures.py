"""The benchmark's figures agree with cases made by hand."""

import pickle
from dataclasses import replace
from pkgutil import resolve_name

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import BROWS, LEFT_EYE, MOUTH, OUTER_LIPS, canonical_skin
from portrait_addon.pipeline.records.face import BLENDSHAPES
from portrait_addon.pipeline.records.settings import Settings
from tests.bench import face_measures, geometry, measures
from tests.bench import identity as identity_test
from tests.bench.graded import graded
from tests.bench.lpips import Lpips
from tests.bench.moving_target import flicker
from tests.bench.report import graded_shares
from tests.bench.rules import PACKAGE, RULES, Rule
from tests.bench.self_reenactment import GRADED
from tests.bench.subjects import PRODUCT


def noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (40, 50, 3)).astype(np.uint8)


def identity(size: int = 20) -> NDArray[np.float32]:
    return np.asarray(np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1), np.float32)


def test_differences() -> None:
    black, grey = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 51, np.uint8)
    assert measures.mean_difference(black, grey) == pytest.approx(0.2)
    assert measures.psnr([measures.mean_square(black, grey)]) == pytest.approx(20 * np.log10(5))


def test_ssim() -> None:
    assert measures.ssim(noise(1), noise(1)) == pytest.approx(1)
    assert abs(measures.ssim(noise(1), noise(2))) < 0.05
    # Without structure only the first factor is left.
    dark, bright = np.full((9, 9, 3), 100, np.uint8), np.full((9, 9, 3), 200, np.uint8)
    c1 = (0.01 * 255) ** 2
    assert measures.ssim(dark, bright) == pytest.approx((2 * 100 * 200 + c1) / (100**2 + 200**2 + c1))


def test_point_distance_is_in_pixels_of_the_small_picture() -> None:
    still, moved = np.zeros((478, 3)), np.zeros((478, 3))
    moved[measures.LIPS, 0] = 4
    every, lips = measures.point_distance(still, moved, (512, 300))
    assert lips == pytest.approx(1)  # 4 pixels, halved by scale, and by the coordinate that did not move
    assert every == pytest.approx(40 / 478)
    assert np.isnan(measures.point_distance(still, None, (512, 300))).all()


def test_flow_finds_a_shift() -> None:
    picture = np.asarray(cv2.GaussianBlur(noise(3), (0, 0), 2), np.uint8)
    before = measures.grey(measures.scaled(picture, 256))
    now = np.roll(before, 3, axis=1)
    assert np.median(measures.flow(before, now)[..., 0]) == pytest.approx(3, abs=0.3)


def test_folds_and_occlusion_edges() -> None:
    field, layers = identity(), np.zeros((20, 20), np.uint8)
    assert not measures.folds(field).any()
    assert not measures.occlusion_edges(field, layers).any()
    assert measures.roughness(field)[1:-1, 1:-1].max() == 0
    field[:, 10:, 0] -= 2  # the right half goes back by two pixels: a fold in one column
    assert measures.folds(field).sum(axis=1).tolist() == [1] * 19
    assert not measures.occlusion_edges(field, layers).any()
    layers[:, 10:] = 1
    assert (measures.occlusion_edges(field, layers) == measures.folds(field)).all()
    field[:, 10:, 0] += 10
    assert measures.occlusion_edges(field, np.zeros_like(layers)).sum(axis=1).tolist() == [1] * 19


def test_expressions_and_what_carries_over() -> None:
    shapes = np.zeros(52)
    shapes[[BLENDSHAPES.index(name) for name in ("jawOpen", "eyeBlinkLeft", "browDownLeft")]] = 0.5, 1, 0.2
    assert measures.expressions(shapes) == {"mouth_open": 0.5, "blink": 0.5, "smile": 0, "brow": -0.1}
    driver = np.array([0.0, 1, 0, 1])
    assert measures.gain(driver / 2, driver) == pytest.approx(0.5)
    assert measures.correlation(driver / 2 + 1, driver) == pytest.approx(1)
    assert np.isnan(measures.correlation(np.ones(4), driver))
    assert measures.slope(driver / 2 + 1, driver) == pytest.approx(0.5)
    assert measures.slope(np.array([1.0, 1, 0, 0]), driver) == pytest.approx(0)
    assert np.isnan(measures.slope(driver, np.ones(4)))


def test_chroma_and_background() -> None:
    picture = np.full((100, 100, 3), 90, np.uint8)
    assert measures.chroma_leak(picture) == 0
    picture[5, 5, 2] = 92
    assert measures.chroma_leak(picture) == 2
    far = measures.far_from_face(np.array([[48.0, 50], [52, 50]]), (100, 100))
    assert not far[50, 50] and not far[50, 55]
    assert far[50, 58] and far[0, 0]


def test_sharpness_falls_with_blur() -> None:
    corners = np.array([[5.0, 5], [35, 35]])
    blurred = cv2.GaussianBlur(noise(4), (0, 0), 2)
    assert measures.sharpness(np.asarray(blurred, np.uint8), corners) < measures.sharpness(noise(4), corners)


def test_precision_and_recall() -> None:
    found, true = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 1], bool)
    assert measures.precision_recall(found, true) == pytest.approx((1 / 2, 1 / 3))
    assert np.isnan(measures.precision_recall(found & ~found, true)[0])


def test_weights_hold_arrays_and_no_code() -> None:
    random = np.random.default_rng(0)
    sizes = [(11, 3, 64), (5, 64, 192), (3, 192, 384), (3, 384, 256), (3, 256, 256)]
    layers = {
        f"Conv_{k}": {
            "kernel": random.normal(0, 0.05, (side, side, before, after)).astype(np.float32),
            "bias": np.zeros(after, np.float32),
        }
        for k, (side, before, after) in enumerate(sizes)
    }
    heads = {
        f"NetLinLayer_{k}": {"Conv_0": {"kernel": np.ones((1, 1, after, 1), np.float32)}}
        for k, (_, _, after) in enumerate(sizes)
    }
    weights = pickle.dumps({"AlexNet_0": layers} | heads, protocol=3).replace(b"numpy._core", b"numpy.core")
    network = Lpips(weights)
    a, b = (network.features(measures.scaled(noise(seed), 96)) for seed in (1, 2))
    assert network.distance(a, a) == 0
    assert network.distance(a, b) > 0
    # The layers' maps are enlarged: about the same mean.
    assert network.distances(a, b, (96, 96)).mean() == pytest.approx(network.distance(a, b), rel=0.05)
    with pytest.raises(pickle.UnpicklingError, match=r"print is no array"):
        Lpips(pickle.dumps(print))


def face(size: float = 100) -> NDArray[np.float32]:
    """MediaPipe's canonical face as a picture shows it, the outer eye corners `size` apart; irises in the eyes."""
    skin = canonical_skin()[:, :2] * (1, -1)
    points = np.vstack([skin, np.repeat([skin[[33, 133]].mean(axis=0), skin[[263, 362]].mean(axis=0)], 5, axis=0)])
    points *= size / np.linalg.norm(points[33] - points[263])
    return np.asarray(points - points.min(axis=0) + size / 2, np.float32)


def test_the_cut_out_face_is_the_same_at_any_size() -> None:
    small, large = face(60), face(150)
    cuts = [face_measures.Cut.round(points) for points in (small, large)]
    placed = [cut.points(points) for cut, points in zip(cuts, (small, large), strict=True)]
    assert placed[0] == pytest.approx(placed[1], abs=1e-3)
    extent = np.ptp(placed[0], axis=0).max()
    assert extent == pytest.approx(face_measures.SIDE / face_measures.GROWTH)
    assert (placed[0].max(axis=0) + placed[0].min(axis=0)) / 2 == pytest.approx([128, 128], abs=1e-3)
    # What it shows is where its points are.
    picture = np.zeros((400, 400, 3), np.uint8)
    x, y = np.round(large[4]).astype(int)
    picture[y, x] = 255
    seen = measures.grey(cuts[1].picture(picture))
    brightest = np.unravel_index(seen.argmax(), seen.shape)[::-1]
    assert brightest == pytest.approx(placed[1][4], abs=1)


def test_regions_of_a_face_lie_apart_and_where_their_points_are() -> None:
    points = face()
    found = face_measures.regions(points, (400, 400))
    assert np.sum(list(found.values()), axis=0).max() == 1

    def at(index: int) -> list[str]:
        x, y = np.round(points[index]).astype(int)
        return [name for name, mask in found.items() if mask[y, x]]

    assert [at(index) for index in (13, 159, 105, 50)] == [["mouth"], ["eyes"], ["brows"], ["skin"]]
    top = np.round(points[10]).astype(int)
    rim = found["rim"][:, top[0]]
    assert rim[: top[1]].sum() == pytest.approx(100 * face_measures.RIM, abs=1)


def test_point_errors_are_in_per_cent_of_the_eye_distance() -> None:
    true, found = face(), face()
    found[measures.LIPS, 0] += 3
    found[list(BROWS), 1] += 1
    errors = face_measures.point_errors(found, true)
    assert errors == pytest.approx({"AKD_lips": 3, "AKD_eyes": 0, "AKD_brows": 1}, abs=1e-4)
    assert all(np.isnan(list(face_measures.point_errors(None, true).values())))


def test_shading_is_compared_on_the_skin_alone() -> None:
    skin, points = face_measures.shaded_skin(face(), (400, 400)), face()
    for index, is_skin in ((50, True), (151, True), (13, False), (159, False), (105, False), (152, False)):
        x, y = np.round(points[index]).astype(int)
        assert skin[y, x] == is_skin


def test_shading_band_sees_a_crease_and_neither_light_nor_grain() -> None:
    flat = np.full((200, 200, 3), 150, np.uint8)
    dimmed, grainy, creased = flat // 2, flat.copy(), flat.copy()
    grainy[::2] += 1
    creased[96:104] -= 30
    bands = [face_measures.shading_band(picture, 100) for picture in (flat, dimmed, grainy, creased)]
    assert [np.abs(band).max() < 0.01 for band in bands] == [True, True, True, False]
    assert bands[3][100, 100] == bands[3].min()


def test_gain_and_correlation_of_shading() -> None:
    true = np.random.default_rng(5).normal(0, 0.1, 1000)
    other = np.random.default_rng(6).normal(0, 0.1, 1000)
    half = face_measures.shading_figures([face_measures.Shading.of(true, true / 2)])
    assert half == pytest.approx({"shading_gain": 0.5, "shading_r": 1})
    none = face_measures.shading_figures([face_measures.Shading.of(true, other)])
    assert none == pytest.approx({"shading_gain": 0, "shading_r": 0}, abs=0.1)
    # Of many frames those with the most true shading count.
    strong = [face_measures.Shading.of(true, true)] * face_measures.STRONGEST
    weak = [face_measures.Shading.of(0.9 * true, other)] * 20
    assert face_measures.shading_figures([*weak, *strong])["shading_gain"] == pytest.approx(1)


def test_geometry_is_told_apart_by_part_and_without_the_head() -> None:
    rest = face()
    assert geometry.shape(rest, rest) == pytest.approx(dict.fromkeys(geometry.PARTS, 0), abs=1e-5)
    turn = 1.3 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    moved = rest.copy()
    moved[list(BROWS), 1] -= 4
    moved[OUTER_LIPS.corners[1], 0] += 6
    moved[MOUTH.lower, 1] += 10
    moved[LEFT_EYE.lower, 1] += 5
    expected = {"lids": 0.025, "lips": 0.1, "smile": 0.06, "brows": 0.04}
    assert geometry.shape(moved @ np.asarray(turn.T, np.float32) + 20, rest) == pytest.approx(expected, abs=3e-3)


def test_geometry_that_carries_over() -> None:
    driver = [{"lids": 0.0, "lips": value, "smile": -value, "brows": 0.1 * value} for value in (0, 0.05, 0.1)]
    output = [{part: 0.6 * value + 0.01 for part, value in frame.items()} for frame in driver]
    carried = geometry.carried_over(output, driver)
    assert carried == pytest.approx({"lips_gain": 0.6, "lips_r": 1, "smile_gain": 0.6, "smile_r": 1})
    assert geometry.carried_over([], []) == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_switched_off_and_on_again(rule: Rule) -> None:
    targets = [resolve_name(f"{PACKAGE}.{target.rpartition('.')[0]}") for target in rule.patches]
    names = [target.rpartition(".")[2] for target in rule.patches]
    before = [getattr(triangle_ids, name) for triangle_ids, name in zip(targets, names, strict=True)]
    with rule.switched_off():
        for triangle_ids, name, value in zip(targets, names, before, strict=True):
            assert getattr(triangle_ids, name) is not value
    assert [getattr(triangle_ids, name) for triangle_ids, name in zip(targets, names, strict=True)] == before
    assert replace(Settings(), **rule.settings) != Settings() or rule.patches


def closed_face() -> NDArray[np.float64]:
    """A face of 100 pixels between the outer eye corners, whose inner lips meet."""
    face = canonical_skin().astype(np.float64)
    points = np.zeros((478, 3))
    points[:468] = 100 * face / np.linalg.norm(face[33, :2] - face[263, :2]) + 200
    points[MOUTH.upper] = points[MOUTH.lower] = (points[MOUTH.upper] + points[MOUTH.lower]) / 2
    return points


def test_misses_are_told_in_per_cent_of_the_outer_eye_distance() -> None:
    driver, moved = closed_face(), closed_face()
    moved[MOUTH.upper[2], 0] += 3
    moved[LEFT_EYE.lower[1], 1] -= 4
    misses = identity_test.point_misses(moved, driver)
    assert misses["lips"].max() == pytest.approx(3) and misses["lids"].max() == pytest.approx(4)
    assert np.count_nonzero(misses["lips"]) == np.count_nonzero(misses["lids"]) == 1


def test_the_inside_of_a_mouth_keeps_off_the_lips() -> None:
    points = closed_face()
    assert not identity_test.inside_lips(points, (400, 400)).any()
    points[MOUTH.lower, 1] += 10
    inside = identity_test.inside_lips(points, (400, 400))
    column = round(float(points[MOUTH.upper[len(MOUTH.upper) // 2], 0]))
    rows = np.flatnonzero(inside[:, column])
    assert len(rows) == pytest.approx(10 - 2 * 2, abs=1)  # .02 of 100 pixels from either lip


def test_portraits_are_taken_at_rest_in_speech_and_in_a_smile() -> None:
    points, scores = np.stack([closed_face()] * 11), np.zeros((11, len(BLENDSHAPES)))
    points[:, MOUTH.lower, 1] += np.arange(11)[:, None]
    scores[3, [BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight")]] = 0.8
    found = np.ones(11, bool)
    rows = identity_test.portrait_rows(points, scores, found)
    assert rows == {"first": 0, "middle": 5, "speech": 9, "smile": 3}
    found[[0, 3]] = False
    rows = identity_test.portrait_rows(points, scores, found)
    assert rows["first"] == 1 and rows["smile"] != 3


def test_shading_is_compared_without_what_both_pictures_have() -> None:
    truth, unshaded = (np.full((400, 400, 3), 128, np.uint8) for _ in range(2))
    points = closed_face()
    skin = face_measures.shaded_skin(points, truth.shape)
    y, x = np.argwhere(skin).mean(axis=0).round().astype(int)
    cv2.circle(truth, (int(x), int(y)), 6, (100, 100, 100), -1)
    picture = cv2.addWeighted(truth, 0.5, unshaded, 0.5, 0)
    figures = face_measures.shading_figures([face_measures.Shading.between(truth, picture, unshaded, points)])
    assert figures["shading_gain"] == pytest.approx(0.5, abs=0.06)
    assert figures["shading_r"] == pytest.approx(1, abs=0.01)


def test_flicker_is_what_one_frame_has_alone() -> None:
    steady = [np.full((6, 8), value, np.uint8) for value in (100, 110, 120)]
    mask = np.zeros((6, 8), bool)
    mask[2:4] = True
    assert measures.flicker(steady, mask) == 0
    steady[1][mask] += 9
    assert measures.flicker(steady, mask) == 9
    assert measures.flicker(steady, ~mask) == 0


def test_a_graded_frame_is_half_as_large_darker_paler_and_warmer() -> None:
    grey = graded(np.full((8, 6, 3), 128, np.uint8))
    assert grey.shape == (4, 3, 3)
    value = 255 * (128 / 255) ** 1.3
    np.testing.assert_allclose(grey[0, 0], [0.85 * value, value, 1.1 * value], atol=0.51)
    blue = graded(np.full((2, 2, 3), (200, 100, 100), np.uint8))[0, 0] / (0.85, 1.0, 1.1)
    before = 255 * (np.array([200, 100]) / 255) ** 1.3
    assert blue[0] - blue[1] == pytest.approx(0.7 * (before[0] - before[1]), abs=1.1)


def test_a_graded_driver_is_told_as_a_share_of_the_plain_one() -> None:
    plain = {"SSIM": 0.9, "LPIPS": 0.02, "AKD_lips": 0.5, "mouth_open": float("nan")}
    rows = {PRODUCT.name: plain, GRADED: {"SSIM": 0.88, "LPIPS": 0.03, "AKD_lips": 0.5, "mouth_open": float("nan")}}
    shares = graded_shares({"clip": rows})
    assert shares["1 - SSIM"]["clip"] == pytest.approx(1.2)
    assert shares["LPIPS"]["clip"] == pytest.approx(1.5) and shares["AKD_lips"]["clip"] == 1
    assert "mouth_open" not in shares and "SSIM" not in shares


def test_a_mouth_flickers_as_much_as_its_picture_changes() -> None:
    points = canonical_skin() * [20.0, -20.0, 1.0]
    points = np.pad(points - points.min(axis=0) + 40, ((0, 10), (0, 0)))
    noise = np.random.default_rng(0).integers(0, 256, (2, 500, 500, 3)).astype(np.uint8)
    picture, other = (np.asarray(cv2.GaussianBlur(some, (0, 0), 6), np.uint8) for some in noise)
    assert flicker([picture] * 3, [points] * 3) == pytest.approx(0, abs=1e-9)
    shifted = np.asarray(np.roll(picture, 7, axis=1), np.uint8)
    assert (
        flicker([picture, shifted], [points, points + np.array([7.0, 0.0, 0.0])]) < 0.01
    )  # it is cut out where the lips are
    assert flicker([picture, other], [points] * 2) > 0.5
    assert flicker([picture, picture, other], [points, points, None]) == pytest.approx(0, abs=1e-9)
