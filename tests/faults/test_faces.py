"""Faces that are not there, not alone, lost, turned away, small or rolled: as many frames out as in, and no jumps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.jobs.baking import analyse, faces_of, portrait_notes
from portrait_addon.jobs.job import run
from portrait_addon.jobs.tracking import TrackJob, several_faces
from portrait_addon.media.pictures import SourceImage, read_picture
from portrait_addon.models import load_model
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.tracking.following import without_jumps
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from portrait_addon.pipeline.tracking.searching import search_all

LARGEST_STEP = 0.12
"""Mean motion of the points from one frame to the next, in outer-eye distances; the clips themselves reach 0.06."""


pytestmark = pytest.mark.usefixtures("remembered_networks")


@pytest.fixture(scope="module")
def track(write_clip: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Performance and notes of a clip of given pictures."""

    def track_pictures(pictures: Any) -> Any:
        path = tmp_path_factory.mktemp("clip") / "clip.mp4"
        write_clip(path, pictures)
        job = TrackJob(path)
        return run(job), job.notes

    return track_pictures


def largest_step(performance: Any) -> Any:
    points = performance.points[..., :2].astype(np.float64)
    unit = np.linalg.norm(points[:, 33] - points[:, 263], axis=1)[:-1]
    return float((np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1) / unit).max())


def to_and_fro(pictures: Any, count: Any) -> Any:
    order = [abs((k + len(pictures) - 1) % (2 * len(pictures) - 2) - len(pictures) + 1) for k in range(count)]
    return [pictures[row] for row in order]


@pytest.fixture(scope="module")
def wall(smile: list[NDArray[np.uint8]]) -> Any:
    """The room without the man."""
    return np.full_like(smile[0], 110)


@pytest.mark.parametrize("lost", [1, 10, 100])
def test_a_face_lost_is_bridged_and_named(
    smile: list[NDArray[np.uint8]], wall: Any, track: Callable[..., Any], times: Callable[[int, int], int], lost: Any
) -> None:
    lost = min(lost, times(30, 100))  # both are longer than the follower waits
    pictures = to_and_fro(smile[::3], lost + 16)
    pictures[8 : 8 + lost] = [wall] * lost
    performance, notes = track(pictures)
    assert performance.frame_count == len(pictures)
    assert performance.bridged == list(range(9, 9 + lost))
    assert largest_step(performance) < LARGEST_STEP
    assert any(f"no face found in {lost} frames, which are bridged: 9" in note for note in notes)


def test_a_face_missing_at_both_ends_is_held(
    smile: list[NDArray[np.uint8]], wall: Any, track: Callable[..., Any]
) -> None:
    performance, _ = track([wall] * 3 + smile[:20:2] + [wall] * 3)
    assert performance.bridged == [1, 2, 3, 14, 15, 16]
    assert largest_step(performance) < LARGEST_STEP
    assert 4 <= performance.neutral <= 13


def test_turning_away_and_back(smile: list[NDArray[np.uint8]], track: Callable[..., Any]) -> None:
    """Squeezed until nothing is left of the face, and back."""
    widths = np.abs(np.cos(np.linspace(0, np.pi, 24)))

    def squeezed(picture: Any, share: Any) -> Any:
        narrow = cv2.resize(picture, (max(2, round(480 * share)), 270), interpolation=cv2.INTER_AREA)
        left = (480 - narrow.shape[1]) // 2
        return cv2.copyMakeBorder(narrow, 0, 0, left, 480 - narrow.shape[1] - left, cv2.BORDER_REPLICATE)

    performance, notes = track([squeezed(p, w) for p, w in zip(smile[:24], widths, strict=True)])
    assert performance.frame_count == 24
    assert performance.bridged
    assert set(performance.bridged) <= set(range(7, 19))
    assert any("bridged" in note for note in notes)
    points = performance.points[..., 0].astype(np.float64)
    assert np.abs(np.diff(points, axis=0)).mean(axis=1).max() < 0.1 * 480


def test_two_faces_the_first_and_larger_is_followed(smile: list[NDArray[np.uint8]], track: Callable[..., Any]) -> None:
    """The other comes nearer, until it is the larger one."""
    man = [picture[:, 100:380] for picture in smile[:20]]
    small = [cv2.resize(picture, None, fx=s, fy=s) for picture, s in zip(man, np.linspace(0.6, 1.2, 20), strict=True)]
    room = [np.full((330, 640, 3), 110, np.uint8) for _ in man]
    for picture, first, other in zip(room, man, small, strict=True):
        picture[:270, :280] = first
        picture[: other.shape[0], 290 : 290 + other.shape[1]] = other[:, :350]
    performance, notes = track(room)
    assert performance.faces == 2
    assert performance.bridged == []
    assert performance.points[..., 0].max() < 285
    assert largest_step(performance) < LARGEST_STEP
    assert any("2 faces found" in note for note in notes)


