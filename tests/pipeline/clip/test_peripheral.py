from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.peripheral import REACH, NeutralPatches, detect_features, follow, steady_tracks
from portrait_addon.pipeline.face.mesh import FACE_OVAL, NOSE_TIP, cranium, outer_eye_distance
from portrait_addon.pipeline.imaging.similarity import Similarity
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from portrait_addon.pipeline.tracking.matte import PersonSegmenter

STAYS = Similarity(np.eye(2), 1.0, np.zeros(2))


def shifted(frame: NDArray[Any], x: float, y: float) -> NDArray[Any]:
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    return cv2.warpAffine(frame, matrix, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@pytest.fixture(scope="module")
def rest(
    film: list[NDArray[Any]], tracker: FaceTracker, segmenter: PersonSegmenter
) -> tuple[NDArray[Any], NDArray[Any], NeutralPatches]:
    """A driving frame, its points and its patches."""
    frame = film[-1]
    points = tracker.detect(frame)[0].points
    return frame, points, detect_features(frame, points, segmenter.matte(frame))


def test_features_lie_round_the_face(rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches]) -> None:
    _, points, patches = rest
    unit = outer_eye_distance(points)
    oval = points[list(FACE_OVAL), :2].copy()
    assert len(patches.points) > 30
    assert np.linalg.norm(patches.points - points[NOSE_TIP, :2], axis=1).max() < REACH * unit + 2
    outside = [-cv2.pointPolygonTest(oval, (float(x), float(y)), True) for x, y in patches.points]
    assert min(outside) > 0.1 * unit


def test_background_beside_the_head_is_left_out(rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches]) -> None:
    frame, points, _ = rest
    hull = cv2.convexHull(cranium(points)[:, :2].astype(np.float32))

    def within(matte: NDArray[Any]) -> int:
        found = detect_features(frame, points, matte).points
        return sum(cv2.pointPolygonTest(hull, (float(x), float(y)), True) > 1 for x, y in found)

    nobody = np.zeros(frame.shape[:2], np.float32)
    assert within(nobody) == 0
    assert within(nobody + 1) > 5


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (0.5, 0.25), (7.4, 5.6)])
def test_shifted_picture_is_followed(
    rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches], shift: tuple[float, float]
) -> None:
    frame, _, patches = rest
    error = np.linalg.norm(follow(patches, shifted(frame, *shift), STAYS) - patches.points - shift, axis=1)
    assert np.isfinite(error).mean() > 0.9
    assert np.nanmedian(error) < 0.1
    assert np.nanquantile(error, 0.9) < 0.3


def test_head_says_where_to_look(rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches]) -> None:
    """A motion too large for the flow alone."""
    frame, _, patches = rest
    shift = np.array([60.0, 0])
    head = Similarity(np.eye(2), 1.0, shift)
    error = np.linalg.norm(follow(patches, shifted(frame, *shift), head) - patches.points - shift, axis=1)
    lost_without = ~(
        np.linalg.norm(follow(patches, shifted(frame, *shift), STAYS) - patches.points - shift, axis=1) < 1
    )
    assert (error < 0.3).mean() > 0.7
    assert (error < 0.3)[lost_without].any()


def test_what_does_not_follow_the_head_is_found_where_it_was(
    rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches],
) -> None:
    frame, _, patches = rest
    head = Similarity(np.eye(2), 1.0, np.array([25.0, 10.0]))
    error = np.linalg.norm(follow(patches, frame, head) - patches.points, axis=1)
    assert (error < 0.1).mean() > 0.9


