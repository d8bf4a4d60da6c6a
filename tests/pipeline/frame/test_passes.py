"""What each pass means, on real pictures and clips."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait_addon import srgb
from portrait_addon.pipeline.face.mesh import FACE_OVAL, MOUTH, NOSE_TIP, OUTER_EYE_CORNERS, OUTER_LIPS
from portrait_addon.pipeline.face.pose import Pose
from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.frame.depth import FrameDepth
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.passes import PASSES
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.composing import compose

ALL = tuple(item.name for item in PASSES)
SPEAKING, BLINKING = 5, 13
STRONG = Settings(wrinkles=2.4)


@pytest.fixture(scope="module", params=["photograph", "painting"])
def sitter(request: pytest.FixtureRequest, tracker: FaceTracker) -> Portrait:
    picture = request.getfixturevalue(request.param)
    size = (384, round(384 * picture.shape[0] / picture.shape[1]))
    return analyse_portrait(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), tracker)


@pytest.fixture(scope="module", params=[SPEAKING, BLINKING], ids=["speaking", "blinking"])
def t(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def frame(t: int, sitter: Portrait, performance: Performance) -> Frame:
    return compose(sitter, performance, STRONG, t, ALL)


@pytest.fixture(scope="module")
def moved(t: int, sitter: Portrait, performance: Performance) -> NDArray[Any]:
    return control_points(sitter, performance, Pair.of(sitter, performance), STRONG, t).face


def encoded(layer: NDArray[Any]) -> NDArray[Any]:
    """BGR 0..255 of a layer in linear light, straight."""
    colours = layer[..., :3].astype(np.float32)
    if layer.shape[2] == 4:
        colours = colours / np.maximum(layer[..., 3:], 1e-6)
    return 255 * srgb.linear_to_srgb(colours)[..., ::-1]


def looked_up(picture: NDArray[Any], st_map: NDArray[Any]) -> NDArray[Any]:
    """An independent lookup, bicubic and in whole floats: Keys' kernel with the slope of OpenCV's."""
    height, width = picture.shape[:2]
    x, y = st_map[..., 0] * width - 0.5, (1 - st_map[..., 1]) * height - 0.5

    def weights(share: NDArray[Any]) -> NDArray[Any]:
        distance = np.abs(share[..., None] - np.arange(-1, 3))
        near = (1.25 * distance - 2.25) * distance**2 + 1
        far = -0.75 * (((distance - 5) * distance + 8) * distance - 4)
        return np.where(distance <= 1, near, np.where(distance < 2, far, 0))

    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = weights(x - left), weights(y - top)
    seen = np.zeros((*x.shape, 3))
    for row in range(4):
        for column in range(4):
            there = picture[np.clip(top + row - 1, 0, height - 1), np.clip(left + column - 1, 0, width - 1)]
            seen += (down[..., row] * across[..., column])[..., None] * there
    return seen


def over(layer: NDArray[Any], below: NDArray[Any]) -> NDArray[Any]:
    """A layer over a picture, both as encoded."""
    alpha = layer[..., 3:].astype(np.float32)
    return below + alpha * (encoded(layer) - below)


def test_picture_is_the_same_with_passes_and_without(
    frame: Frame, sitter: Portrait, performance: Performance, t: int
) -> None:
    alone = compose(sitter, performance, STRONG, t)
    assert not alone.passes
    np.testing.assert_array_equal(frame.picture, alone.picture)


def test_only_what_is_asked_for_is_made(sitter: Portrait, performance: Performance, frame: Frame, t: int) -> None:
    assert tuple(frame.passes) == ALL
    for name in frame.passes:
        (made,) = compose(sitter, performance, STRONG, t, [name]).passes.items()
        assert made[0] == name
        np.testing.assert_array_equal(made[1], frame.passes[name])


def test_st_map_looks_up_the_warped_picture(frame: Frame, sitter: Portrait) -> None:
    rebuilt = over(frame.passes["patches"], looked_up(sitter.picture, frame.passes["st_map"]))
    apart = np.abs(rebuilt - encoded(frame.passes["step2"]))
    assert apart.mean() < 1
    assert np.percentile(apart, 99) < 6


def test_st_map_is_absolute_and_whole(frame: Frame, sitter: Portrait, performance: Performance) -> None:
    st_map = frame.passes["st_map"]
    assert st_map.dtype == np.float32
    assert (st_map > 0).all() and (st_map <= 1).all()
    still = compose(sitter, performance, Settings(head_motion=0, expression=0), 1, ["st_map"]).passes["st_map"]
    width, height = sitter.size
    np.testing.assert_allclose(still[:, 3, 0], 3.5 / width, atol=0.05 / width)
    np.testing.assert_allclose(still[2, :, 1], 1 - 2.5 / height, atol=0.05 / height)
    assert (still[..., 2] == 1).all()


def test_ratio_times_picture_is_the_result(frame: Frame) -> None:
    shaded = srgb.srgb_to_linear(encoded(frame.passes["step2"]) / 255) * frame.passes["shading"][..., ::-1]
    result = over(frame.passes["mouth"], 255 * srgb.linear_to_srgb(np.clip(shaded, 0, 1)))
    apart = np.abs(result - frame.picture)
    assert apart.mean() < 0.5
    assert apart.max() < 8
    assert frame.passes["shading"].min() < 0.95


def test_frame_is_rebuilt_from_its_passes(frame: Frame, sitter: Portrait) -> None:
    warped = srgb.srgb_to_linear(looked_up(sitter.picture, frame.passes["st_map"]) / 255)
    shaded = 255 * srgb.linear_to_srgb(warped * frame.passes["shading"][..., ::-1])
    rebuilt = over(frame.passes["mouth"], over(frame.passes["patches"], shaded))
    inside = frame.passes["face_matte"] > 0.5
    apart = np.abs(rebuilt - frame.picture)[inside]
    assert apart.mean() < 1
    assert np.percentile(apart, 99.9) < 6


def test_frames_of_a_moved_camera_are_rebuilt_too(sitter: Portrait, performance: Performance, t: int) -> None:
    moved = replace(STRONG, camera_distance=0.45, camera_turn=12.0, background_distance=1.0)
    test_frame_is_rebuilt_from_its_passes(compose(sitter, performance, moved, t, ALL), sitter)


def polygon(points: NDArray[Any], contour: NDArray[Any] | tuple[int, ...], shape: tuple[int, int, int]) -> NDArray[Any]:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(contour), :2]).astype(np.int32)], (1,))
    return mask > 0


def test_mattes_cover_what_they_name(frame: Frame, moved: NDArray[Any]) -> None:
    shape = frame.picture.shape
    for name, contour in (("face_matte", FACE_OVAL), ("mouth_matte", OUTER_LIPS.contour)):
        matte, named = frame.passes[name].astype(np.float32), polygon(moved, contour, shape).astype(np.uint8)
        assert matte[cv2.erode(named, np.ones((7, 7))) > 0].min() > 0.98
        # A head that turns shows a little more than the outline holds.
        assert matte[cv2.dilate(named, np.ones((13, 13))) == 0].max() == 0
    mouth = frame.passes["mouth"][..., 3]
    between = polygon(moved, MOUTH.contour, shape).astype(np.uint8)
    assert not mouth[cv2.dilate(between, np.ones((3, 3))) == 0].any()
    assert (frame.passes["mouth_matte"] >= mouth - 0.01).all()


def test_layers_are_premultiplied(frame: Frame) -> None:
    for name in ("mouth", "patches"):
        layer = frame.passes[name].astype(np.float32)
        assert layer.dtype == np.float32 and (layer[..., :3] <= layer[..., 3:] + 1e-3).all()


def test_transparent_portrait_has_transparent_passes(
    photograph: NDArray[Any], performance: Performance, tracker: FaceTracker
) -> None:
    alpha = np.full(photograph.shape[:2], 255, np.uint8)
    alpha[:40] = np.linspace(0, 255, 40)[:, None]
    sitter = analyse_portrait(np.dstack([photograph, alpha]), tracker)
    moved = compose(sitter, performance, STRONG, SPEAKING, ["step2"]).passes["step2"].astype(np.float32)
    assert moved.shape[2] == 4
    assert (moved[..., :3] <= moved[..., 3:] + 1e-3).all()
    assert moved[0].max() < 0.05


def test_depth_of_the_portrait_itself_is_that_of_its_head(sitter: Portrait) -> None:
    prepared = PreparedPortrait(sitter)
    depth = Compositor(prepared).frame([], Settings(), ["depth"]).passes["depth"]
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth, prepared.depth / 1000, atol=1e-3)
    nose, cheek = (depth[tuple(sitter.points[point, 1::-1].round().astype(int))] for point in (NOSE_TIP, 234))
    assert 0.04 < cheek - nose < 0.15  # metres


@pytest.mark.parametrize("degrees", [-15, 15])
def test_depth_turns_and_comes_nearer_with_the_head(sitter: Portrait, degrees: int) -> None:
    prepared, points = PreparedPortrait(sitter), sitter.points.astype(np.float64)
    middle = points.mean(axis=0)
    turn = Rotation.from_euler("y", degrees, degrees=True).as_matrix()
    turned = Pose(sitter.points, np.float32(1.1 * (points - middle) @ turn.T + middle))
    still = Pose(sitter.points, sitter.points)
    height, width = sitter.picture.shape[:2]
    positions = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2).astype(np.float32)
    before, after = (FrameDepth(prepared.depth, prepared.head, pose).of(positions) for pose in (still, turned))
    distance = prepared.head.pose.position[2] / 1000
    right, left = (tuple(sitter.points[corner, 1::-1].round().astype(int)) for corner in OUTER_EYE_CORNERS)
    eyes = sitter.points[list(OUTER_EYE_CORNERS)]
    apart = (eyes[1] - eyes[0]) * distance / prepared.head.camera.focal
    expected = -np.sin(np.radians(degrees)) * apart[0]
    assert (after[left] - after[right]) - (before[left] - before[right]) == pytest.approx(expected, abs=0.006)
    assert (after[left] + after[right]) / 2 == pytest.approx(distance / 1.1, abs=0.03)
