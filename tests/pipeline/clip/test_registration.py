"""The skin of a frame is found beside the tracked points, by its texture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.ratio_images import RatioImageExtractor
from portrait_addon.pipeline.clip.registration import FaceRegistration, borne_offsets, settle_offsets
from portrait_addon.pipeline.face.mesh import EACH_BROW, EYES, OUTER_LIPS, outer_eye_distance
from portrait_addon.pipeline.imaging.arrays import Float32Array, UInt8Array
from portrait_addon.pipeline.imaging.colour import encoded_luminance
from portrait_addon.pipeline.imaging.optical_flow import damped_flow, taken_back
from portrait_addon.pipeline.records.portrait import Portrait

RIGHT_BROW, LEFT_BROW = EACH_BROW
CHEEKS = (50, 280)


class Sitter:
    """A driver who moves while the tracker sees nothing of it."""

    def __init__(self, picture: UInt8Array, points: Float32Array) -> None:
        self.picture, self.points, self.unit = picture, points, outer_eye_distance(points)
        self.ratios = RatioImageExtractor(picture, points)

    def moved(self, indices: tuple[int, ...], shift: tuple[float, float], width: float = 0.12) -> UInt8Array:
        """The picture with the skin of some points moved, in outer-eye distances; the move fades out round them."""
        height, breadth = self.picture.shape[:2]
        near = np.ones((height, breadth), np.uint8)
        cv2.fillConvexPoly(near, cv2.convexHull(np.round(self.points[list(indices), :2]).astype(np.int32)), (0,))
        share = np.exp(-0.5 * (cv2.distanceTransform(near, cv2.DIST_L2, 5) / (width * self.unit)) ** 2)
        field = np.dstack(np.meshgrid(np.arange(breadth), np.arange(height))).astype(np.float32)
        back = field
        for _ in range(10):  # the inverse of the move, so that it is exact where it is large
            shares = cv2.remap(share.astype(np.float32), back, None, cv2.INTER_LINEAR)
            back = (field - shares[..., None] * np.array(shift) * self.unit).astype(np.float32)
        return cv2.remap(self.picture, back, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def offsets(self, frame: UInt8Array, glasses: Float32Array | None = None) -> NDArray[np.float64]:
        """What registration finds, in outer-eye distances."""
        ratios = self.ratios
        nothing = np.zeros_like(ratios.region)
        registration = FaceRegistration(
            ratios.face, ratios.neutral_grey, ratios.region, nothing if glasses is None else glasses
        )
        found = registration.offsets(encoded_luminance(ratios.seen(frame, self.points)), self.points)
        return np.asarray(found, np.float64) / self.unit


@pytest.fixture(scope="module")
def sitter(photograph: UInt8Array, portrait: Portrait) -> Sitter:
    return Sitter(photograph, np.asarray(portrait.points, np.float32))


def test_the_neutral_frame_stays(sitter: Sitter) -> None:
    assert np.abs(sitter.offsets(sitter.picture)).max() < 1e-5


@pytest.mark.parametrize(("rise", "least"), [(0.03, 0.02), (0.06, 0.045), (0.16, 0.12)])
def test_a_brow_is_found_where_it_rose(sitter: Sitter, rise: float, least: float) -> None:
    """Also when it rose by more than its own height, which no optical flow follows."""
    found = sitter.offsets(sitter.moved(LEFT_BROW, (0, -rise), max(0.12, rise)))
    up = -found[list(LEFT_BROW), 1]
    assert least < np.median(up) < 1.15 * rise
    assert np.abs(found[list(RIGHT_BROW)]).max() < 0.3 * rise


def test_a_brow_that_comes_down_and_inwards_is_found(sitter: Sitter) -> None:
    found = np.median(sitter.offsets(sitter.moved(RIGHT_BROW, (0.03, 0.04)))[list(RIGHT_BROW)], axis=0)
    assert 0.01 < found[0] < 0.035
    assert 0.025 < found[1] < 0.045


def test_lids_lips_and_irises_are_left_to_the_tracker(sitter: Sitter) -> None:
    frame = sitter.moved(OUTER_LIPS.contour, (0.03, 0.03))
    found = sitter.offsets(frame)
    for opening in (*(eye for eye, _ in EYES), OUTER_LIPS):
        assert np.abs(found[list(opening.contour)]).max() < 2e-3
    assert not found[468:].any()


def test_skin_that_is_lit_from_a_side_does_not_move(sitter: Sitter) -> None:
    across = np.linspace(0.6, 1.4, sitter.picture.shape[1])[None, :, None]
    lit = np.clip(sitter.picture * across, 0, 255).astype(np.uint8)
    assert np.abs(sitter.offsets(lit)).max() < 0.01


def test_noise_moves_no_skin(sitter: Sitter) -> None:
    noise = np.random.default_rng(0).normal(0, 8, sitter.picture.shape)
    assert np.abs(sitter.offsets(np.clip(sitter.picture + noise, 0, 255).astype(np.uint8))).max() < 0.01


def test_what_glasses_cover_is_not_registered(sitter: Sitter) -> None:
    found = sitter.offsets(sitter.moved(LEFT_BROW, (0, -0.05)), np.ones_like(sitter.ratios.region))
    assert not found.any()


@pytest.mark.parametrize("brightness", [10, 60, 90, 170, 210])
def test_a_thing_before_a_brow_moves_nothing_far(sitter: Sitter, brightness: int) -> None:
    """A hand before a brow is no brow that moved."""
    frame = sitter.picture.copy()
    x, y = sitter.points[list(LEFT_BROW), :2].mean(axis=0)
    reach = 0.25 * sitter.unit
    box = (round(x - reach), round(y - reach)), (round(x + reach), round(y + reach))
    cv2.rectangle(frame, *box, (brightness,) * 3, -1)
    assert np.abs(sitter.offsets(frame)).max() < 0.05


def test_a_portrait_is_spared_what_its_skin_may_not_bear() -> None:
    """A brow that rises far above large lids would comb out the short skin between another face's lid and brow."""
    found = np.zeros((478, 2), np.float32)
    found[:3] = (0, -1), (6, -8), (0, -40)
    borne = borne_offsets(found, 100.0)
    np.testing.assert_allclose(borne[0], found[0], rtol=0.02)
    lengths = np.linalg.norm(borne, axis=1)
    assert lengths[1] < 0.6 * 10
    assert lengths[1] < lengths[2] < 6
    np.testing.assert_allclose(borne[1] / lengths[1], (0.6, -0.8), atol=1e-6)
    assert not borne[3:].any()


