from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.pair import surround_mesh as surround_mesh_module
from portrait_addon.pipeline.pair.correspondence import Correspondence, correspond
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.pair.surround_mesh import SurroundMesh, relax_folded_vertices, surround_mesh
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings


@pytest.fixture
def shared(portrait: Portrait, performance: Performance) -> Correspondence:
    return correspond(portrait, performance)


@pytest.fixture
def mesh(portrait: Portrait, shared: Correspondence) -> SurroundMesh:
    return surround_mesh(portrait, shared)


def kept(mesh: SurroundMesh, points: NDArray[Any]) -> NDArray[Any]:
    """Area of each triangle over that at rest."""

    def area(of: NDArray[Any]) -> NDArray[Any]:
        a, b, c = (of[mesh.triangles[:, corner]].astype(np.float64) for corner in range(3))
        return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]

    return area(points) / area(mesh.rest)


def turned(mesh: SurroundMesh, unit: float, amount: float) -> NDArray[Any]:
    """The face and what hangs on it moves aside by so many outer-eye distances, and runs over what lies there."""
    moved = mesh.rest.copy()
    moved[: mesh.free[0], 0] += amount * unit
    return moved.astype(np.float32)


def test_at_rest_nothing_changes(mesh: SurroundMesh) -> None:
    np.testing.assert_allclose(relax_folded_vertices(mesh, mesh.rest), mesh.rest, atol=1e-3)


def test_a_face_that_runs_over_its_surround_pushes_it_along(mesh: SurroundMesh, portrait: Portrait) -> None:
    moved = turned(mesh, portrait.unit, 0.1)
    assert kept(mesh, moved).min() < 0
    assert kept(mesh, relax_folded_vertices(mesh, moved)).min() > 0


def test_a_point_that_slipped_is_brought_back(mesh: SurroundMesh, portrait: Portrait) -> None:
    moved = mesh.rest.astype(np.float32)
    slipped = mesh.free[len(mesh.free) // 2]
    towards = moved[: mesh.free[0]].mean(axis=0) - moved[slipped]
    moved[slipped] += 1.1 * towards
    assert kept(mesh, moved).min() < 0
    points = relax_folded_vertices(mesh, moved)
    assert kept(mesh, points).min() > 0
    assert np.linalg.norm(points[slipped] - mesh.rest[slipped]) < 0.2 * np.linalg.norm(towards)


def test_the_mean_of_neighbours_has_settled(
    mesh: SurroundMesh, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a thousandth of the motion, also where most points lose their confidence."""
    moved = turned(mesh, portrait.unit, 0.45)
    points = relax_folded_vertices(mesh, moved)
    monkeypatch.setattr(surround_mesh_module, "STEPS", 100)
    apart = np.linalg.norm(relax_folded_vertices(mesh, moved) - points, axis=1)
    assert apart.max() < 0.001 * 0.45 * portrait.unit


def test_face_and_still_points_keep_their_places(mesh: SurroundMesh, portrait: Portrait) -> None:
    moved = turned(mesh, portrait.unit, 0.45)
    fixed = np.setdiff1d(np.arange(len(moved)), mesh.free)
    np.testing.assert_array_equal(relax_folded_vertices(mesh, moved)[fixed], moved[fixed])


def test_nothing_jumps_where_triangles_begin_to_fold(mesh: SurroundMesh, portrait: Portrait) -> None:
    way = np.array(
        [relax_folded_vertices(mesh, turned(mesh, portrait.unit, amount)) for amount in np.linspace(0, 0.6, 241)]
    )
    steps = np.linalg.norm(np.diff(way, axis=0), axis=2)[:, mesh.free] / portrait.unit
    assert steps.max() < 8 * 0.6 / 240


def test_a_performance_folds_nothing_beside_the_face(
    mesh: SurroundMesh, portrait: Portrait, performance: Performance, shared: Correspondence
) -> None:
    for t in range(1, performance.frame_count + 1):
        points = control_points(
            portrait, performance, Pair.of(portrait, performance), Settings(head_motion=1.5), t
        ).surround
        assert kept(mesh, points).min() > 0
