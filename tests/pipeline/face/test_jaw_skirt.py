"""The skirt below a jaw joins it to what does not move, without a fold."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.face.jaw_skirt import CHAIN, LEAST_WIDTH, MOST_WIDTH, JawSkirt, rim_fade
from portrait_addon.pipeline.face.mesh import (
    ALL_POINTS,
    CHIN,
    MOUTH,
    SKULL_OVAL,
    outer_eye_distance,
    skin_triangles,
)


def areas(points: NDArray[Any], triangles: NDArray[Any]) -> NDArray[Any]:
    a, b, c = (points[triangles[:, corner], :2] for corner in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    return np.asarray(ux * vy - uy * vx)


def dropped(face: NDArray[Any], by: float) -> NDArray[Any]:
    """A face whose jaw drops: it turns about the ears, and the chin moves furthest."""
    moved, ear = face.copy(), face[CHAIN[0], 1]
    below = np.clip((face[:, 1] - ear) / (face[CHIN, 1] - ear), 0, 1)
    moved[:, 1] += by * outer_eye_distance(face) * rim_fade(face) * below
    return moved


@pytest.mark.parametrize("by", [-0.3, 0.0, 0.1, 0.3, 0.55])
def test_no_triangle_folds(face: NDArray[Any], by: float) -> None:
    moved = dropped(face, by)
    skirt = JawSkirt.of(face, moved)
    facing = np.sign(np.median(areas(face, skin_triangles())))
    before = facing * areas(skirt.around(face), skirt.triangles)
    after = facing * areas(skirt.moved(face, moved), skirt.triangles)
    wide = before > 1e-3
    assert wide.sum() > 0.9 * len(wide)
    assert (after[wide] > 0).all()


def test_it_ends_where_nothing_moves(face: NDArray[Any]) -> None:
    moved = dropped(face, 0.4)
    skirt = JawSkirt.of(face, moved)
    last = slice(-len(CHAIN), None)
    np.testing.assert_array_equal(skirt.moved(face, moved)[last], skirt.around(face)[last])
    follows = np.linalg.norm(skirt.moved(face, moved) - skirt.around(face), axis=1)[ALL_POINTS:].reshape(-1, len(CHAIN))
    assert (np.diff(follows, axis=0) <= 0).all()


def test_it_is_as_wide_as_the_jaw_needs(face: NDArray[Any]) -> None:
    assert JawSkirt.of(face, face).width == LEAST_WIDTH
    assert LEAST_WIDTH < JawSkirt.of(face, dropped(face, 0.4)).width < JawSkirt.of(face, dropped(face, 0.5)).width
    assert JawSkirt.of(face, dropped(face, 5)).width == MOST_WIDTH


def test_the_skull_stays_and_the_chin_moves(face: NDArray[Any]) -> None:
    fade = rim_fade(face)
    assert not fade[list(SKULL_OVAL)].any()
    assert fade[CHIN] == 1
    assert (fade[MOUTH.contour] == 1).all()