def test_offsets_become_calm_and_the_neutral_frame_keeps_its_points() -> None:
    rng = np.random.default_rng(1)
    offsets = rng.normal(0, 1, (40, 478, 2)).astype(np.float32)
    noise = float(offsets.std())
    settle_offsets(offsets, 7, np.arange(40) / 25)
    assert not offsets[7].any()
    assert float(offsets.std()) < 0.65 * noise


def waves(shift: float = 0) -> Float32Array:
    """A picture with texture in both directions, moved to the right; its left half is plain."""
    y, x = np.indices((60, 90), np.float32)
    texture = np.sin((x - shift) / 4) + np.cos(y / 5) + np.sin((x - shift + y) / 6)
    return np.asarray(texture * np.clip((x - 40) / 10, 0, 1), np.float32)


def test_flow_follows_texture_and_keeps_what_was_expected_elsewhere() -> None:
    expected = np.zeros((60, 90, 2), np.float32)
    expected[..., 1] = 0.5
    flow = damped_flow(waves(), waves(1.5), np.ones_like(waves()), expected, [5, 3, 3], prior=1e-3, outlier=3)
    assert np.allclose(np.median(flow[10:50, 60:80], axis=(0, 1)), (1.5, 0), atol=0.1)
    assert np.allclose(flow[20:40, :15], (0, 0.5), atol=0.02)
    back = taken_back(waves(1.5), flow)
    assert np.abs(back - waves())[10:50, 60:80].mean() < 0.1


def test_flow_listens_only_where_it_may() -> None:
    silent = np.zeros_like(waves())
    flow = damped_flow(waves(), waves(1.5), silent, np.zeros((60, 90, 2), np.float32), [5, 3], prior=1e-3, outlier=3)
    assert not flow.any()
