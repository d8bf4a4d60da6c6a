"""The canonical face where a person puts it: near a real one, and at rest."""

from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.editing.placing import Placement, placed_points, placement_of
from portrait_addon.pipeline.face.mesh import MOUTH, NOSE_TIP, OUTER_EYE_CORNERS, RIGHT_IRIS, outer_eye_distance
from portrait_addon.pipeline.portrait.analysis import placed_portrait
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.composing import compose

SIZE = 256, 343


def test_it_stands_where_it_was_put() -> None:
    points = placed_points(Placement(0.25, 0.5, 0.2), SIZE)
    right, left = (points[corner, :2] for corner in OUTER_EYE_CORNERS)
    assert (right + left) / 2 == pytest.approx([63.5, 171], abs=1e-3)
    assert left - right == pytest.approx([51.2, 0], abs=1e-3)


def test_roll_turn_and_nod_go_the_way_they_say() -> None:
    front = placed_points(Placement(), SIZE)
    rolled = placed_points(Placement(roll=30), SIZE)
    right, left = (rolled[corner, :2] for corner in OUTER_EYE_CORNERS)
    assert np.degrees(np.arctan2(*(left - right)[::-1])) == pytest.approx(30, abs=1e-3)
    assert placed_points(Placement(turn=20), SIZE)[NOSE_TIP, 0] > front[NOSE_TIP, 0]
    assert placed_points(Placement(nod=20), SIZE)[NOSE_TIP, 1] > front[NOSE_TIP, 1]


def test_a_tracked_face_is_met(face: NDArray[Any], portrait: Portrait) -> None:
    placement = placement_of(face, portrait.size)
    apart = np.linalg.norm((placed_points(placement, portrait.size) - face)[:, :2], axis=1).mean()
    assert apart < 0.05 * outer_eye_distance(face)


def test_the_placement_of_a_placed_face_is_its_own() -> None:
    placement = Placement(0.4, 0.3, 0.2, 12, -8, 25)
    found = placement_of(placed_points(placement, SIZE), SIZE)
    assert astuple(found) == pytest.approx(astuple(placement), abs=1e-3)


def test_irises_are_as_large_as_those_of_a_tracked_face(face: NDArray[Any]) -> None:
    def size(points: NDArray[Any]) -> float:
        radii = np.linalg.norm(points[list(RIGHT_IRIS[1:]), :2] - points[RIGHT_IRIS[0], :2], axis=1)
        return radii.mean() / np.linalg.norm(points[133, :2] - points[33, :2])

    assert size(placed_points(Placement(), SIZE)) == pytest.approx(size(face), rel=0.2)


def test_it_looks_ahead_with_its_mouth_closed() -> None:
    points = placed_points(Placement(), SIZE)
    assert np.abs(points[MOUTH.upper, 1] - points[MOUTH.lower, 1]).max() < 0.02 * outer_eye_distance(points)
    right, inner = points[33, 0], points[133, 0]
    assert right < points[RIGHT_IRIS[0], 0] < inner
    assert points[RIGHT_IRIS[1], 0] > points[RIGHT_IRIS[3], 0]  # the ring begins where the tracker's does


def test_a_placed_portrait_moves_as_a_tracked_one(portrait: Portrait, performance: Performance) -> None:
    placement = placement_of(portrait.points, portrait.size)
    placed = placed_portrait(portrait.picture, placed_points(placement, portrait.size))
    assert not placed.blendshapes.any()
    frames = [compose(one, performance, Settings(), 20).picture.astype(int) for one in (portrait, placed)]
    still = portrait.picture.astype(int)
    assert np.abs(frames[1] - frames[0]).mean() < 0.5 * np.abs(frames[0] - still).mean()


def test_half_outside_the_picture_is_no_error(portrait: Portrait, performance: Performance) -> None:
    points = placed_points(replace(Placement(), x=0.0, y=1.0, size=0.5), portrait.size)
    assert np.isfinite(compose(placed_portrait(portrait.picture, points), performance, Settings(), 5).picture).all()