def test_large_driver_is_followed_in_its_own_pixels(
    rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches], segmenter: PersonSegmenter
) -> None:
    frame, points, _ = rest
    large = cv2.resize(frame, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    patches = detect_features(large, 3 * points + 1, segmenter.matte(large))
    assert patches.zoom < 1
    found = follow(patches, shifted(large, 9, -6), STAYS)
    assert np.abs(np.nanmedian(found - patches.points, axis=0) - (9, -6)).max() < 0.2


@pytest.mark.parametrize(("shift", "found", "error"), [(20, 0.97, 0.065), (60, 0.9, 0.1)])
def test_large_driver_is_followed_finely_and_far(
    rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches],
    segmenter: PersonSegmenter,
    shift: int,
    found: float,
    error: float,
) -> None:
    """Pixels of a driver of four times the size: by a quarter of the eyes' distance without a word from the head."""
    frame, points, _ = rest
    large = cv2.resize(frame, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    patches = detect_features(large, 4 * points + 1.5, segmenter.matte(large))
    apart = np.linalg.norm(follow(patches, shifted(large, shift, 0), STAYS) - patches.points - (shift, 0), axis=1)
    assert (apart < 1.5).mean() > found
    assert np.nanmedian(apart) < error


def test_covered_points_are_lost(rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches]) -> None:
    frame, _, patches = rest
    covered = np.random.default_rng(0).integers(0, 255, frame.shape, np.uint8)
    covered[:, : frame.shape[1] // 2] = frame[:, : frame.shape[1] // 2]
    found = np.isfinite(follow(patches, covered, STAYS)[:, 0])
    left = patches.points[:, 0] < frame.shape[1] / 2 - 15
    right = patches.points[:, 0] > frame.shape[1] / 2 + 15
    assert left.any() and right.any()
    assert found[left].mean() > 0.9
    assert found[right].mean() < 0.2


def test_blank_picture_has_no_points(rest: tuple[NDArray[Any], NDArray[Any], NeutralPatches]) -> None:
    frame, points, _ = rest
    blank = np.full_like(frame, 127)
    patches = detect_features(blank, points, np.ones(frame.shape[:2], np.float32))
    assert patches.points.shape == (0, 2)
    tracks = np.stack([follow(patches, blank, STAYS)] * 3)
    assert [part.shape for part in steady_tracks(tracks, patches.points, 0.04)] == [(0, 2), (3, 0, 2)]


@pytest.fixture
def tracks() -> NDArray[Any]:
    """Twenty frames of three points that move evenly; the origin is their place in the first frame."""
    origin = np.array([[10, 20], [30, 40], [50, 60]], np.float32)
    return origin[None] + np.arange(20, dtype=np.float32)[:, None, None] * [0.5, -0.25]


def test_points_lost_too_often_are_dropped(tracks: NDArray[Any]) -> None:
    tracks[:7, 1] = np.nan
    points, offsets = steady_tracks(tracks.copy(), tracks[0] * 0 + [[10, 20], [30, 40], [50, 60]], 0.04)
    np.testing.assert_array_equal(points, [[10, 20], [50, 60]])
    assert offsets.shape == (20, 2, 2)


def test_gap_is_bridged(tracks: NDArray[Any]) -> None:
    whole = steady_tracks(tracks.copy(), tracks[0], 0.04)[1]
    gap = tracks.copy()
    gap[8:12, 2] = np.nan
    points, offsets = steady_tracks(gap, tracks[0], 0.04)
    assert len(points) == 3
    np.testing.assert_allclose(offsets, whole, atol=1e-4)


def test_even_motion_is_not_delayed(tracks: NDArray[Any]) -> None:
    offsets = steady_tracks(tracks.copy(), tracks[0], 0.04)[1]
    inner = slice(8, 12)
    np.testing.assert_allclose(offsets[inner], (tracks - tracks[0])[inner], atol=1e-3)


def test_points_at_rest_stay_exactly(tracks: NDArray[Any]) -> None:
    still = np.repeat(tracks[:1], 20, axis=0)
    assert not steady_tracks(still, tracks[0], 0.04)[1].any()


def test_points_are_stilled_by_seconds(tracks: NDArray[Any]) -> None:
    jitter = np.random.default_rng(5).normal(0, 0.5, (200, 3, 2)).astype(np.float32)
    left = {rate: steady_tracks(jitter, 0 * tracks[0], 1 / rate)[1].std() for rate in (25, 50)}
    assert left[50] < 0.8 * left[25] < 0.8 * 0.5
