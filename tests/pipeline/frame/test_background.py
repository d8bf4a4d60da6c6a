"""The background stays still, value by value, and what the head uncovers is plausible."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import FACE_OVAL
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.portrait.edges import pinned_edges
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.composing import compose, compositor_of

SPEAKING = 5
FAR = Settings(head_motion=3.0)


def composed(portrait: Portrait, performance: Performance, **settings: float) -> NDArray[Any]:
    return compose(portrait, performance, replace(FAR, **settings), SPEAKING).picture


def reached(portrait: Portrait, performance: Performance) -> NDArray[Any]:
    """Where the person was, or can be in the frame, margin included."""
    shift = 0.25 * portrait.unit
    size = 2 * int(shift) + 1
    return cv2.dilate(compositor_of(portrait).prepared.layers.matte, np.ones((size, size), np.uint8)) > 0


FORMS = {
    "8 bit": lambda picture: picture,
    "16 bit": lambda picture: picture.astype(np.uint16) * 257,
    "float": lambda picture: picture.astype(np.float32) / np.float32(255),
    "with alpha": lambda picture: np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]),
}


@pytest.mark.parametrize("form", FORMS)
def test_nothing_changes_outside_the_person(form: str, portrait: Portrait, performance: Performance) -> None:
    sitter = replace(portrait, picture=FORMS[form](portrait.picture))
    moved, apart = composed(sitter, performance), ~reached(sitter, performance)
    assert apart.mean() > 0.05
    difference = np.abs(moved[apart].astype(float) - sitter.picture[apart])
    assert difference.max() <= (1 if form == "with alpha" else 0)
    loose = composed(sitter, performance, hold=0.0)
    assert (loose[apart] != sitter.picture[apart]).any()


def test_half_of_it_lets_the_background_move_by_half(portrait: Portrait, performance: Performance) -> None:
    apart = ~reached(portrait, performance)

    def moved_by(hold: float) -> float:
        frame = composed(portrait, performance, hold=hold).astype(float)
        return np.abs(frame - portrait.picture)[apart].mean()

    assert 0 == moved_by(1.0) < moved_by(0.9) < moved_by(0.5) < moved_by(0.0)


def test_amount_is_continuous_at_its_ends(portrait: Portrait, performance: Performance) -> None:
    for end, near in ((1.0, 0.999), (0.0, 0.001)):
        one, other = (composed(portrait, performance, hold=hold).astype(float) for hold in (end, near))
        assert np.abs(one - other).mean() < 0.5


def test_the_plate_is_the_portrait_but_for_the_person(portrait: Portrait) -> None:
    prepared = PreparedPortrait(portrait)
    layers = prepared.layers
    person, outside = prepared.person > 127, layers.matte < 255
    np.testing.assert_array_equal(layers.clean_plate[outside], portrait.picture[outside])
    assert (layers.matte[person] == 255).all()
    assert (layers.clean_plate[person] != portrait.picture[person]).mean() > 0.8


def test_a_matte_that_misses_the_face_leaves_no_head_behind(portrait: Portrait, performance: Performance) -> None:
    missed = replace(portrait, masks={"person": np.zeros(portrait.picture.shape[:2], np.uint8)})
    np.testing.assert_array_equal(composed(missed, performance), composed(missed, performance, hold=0.0))


@pytest.mark.parametrize(("share", "believed"), [(0.8, False), (0.95, True)])
def test_a_matte_may_miss_a_little_of_the_face(portrait: Portrait, share: float, believed: bool) -> None:
    face = np.zeros(portrait.picture.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.round(portrait.points[list(FACE_OVAL), :2]).astype(np.int32)], (255,))
    face[face.sum(axis=1).cumsum() > share * face.sum(dtype=int)] = 0  # without its chin
    layers = PreparedPortrait(replace(portrait, masks={"person": face})).layers
    assert (layers.matte.min() < 255) == believed


def test_transparent_surroundings_stay_transparent(
    photograph: NDArray[Any], performance: Performance, tracker: FaceTracker
) -> None:
    alpha = np.zeros(photograph.shape[:2], np.uint8)
    alpha[40:, 20:-20] = 255
    sitter = analyse_portrait(np.dstack([photograph, alpha]), tracker)
    moved = composed(sitter, performance)
    assert not moved[:10, :, 3].any()
    assert moved[150:, 100:150, 3].min() > 250


def test_person_matte_follows_the_picture(portrait: Portrait) -> None:
    """Hair, shoulders and nothing of the wall; at its full size."""
    matte = PreparedPortrait(portrait).person
    assert matte.shape == portrait.picture.shape[:2]
    assert matte[10:40, 10:40].max() < 13
    assert matte[-20:, 100:150].min() > 230
    x, y = np.round(portrait.points[10, :2]).astype(int)
    assert matte[y - 12, x] > 230  # above the hairline


def test_edges_are_held_where_they_cut_the_person_off(portrait: Portrait) -> None:
    """The photograph ends at the shoulders, and its hair all but touches the upper edge; beside it is background."""
    cut_off = PreparedPortrait(portrait).cut_off
    left, right, top, bottom = pinned_edges(cut_off, 1.0)
    rows, columns = len(left), len(bottom)
    assert bottom[columns // 2] > 0.99
    assert max(top[: columns // 4].max(), top[-columns // 4 :].max()) < 0.01
    assert max(left[: rows // 3].max(), right[: rows // 3].max()) < 0.01
    half = pinned_edges(cut_off, 0.5)
    np.testing.assert_allclose(half[2], (1 + top) / 2, atol=1e-6)
    assert all((edge == 1).all() for edge in pinned_edges(cut_off, 0.0))
