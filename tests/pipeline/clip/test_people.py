"""Two people in two shots are told apart; one person in another light, size or mood is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.jobs.tracking import performance_notes
from portrait_addon.media.clips import open_clip
from portrait_addon.pipeline.clip.people import APART, SIDE, distance, identity, other_people
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.tracking.landmarker import FaceTracker


@pytest.fixture(scope="module")
def other_film(assets: Path, film: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Somebody else, in frames of the same size."""
    frames = [frame for _, frame in open_clip(assets / "demo_smile_mit.mp4")]
    return [cv2.resize(frame, film[0].shape[1::-1]) for frame in frames[:12]]


@pytest.fixture(scope="module")
def both(film: list[NDArray[Any]], other_film: list[NDArray[Any]], record: Callable[..., Performance]) -> Performance:
    return record([*film[:12], *other_film])


def test_another_person_is_told(both: Performance) -> None:
    assert (both.cuts, both.strangers.tolist()) == ([13], [True])
    assert "a: the shots from 13 seem to show another person than the first shot." in performance_notes("a", both)
    assert not any(shot.strangers.size for shot in both.shots)


def test_who_comes_back_is_none(
    film: list[NDArray[Any]], other_film: list[NDArray[Any]], record: Callable[..., Performance]
) -> None:
    whole = record([*film[:8], *other_film[:8], *film[8:16]])
    assert (whole.cuts, whole.strangers.tolist()) == ([9, 17], [True, False])


@pytest.fixture(scope="module")
def face(film: list[NDArray[Any]], performance: Performance) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """A frame, its points, and what tells its face."""
    row = performance.neutral - 1
    return film[row], performance.points[row], identity(film[row], performance.points[row])


def from_the_side(frame: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    across = (np.arange(frame.shape[1]) - points[:468, 0].mean()) / np.ptp(points[:468, 0])
    return frame * (1 + np.clip(across, -0.5, 0.5))[None, :, None] ** 0.45


@pytest.mark.parametrize(
    "shown",
    [
        lambda frame, points: frame * 0.5,
        lambda frame, points: frame * np.array([0.7, 1.0, 1.2]),
        lambda frame, points: np.clip(frame.astype(float) * 1.6 - 40, 0, 255),
        from_the_side,
        lambda frame, points: cv2.resize(cv2.resize(frame, None, fx=0.5, fy=0.5), frame.shape[1::-1]),
        lambda frame, points: frame + np.random.default_rng(0).normal(0, 8, frame.shape),
    ],
    ids=["darker", "warmer", "harder", "from the side", "smaller", "noise"],
)
def test_another_light_is_no_other_person(
    face: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], shown: Callable[..., Any]
) -> None:
    frame, points, known = face
    assert distance(known, identity(np.clip(shown(frame, points), 0, 255).astype(np.uint8), points)) < 0.6 * APART


def test_a_mirrored_face_is_no_other_person(
    face: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], tracker: FaceTracker
) -> None:
    """Dark bands on one cheek make its sides unlike."""
    frame, points, _ = face
    (left, top), (right, bottom) = points[:468, :2].min(axis=0), points[:468, :2].max(axis=0)
    y, x = np.mgrid[: frame.shape[0], : frame.shape[1]]
    band = (x < (left + right) / 2) & ((y - top) // ((bottom - top) / 16) % 2 == 0)
    banded = np.where(band[..., None], frame // 2, frame).astype(np.uint8)
    mirrored = np.ascontiguousarray(banded[:, ::-1])
    seen = tracker.detect(mirrored)[0].points
    assert distance(identity(banded, points), identity(mirrored, seen)) < APART


def test_an_expression_is_no_other_person(
    film: list[NDArray[Any]], performance: Performance, face: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
) -> None:
    *_, known = face
    found = [distance(known, identity(film[row], performance.points[row])) for row in range(performance.frame_count)]
    assert max(found) < APART


def test_a_face_of_any_size_has_the_same_identity(face: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    frame, points, known = face
    for scale in (0.6, 1.5, 3.0):
        scaled = cv2.resize(
            frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
        assert distance(known, identity(scaled, points * scale)) < 0.5 * APART


@pytest.mark.parametrize("shift", [(-5000, 0), (0, 5000), (-120, 0)])
def test_a_face_beside_the_picture_gives_numbers(
    face: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], shift: tuple[int, int]
) -> None:
    frame, points, known = face
    moved = points + np.array([*shift, 0], np.float32)
    assert np.isfinite(distance(known, identity(frame, moved)))


def test_a_clip_of_one_shot_has_none(
    face: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], performance: Performance
) -> None:
    *_, known = face
    assert other_people([known]).shape == (0,)
    assert not any("another person" in note for note in performance_notes("a", replace(performance)))


@pytest.mark.parametrize(("moved", "same"), [((1, 0), True), ((-1, 1), True), ((2, 0), False), ((0, -2), False)])
def test_faces_that_lie_a_pixel_beside_each_other_are_the_same(moved: tuple[int, int], same: bool) -> None:
    details = np.random.default_rng(0).normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    assert (distance(details, np.roll(details, moved, (0, 1))) < 0.5 * APART) == same