def test_a_face_elsewhere_is_not_taken_for_the_lost_one(
    smile: list[NDArray[np.uint8]], wall: Any, track: Callable[..., Any]
) -> None:
    """For three frames only somebody else is there."""
    here = [cv2.copyMakeBorder(p[:, 100:380], 0, 0, 0, 400, cv2.BORDER_CONSTANT, value=(110,) * 3) for p in smile[:12]]
    for row in (5, 6, 7):
        here[row] = np.ascontiguousarray(here[row][:, ::-1])
    performance, _ = track(here)
    assert performance.bridged == [6, 7, 8]
    assert largest_step(performance) < LARGEST_STEP


def test_a_face_of_90_pixels(smile: list[NDArray[np.uint8]], track: Callable[..., Any]) -> None:
    """In 1280 x 720, where the tracker by itself sees nothing."""
    with FaceTracker(load_model("face_landmarker.task")) as tracker:
        scale = 90 / tracker.detect(smile[0])[0].height
        rooms = []
        for picture in smile[:20:2]:
            room = np.full((720, 1280, 3), 110, np.uint8)
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            room[300 : 300 + small.shape[0], 700 : 700 + small.shape[1]] = small
            rooms.append(room)
        assert tracker.detect(rooms[0]) == []
    performance, _ = track(rooms)
    assert performance.bridged == []
    assert largest_step(performance) < LARGEST_STEP
    assert np.ptp(performance.points[0, :, 1]) == pytest.approx(90, abs=8)


@pytest.mark.parametrize("degrees", [-60, 60])
def test_a_head_rolled_by_60_degrees(smile: list[NDArray[np.uint8]], track: Callable[..., Any], degrees: Any) -> None:
    def rolled(picture: Any) -> Any:
        turn = cv2.getRotationMatrix2D((240, 135), degrees, 1)
        return cv2.warpAffine(picture, turn, (480, 270), borderValue=(110,) * 3)

    performance, _ = track([rolled(picture) for picture in smile[:20:2]])
    assert performance.bridged == []
    assert largest_step(performance) < LARGEST_STEP


@pytest.mark.parametrize(
    ("turns", "close", "said"),
    [
        (1, False, "shows the face on its side; turn the clip by 90 degrees clockwise"),
        (2, False, "shows the face upside down; turn the clip by 180 degrees"),
        (2, True, "shows the face upside down; turn the clip by 180 degrees"),
        (3, False, "shows the face on its side; turn the clip by 90 degrees counter-clockwise"),
    ],
)
def test_a_clip_on_its_side_or_head_is_followed_and_said(
    smile: list[NDArray[np.uint8]], track: Callable[..., Any], turns: Any, close: Any, said: Any
) -> None:
    """Upside down, the tracker by itself sees faces where there are none, and loses the true one."""
    upright = [picture[40:230, 160:350] if close else picture for picture in smile[:24:4]]
    performance, notes = track([np.ascontiguousarray(np.rot90(picture, turns)) for picture in upright])
    assert performance.bridged == []
    assert largest_step(performance) < LARGEST_STEP
    assert [note for note in notes if "shows the face" in note] == [note for note in notes if said in note] != []
    expected, height, width = track(upright)[0].points[0], *upright[0].shape[:2]
    for turn in range(turns):
        across = (width, height)[turn % 2]
        expected = np.column_stack([expected[:, 1], across - 1 - expected[:, 0], expected[:, 2]])
    unit = np.linalg.norm(expected[33, :2] - expected[263, :2])
    assert np.median(np.linalg.norm(performance.points[0] - expected, axis=1)) < 0.1 * unit


def test_a_jump_away_and_back_is_a_mistake(smile: list[NDArray[np.uint8]], track: Callable[..., Any]) -> None:
    performance, _ = track(smile[:20:2])
    points, found = np.array(performance.points), np.ones(10, bool)
    assert without_jumps(points, found).all()
    points[4] = points[4] @ np.diag([-1, -1, 1]).astype(np.float32) + [2 * points[4, 1, 0], 2 * points[4, 1, 1], 0]
    points[7] += [60, 0, 0]
    assert np.flatnonzero(~without_jumps(points, found)).tolist() == [4, 7]
    points[7:] = points[7]  # it stays there: the head did move
    assert np.flatnonzero(~without_jumps(points, found)).tolist() == [4]


