"""The second look for a face: in tiles, turned, and again from near by."""

import numpy as np
import pytest

from portrait_addon.pipeline.records.face import BLENDSHAPES, Face
from portrait_addon.pipeline.tracking.searching import search


class Detector:
    """Takes a white square for a face, if it is an eighth of the picture or more and has some room; counts its looks.

    Parameters
    ----------
    whole : tuple of int
        Height and width of the whole picture.
    off, sideways : float
        By how many of its heights the face is found aside from near by; in the upright and in the turned picture.
    """

    def __init__(self, whole, off=0.0, sideways=0.0):
        self.whole, self.off, self.sideways = whole, off, sideways
        self.turned, self.looks = False, 0

    def detect(self, picture):
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


def found(size, side, **options):
    return search(drawn(size, side), Detector(size, **options))


def drawn(size, side):
    picture = np.zeros((*size, 3), np.uint8)
    top, left = size[0] // 3, size[1] // 3
    picture[top : top + side, left : left + side] = 255
    return picture


@pytest.mark.parametrize(("side", "seen"), [(160, True), (90, True), (30, True), (24, False)])
def test_small_faces_are_searched_in_tiles_down_to_a_48th_of_the_picture(side, seen):
    faces = found((720, 1280), side)
    assert bool(faces) == seen
    if seen:
        assert faces[0].points[:, 1].min() == pytest.approx(240, abs=1)


@pytest.mark.parametrize(("side", "looks"), [(90, 20), (45, 60)])
def test_the_larger_a_face_the_fewer_looks_it_takes(side, looks):
    detector = Detector((720, 1280))
    assert search(drawn((720, 1280), side), detector)
    assert detector.looks < looks


@pytest.mark.parametrize(("width", "side", "seen"), [(620, 13, True), (500, 11, False)])
def test_tiles_are_not_too_small_for_features(width, side, seen):
    assert bool(found((width // 2, width), side)) == seen


@pytest.mark.parametrize(("off", "same"), [(0.12, True), (0.2, False)])
def test_a_face_in_a_tile_is_found_again_from_near_by(off, same):
    assert bool(found((720, 1280), 70, off=off)) == same


@pytest.mark.parametrize(("off", "upright"), [(0.008, True), (0.012, False)])
def test_a_face_that_is_found_again_at_its_place_is_upright(off, upright):
    """Else the picture is turned, and the turn counts in which the two agree better."""
    (face,) = found((400, 600), 150, off=off)
    turned = face.head_matrix[:3, :3].round(3)
    assert (turned == np.eye(3)).all() == upright
