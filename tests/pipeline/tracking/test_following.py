"""Which of the faces of a frame is the one that is followed, and what shows where it is lost."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.imaging.bridge import Bridge
from portrait_addon.pipeline.records.face import BLENDSHAPES, Face
from portrait_addon.pipeline.tracking.following import Follower, without_jumps

HEIGHT = 100.0
FRAME = np.zeros((200, 300, 3), np.uint8)


def face_at(x: float) -> Face:
    """A face that is 100 pixels high."""
    points = np.zeros((478, 3), np.float32)
    points[:, 1] = np.linspace(0, HEIGHT, 478)
    points[:, 0] = x
    return Face(points, np.zeros(len(BLENDSHAPES), np.float32), np.eye(4, dtype=np.float32))


class Nobody:
    """Finds nothing, and counts the frames that it looks at."""

    def __init__(self) -> None:
        self.frames: list[Any] = []

    def detect(self, picture: NDArray[Any]) -> list[Any]:
        if not self.frames or self.frames[-1] is not picture:
            self.frames.append(picture)
        return []


def follow(*frames: float | None) -> bool:
    """Whether the face of the last frame is followed; each frame is the x of a face, or None."""
    follower = Follower(Nobody())
    for x in frames:
        found = follower.find(FRAME, [] if x is None else [face_at(x)])
    return found is not None


@pytest.mark.parametrize(
    ("missed", "heights", "followed"), [(0, 0.9, True), (0, 1.2, False), (4, 1.7, True), (4, 2.0, False)]
)
def test_a_face_far_away_is_somebody_else(missed: int, heights: float, followed: bool) -> None:
    """It may have moved further while it was not seen."""
    assert follow(0, *[None] * missed, heights * HEIGHT) == followed


@pytest.mark.parametrize(("missed", "followed"), [(20, False), (30, True)])
def test_after_about_a_second_a_face_is_chosen_anew(missed: int, followed: bool) -> None:
    assert follow(0, *[None] * missed, 20 * HEIGHT) == followed


def test_a_face_detected_twice_is_one_face() -> None:
    """It is no second face to choose, and is not counted."""

    def wide(x: float) -> Face:
        face = face_at(x)
        face.points[::2, 0] += HEIGHT
        return face

    faces = [wide(0), wide(10), wide(200)]
    follower = Follower(Nobody(), choice=2)
    assert follower.find(FRAME, faces) is faces[2]
    assert follower.most == 2


def test_frames_without_anybody_are_searched_now_and_then() -> None:
    """Often enough for who comes in within the half second, seldom enough for an empty clip."""
    searched = []
    for row in range(60):
        detector = Nobody()
        if row == 0:
            follower = Follower(detector)
        follower._detector = detector
        follower.find(FRAME, [])
        searched += [row] if detector.frames else []
    assert np.diff(searched).max() <= 10
    assert len(searched) <= 6


@pytest.mark.parametrize(("apart", "mistake"), [(0.25, False), (0.4, True)])
def test_a_jump_is_larger_than_any_motion(face: NDArray[Any], apart: float, mistake: bool) -> None:
    unit = np.linalg.norm(face[33, :2] - face[263, :2])
    points = np.repeat(face[None], 5, axis=0)
    points[2, :, 0] += apart * unit
    assert without_jumps(points, np.ones(5, bool))[2] != mistake


@pytest.mark.parametrize(("gap", "eased"), [(11, False), (14, True)])
def test_a_long_gap_is_crossed_slowly_at_both_ends(gap: int, eased: bool) -> None:
    found = np.zeros(gap + 1, bool)
    found[[0, -1]] = True
    steps = np.diff(Bridge.over(found).fill(np.linspace(0, 1, gap + 1, dtype=np.float32)[:, None])[:, 0])
    assert (steps[0] < 0.5 * steps[gap // 2]) == eased