@pytest.mark.parametrize("height", [40, 90])
def test_a_small_face_in_a_large_portrait(assets: Path, height: Any) -> None:
    pixels = read_picture(assets / "ford_1888.jpg").pixels
    whole = analyse(SourceImage(pixels, "ford"))
    scale = height / float(np.ptp(whole.points[:, 1]))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    wide = np.full((720, 1280, 3), 110, np.uint8)
    wide[400 : 400 + small.shape[0], 900 : 900 + small.shape[1]] = small
    found = analyse(SourceImage(wide, "wide")).points[:, :2] - [900, 400]
    expected = (whole.points[:, :2] + 0.5) * scale - 0.5
    assert np.median(np.linalg.norm(found - expected, axis=1)) < 0.06 * whole.unit * scale


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_portrait_that_lies_on_its_side_or_head(assets: Path, turns: Any) -> None:
    pixels = cv2.resize(
        read_picture(assets / "mona_lisa.jpg").pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    )
    whole = analyse(SourceImage(pixels, "upright"))
    found = analyse(SourceImage(np.ascontiguousarray(np.rot90(pixels, turns)), "turned")).points
    expected = whole.points
    for turn in range(turns):
        across = pixels.shape[1 - turn % 2]
        expected = np.column_stack([expected[:, 1], across - 1 - expected[:, 0], expected[:, 2]])
    assert np.median(np.linalg.norm(found[:, :2] - expected[:, :2], axis=1)) < 0.08 * whole.unit


@pytest.mark.parametrize("degrees", [-150, -120, 120, 150, 180])
def test_a_portrait_that_lies_is_not_taken_for_upright(assets: Path, degrees: Any) -> None:
    """Where the tracker by itself sees an upright face, its mouth on the brow."""
    pixels = cv2.resize(read_picture(assets / "mona_lisa.jpg").pixels, (512, 763), interpolation=cv2.INTER_AREA)
    whole = analyse(SourceImage(pixels, "upright"))
    turn = cv2.getRotationMatrix2D((256, 381), degrees, 1)
    turn[:, 2] = turn[:, 2] + (204, 79)  # to the middle of a square that holds it at any angle
    rolled = cv2.warpAffine(pixels, turn, (920, 920), borderValue=(110,) * 3)
    expected = whole.points[:, :2] @ turn[:, :2].T + turn[:, 2]
    found = analyse(SourceImage(rolled, "rolled")).points[:, :2]
    assert np.median(np.linalg.norm(found - expected, axis=1)) < 0.12 * whole.unit


@pytest.fixture(scope="module")
def sitters(assets: Path) -> Any:
    """Two portraits, square, with one face each."""
    return [read_picture(assets / name).pixels[100:1000, 60:960] for name in ("ford_1888.jpg", "mona_lisa.jpg")]


