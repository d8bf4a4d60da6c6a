"""Cuts are found in pictures alone, and nothing but cuts."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip.cuts import LOOK_AHEAD, with_cuts, working_picture


@pytest.fixture(scope="module")
def smile(assets: Path) -> list[NDArray[Any]]:
    capture = cv2.VideoCapture(str(assets / "demo_smile_mit.mp4"))
    frames = [capture.read()[1] for _ in range(72)]
    capture.release()
    return frames


@pytest.fixture(scope="module")
def others(assets: Path) -> list[NDArray[Any]]:
    """Somebody else in the middle of a clip of another size."""
    capture = cv2.VideoCapture(str(assets / "demo_expressions_mit.mp4"))
    frames = [cv2.resize(capture.read()[1], (960, 540)) for _ in range(30)]
    capture.release()
    return frames


def cuts(frames: list[NDArray[Any]]) -> list[int]:
    marked = list(with_cuts((working_picture(frame), row) for row, frame in enumerate(frames)))
    assert [row for _, row in marked] == list(range(len(frames)))
    return [row for cut, row in marked if cut]


def cropped(frame: NDArray[Any], share: float) -> NDArray[Any]:
    height, width = frame.shape[:2]
    y, x = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return cv2.resize(frame[y : height - y, x : width - x], (width, height))


def test_a_clip_of_one_shot_has_no_cut(assets: Path, smile: list[NDArray[Any]]) -> None:
    assert cuts(smile) == []
    for name in ("demo_talk_ccby.mp4", "demo_expressions_mit.mp4"):
        capture, frames = cv2.VideoCapture(str(assets / name)), []
        while (frame := capture.read()[1]) is not None:
            frames.append(frame)
        capture.release()
        assert cuts(frames) == []
        assert cuts(frames[::3]) == []  # a third of the rate


def test_somebody_else_is_a_cut(smile: list[NDArray[Any]], others: list[NDArray[Any]]) -> None:
    assert cuts([*smile[:20], *others, *smile[20:40]]) == [20, 50]


@pytest.mark.parametrize("share", [0.5, 0.6, 0.75, 0.85])
def test_another_framing_is_a_cut(smile: list[NDArray[Any]], share: float) -> None:
    assert cuts([*smile[:36], *(cropped(frame, share) for frame in smile[36:])]) == [36]


@pytest.mark.parametrize("length", [1, 6, 20])
@pytest.mark.parametrize("colour", [(0, 128, 0), (0, 0, 0), (255, 255, 255)])
def test_blank_frames_are_no_cut(smile: list[NDArray[Any]], colour: tuple[int, int, int], length: int) -> None:
    frames = list(smile)
    for row in range(30, 30 + length):
        frames[row] = np.full_like(frames[row], colour)
    assert cuts(frames) == []


@pytest.mark.parametrize("length", [1, LOOK_AHEAD])
def test_what_flashes_is_no_cut(smile: list[NDArray[Any]], others: list[NDArray[Any]], length: int) -> None:
    frames = list(smile)
    for row in range(30, 30 + length):
        frames[row] = others[row - 30]
    frames[50] = cv2.convertScaleAbs(frames[50], alpha=3, beta=90)
    assert cuts(frames) == []


def test_a_fade_is_no_cut_and_what_comes_after_it_is(smile: list[NDArray[Any]], others: list[NDArray[Any]]) -> None:
    out = [cv2.convertScaleAbs(frame, alpha=max(1 - row / 14, 0)) for row, frame in enumerate(smile[40:60])]
    assert cuts([*smile[:40], *out]) == []
    assert cuts([*smile[:40], *out, *out[::-1]]) == []
    assert cuts([*smile[:40], *out, *others]) == [60]


def test_a_camera_that_pans_fast_makes_no_cut(smile: list[NDArray[Any]]) -> None:
    wide = [cv2.copyMakeBorder(frame, 0, 0, 300, 300, cv2.BORDER_REFLECT) for frame in smile]
    panned = [frame[:, 20 * row % 600 : 20 * row % 600 + 960] for row, frame in enumerate(wide[:30])]
    assert cuts(panned) == []


@pytest.mark.parametrize("size", [(1, 1), (9, 300), (64, 64)])
def test_tiny_clips(size: tuple[int, int]) -> None:
    frames = [np.random.default_rng(row).integers(0, 255, (*size, 3), np.uint8) for row in range(9)]
    assert isinstance(cuts(frames), list)
    assert cuts(frames[:1]) == cuts([]) == []
