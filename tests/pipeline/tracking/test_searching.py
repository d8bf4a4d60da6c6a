"""The second look for a face: in tiles, turned, and again from near by."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.imaging.arrays import UInt8Array
from portrait_addon.pipeline.records.face import BLENDSHAPES, Face
from portrait_addon.pipeline.tracking.searching import search, search_all, search_near, stands_on_its_head


class Detector:
    """Takes a white square for a face, if it is an eighth of the picture or more and has some room; counts its looks.

    Parameters
    ----------
    whole : tuple of int
        Height and width of the whole picture.
    off, sideways : float
        By how many of its heights the face is found aside from near by; in the upright and in the turned picture.
    """

    def __init__(self, whole: tuple[int, int], off: float = 0.0, sideways: float = 0.0) -> None:
        self.whole, self.off, self.sideways = whole, off, sideways
        self.turned, self.looks = False, 0

    def detect(self, picture: NDArray[Any]) -> list[Face]:
        self.looks += 1
        rows, columns = np.nonzero(picture[..., 0])
        if picture.shape[:2] in (self.whole, self.whole[::-1]):
            self.turned = picture.shape[:2] != self.whole
        if not len(rows) or np.ptp(rows) + 1 < max(picture.shape) / 8:
            return []
        side = np.ptp(rows) + 1
        cut = side // 6
        if len(rows) < side**2 or picture[:cut].any() or picture[-cut:].any() or picture[:, :cut].any():
            return []
        points = np.zeros((478, 3), np.float32)
        points[:, 1] = np.linspace(rows[0], rows[-1], 478)
        points[:, 0] = np.linspace(columns.min(), columns.max(), 478)
        if max(picture.shape) < 3 * side:  # near by
            points[:, 0] += side * (self.sideways if self.turned else self.off)
        return [Face(points, np.zeros(len(BLENDSHAPES), np.float32), np.eye(4, dtype=np.float32))]


def found(size: tuple[int, int], side: int, **options: float) -> list[Face]:
    return search(drawn(size, side), Detector(size, **options))


def drawn(size: tuple[int, int], side: int) -> NDArray[Any]:
    picture = np.zeros((*size, 3), np.uint8)
    top, left = size[0] // 3, size[1] // 3
    picture[top : top + side, left : left + side] = 255
    return picture


@pytest.mark.parametrize(("side", "seen"), [(160, True), (90, True), (30, True), (24, False)])
def test_small_faces_are_searched_in_tiles_down_to_a_48th_of_the_picture(side: int, seen: bool) -> None:
    faces = found((720, 1280), side)
    assert bool(faces) == seen
    if seen:
        assert faces[0].points[:, 1].min() == pytest.approx(240, abs=1)


@pytest.mark.parametrize(("side", "looks"), [(90, 20), (45, 60)])
def test_the_larger_a_face_the_fewer_looks_it_takes(side: int, looks: int) -> None:
    detector = Detector((720, 1280))
    assert search(drawn((720, 1280), side), detector)
    assert detector.looks < looks


@pytest.mark.parametrize(("width", "side", "seen"), [(620, 13, True), (500, 11, False)])
def test_tiles_are_not_too_small_for_features(width: int, side: int, seen: bool) -> None:
    assert bool(found((width // 2, width), side)) == seen


@pytest.mark.parametrize(("off", "same"), [(0.12, True), (0.2, False)])
def test_a_face_in_a_tile_is_found_again_from_near_by(off: float, same: bool) -> None:
    assert bool(found((720, 1280), 70, off=off)) == same


@pytest.mark.parametrize(("off", "upright"), [(0.008, True), (0.012, False)])
def test_a_face_that_is_found_again_at_its_place_is_upright(off: float, upright: bool) -> None:
    """Else the picture is turned, and the turn counts in which the two agree better."""
    (face,) = found((400, 600), 150, off=off)
    turned = face.head_matrix[:3, :3].round(3)
    assert (turned == np.eye(3)).all() == upright


class Squares:
    """Takes every white square that is an eighth of the picture or more for a face.

    Parameters
    ----------
    whole : tuple of int
        Height and width of the whole picture.
    aside : callable, optional
        By how many of its heights a square is found aside in a crop: of the crop's side in heights, and whether the
        square stands on its head, its darker half up.
    """

    def __init__(self, whole: tuple[int, int], aside: Callable[[float, bool], float] | None = None) -> None:
        self.whole, self.aside = whole, aside

    def detect(self, picture: UInt8Array) -> list[Face]:
        _, _, boxes, _ = cv2.connectedComponentsWithStats((picture[..., 0] > 150).astype(np.uint8))
        faces = []
        for left, top, width, height, _ in boxes[1:].tolist():
            cut = left == 0 or top == 0 or left + width == picture.shape[1] or top + height == picture.shape[0]
            if not cut and height >= max(picture.shape) / 8:
                overturned = picture[top, left, 0] < picture[top + height - 1, left, 0]
                points = np.zeros((478, 3), np.float32)
                points[:, 1] = np.linspace(top, top + height - 1, 478)
                points[:, 0] = np.linspace(left, left + width - 1, 478)
                if picture.shape[:2] != self.whole and self.aside:
                    points[:, 0] += height * self.aside(max(picture.shape) / height, bool(overturned))
                faces.append(Face(points, np.zeros(len(BLENDSHAPES), np.float32), np.eye(4, dtype=np.float32)))
        return faces


def with_squares(size: tuple[int, int], *squares: tuple[int, int, int]) -> UInt8Array:
    """White squares on black: left, top and side."""
    picture = np.zeros((*size, 3), np.uint8)
    for left, top, side in squares:
        picture[top : top + side, left : left + side] = 200
        picture[top : top + side // 2, left : left + side] = 255
    return picture


def test_beside_a_face_those_of_a_thirtieth_of_the_picture_are_searched() -> None:
    size = 720, 1280
    picture = with_squares(size, (100, 100, 200), (600, 400, 50), (1000, 200, 31))
    assert [round(face.height) for face in search_all(picture, Squares(size))] == [199, 49]
    assert len(search_all(with_squares(size, (1000, 200, 31)), Squares(size))) == 1  # alone, a smaller one counts


@pytest.mark.parametrize(("moved", "seen"), [(0.6, True), (1.2, False)])
def test_a_face_is_searched_where_it_can_have_moved_to_and_not_where_the_next_person_is(
    moved: float, seen: bool
) -> None:
    size, side = (400, 800), 100
    detector = Squares(size)
    (last,) = detector.detect(with_squares(size, (300, 150, side)))
    assert bool(search_near(with_squares(size, (300 + round(moved * side), 150, side)), detector, last)) == seen


@pytest.mark.parametrize(
    "differs",
    [
        lambda crop: crop < 1.8,
        lambda crop: crop > 2.9,
        lambda crop: 1.8 < crop < 2.36,
        lambda crop: 1.9 < crop < 2.1 or crop < 1.5,
        lambda crop: 1.9 < crop < 2.1 or crop > 4,
    ],
)
def test_a_face_that_is_another_in_one_of_four_looks_is_a_face(differs: Callable[[float], bool]) -> None:
    """Looks at crops of 1.6 to 3.2 heights: in the others it must be the same."""
    size = 560, 1000  # only the smallest tiles show a face so small
    detector = Squares(size, lambda crop, _overturned: 0.12 * differs(crop) if crop < 5 else 0.02)
    assert search(with_squares(size, (500, 200, 30)), detector)


@pytest.mark.parametrize(("apart", "face"), [(0.04, True), (0.06, False)])
def test_what_is_at_another_place_at_every_look_is_no_face(apart: float, face: bool) -> None:
    size = 720, 1280
    detector = Squares(size, lambda crop, _overturned: 0.02 if crop > 5 else apart if abs(crop - 2.5) > 0.1 else 0)
    assert bool(search(with_squares(size, (600, 300, 75)), detector)) == face


@pytest.mark.parametrize(("apart", "faces"), [(0.025, 2), (0.035, 1)])
def test_beside_a_face_another_must_be_found_a_third_time(apart: float, faces: int) -> None:
    """Buttons and folds are taken for faces: at the same look again they are elsewhere."""
    size, near = (720, 1280), []

    def drift(crop: float, _overturned: bool) -> float:
        near.extend([crop] * (abs(crop - 2.5) < 0.1))
        return apart * (len(near) > 2)  # the first look is at the larger face, the second one confirms the other

    picture = with_squares(size, (100, 100, 200), (800, 400, 75))
    assert len(search_all(picture, Squares(size, drift))) == faces


@pytest.mark.parametrize("closer", [1.2, 1.6, 2.0])
def test_a_face_in_an_overturned_picture_is_a_mistake_if_any_closer_look_differs(closer: float) -> None:
    size = 500, 500
    picture = with_squares(size, (100, 100, 240))

    def mistaken(crop: float, overturned: bool) -> float:
        return 0.05 * (abs(crop - closer) < 0.06 and not overturned)

    detector = Squares(size, mistaken)
    (face,) = detector.detect(picture)
    assert stands_on_its_head(picture, face, detector)
    assert not stands_on_its_head(picture, face, Squares(size))


def test_the_frame_round_a_face_that_fills_the_picture_is_nothing_to_the_tracker() -> None:
    """The tracker's networks take -1 for black and 1 for white; what lies outside of a picture is 0 to them."""
    borders = []

    class Watching(Squares):
        def detect(self, picture: UInt8Array) -> list[Face]:
            if max(picture.shape) > max(self.whole):
                borders.append(picture[0, 0] / 127.5 - 1)
            return super().detect(picture)

    size = 100, 100
    search_all(with_squares(size, (0, 0, 100)), Watching(size))
    assert np.abs(borders).max() < 0.01