def test_nine_faces_in_a_clip(smile: list[NDArray[np.uint8]], write_clip: Callable[..., None], tmp_path: Path) -> None:
    man = smile[0][45:245, 130:330]
    cells = [cv2.resize(man, (200 + 4 * k, 200 + 4 * k)) for k in range(9)]
    group = np.full((720, 720, 3), 110, np.uint8)
    for k, cell in enumerate(cells):
        group[240 * (k // 3) :, 240 * (k % 3) :][: len(cell), : len(cell)] = cell
    write_clip(tmp_path / "group.mp4", [group])
    number, faces = several_faces(tmp_path / "group.mp4")
    assert (number, len(faces)) == (1, 9)
    job = TrackJob(tmp_path / "group.mp4", face=9)
    performance = run(job)
    assert performance.faces == 9
    assert tuple((performance.points[0, :, :2].mean(axis=0) // 240).astype(int)) in {(0, 0), (1, 0)}  # the smallest
    assert any("9 faces found; number 9 by size is followed" in note for note in job.notes)


def test_nine_faces_in_a_grid(sitters: Any) -> None:
    cells = [
        cv2.resize(sitters[k % 2][:, :: (-1) ** (k // 2)], (120, 120), interpolation=cv2.INTER_AREA) for k in range(9)
    ]
    grid = np.vstack([np.hstack(cells[row : row + 3]) for row in (0, 3, 6)])
    faces = faces_of(SourceImage(grid, "grid"))
    places = {tuple((face.points[:, :2].mean(axis=0) // 120).astype(int)) for face in faces}
    assert len(faces) == len(places) == 9
    assert [face.height for face in faces] == sorted((face.height for face in faces), reverse=True)
    ninth = analyse(SourceImage(grid, "grid"), face=9)
    assert ninth.faces == 9
    with pytest.raises(InputError, match=r"grid: there is no face 10; choose one from 1 to 9"):
        analyse(SourceImage(grid, "grid"), face=10)


def test_a_tiny_face_beside_a_tall_one(sitters: Any) -> None:
    tall, tiny = sitters[0], cv2.resize(sitters[1], (200, 200), interpolation=cv2.INTER_AREA)
    wide = np.full((900, 1120, 3), 110, np.uint8)
    wide[:, :900], wide[500:700, 910:1110] = tall, tiny
    first, second = faces_of(SourceImage(wide, "wide"))
    assert first.height > 7 * second.height
    assert (second.points[:, 0] > 910).all()


@pytest.mark.parametrize("left, top, side", [(235, 311, 563), (220, 330, 532), (0, 0, 900), (150, 200, 700)])
def test_crops_of_one_face_show_one_face(assets: Path, left: Any, top: Any, side: Any) -> None:
    pixels = read_picture(assets / "ford_1888.jpg").pixels[top : top + side, left : left + side]
    assert len(faces_of(SourceImage(np.ascontiguousarray(pixels), "crop"))) == 1


class Wandering:
    """A detector that sees a face wherever it looks, as the tracker does in a cat: at every look somewhere else."""

    def __init__(self, picture: Any, by: Any) -> None:
        self._face = analyse(picture)
        self._by, self._chance = by, np.random.default_rng(1)

    def detect(self, picture: Any) -> Any:
        height, width = picture.shape[:2]
        points = self._face.points * (0.4 * height / np.ptp(self._face.points[:, 1]))
        shift = [width / 2, height / 2] - points[:, :2].mean(axis=0) + self._chance.normal(0, self._by * height, 2)
        points = points + np.array([*shift, 0])
        return [Face(points.astype(np.float32), self._face.blendshapes, np.eye(4, dtype=np.float32))]


@pytest.mark.parametrize(("by", "found"), [(0.0, True), (0.05, False)])
def test_what_looks_like_another_face_at_every_look_is_none(sitter: SourceImage, by: Any, found: Any) -> None:
    assert bool(search_all(sitter.pixels, Wandering(sitter, by))) is found


@pytest.mark.parametrize("share", [0.9, 0.75, 0.65])
def test_a_crop_within_the_face(assets: Path, share: Any) -> None:
    pixels = read_picture(assets / "ford_1888.jpg").pixels
    whole = analyse(SourceImage(pixels, "ford"))
    low, high = whole.points[:, :2].min(axis=0), whole.points[:, :2].max(axis=0)
    (left, top), (right, bottom) = ((low + high) / 2 + side * share * (high - low) / 2 for side in (-1, 1))
    left, top = round(left), round(top)
    crop = SourceImage(np.ascontiguousarray(pixels[top : round(bottom), left : round(right)]), "crop")
    found = analyse(crop)
    error = np.linalg.norm(found.points[:, :2] + [left, top] - whole.points[:, :2], axis=1).mean()
    assert error < 0.05 * whole.unit
    said = any("the face is cut by the picture's border" in note for note in portrait_notes(crop, found))
    assert said == (share < 0.9)


def test_a_head_turned_far_away_is_told(sitter: SourceImage) -> None:
    portrait = analyse(sitter)
    assert portrait_notes(sitter, portrait) == []
    turn = cv2.Rodrigues(np.array([0, np.radians(50), 0]))[0].astype(np.float32)
    turned = replace(portrait, points=(portrait.points - portrait.points[4]) @ turn.T + portrait.points[4])
    (note,) = portrait_notes(sitter, turned)
    assert re.fullmatch(r".*ford\.png: the head is turned by (4|5)\d degrees; the far side of the face may .*", note)


def test_no_face_at_all(wall: Any, track: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"clip\.mp4: no face found in any frame; choose a clip of one face"):
        track([wall] * 12)
    with pytest.raises(InputError, match=r"wall: no face found; choose a picture of a face"):
        analyse(SourceImage(wall, "wall"))
