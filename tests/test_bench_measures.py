"""The benchmark's figures agree with cases made by hand."""

import pickle

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.records.face import BLENDSHAPES
from tests.bench import measures
from tests.bench.lpips import Lpips


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
    with pytest.raises(pickle.UnpicklingError, match=r"print is no array"):
        Lpips(pickle.dumps(print))
