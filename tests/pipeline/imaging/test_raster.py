from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from portrait_addon.pipeline.face.mesh import FACE_OVAL, face_triangles
from portrait_addon.pipeline.frame.warp_field import (
    BLUR_RADII,
    CONFIDENCE_STEP,
    distance_outside,
    pin_border,
    smooth_by_confidence,
)
from portrait_addon.pipeline.imaging import raster
from portrait_addon.pipeline.imaging.box import Box
from portrait_addon.pipeline.imaging.raster import (
    OVERDRAW,
    affine_maps,
    coverage,
    jacobian,
    rasterize_backward_map,
    rasterize_triangle_ids,
)
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid
from portrait_addon.pipeline.records.portrait import Portrait

FULL = SampleGrid(0, 0, 1, 120, 90)
LINEAR = np.array([[1.1, 0.2], [-0.15, 0.9]])
SHIFT = np.array([4.0, -3.0])
OUTLINE = (60, 61, 63, 62)


@pytest.fixture
def mesh() -> tuple[NDArray[Any], NDArray[Any]]:
    """Points and triangles that fill 100 x 70 pixels; `OUTLINE` leads round them."""
    points = np.random.default_rng(2).uniform((10, 10), (110, 80), (60, 2))
    points = np.vstack([points, [(10, 10), (110, 10), (10, 80), (110, 80)]])
    return points, Delaunay(points).simplices.astype(np.int32)


@pytest.mark.parametrize("step", [1, 3])
def test_affine_mesh_gives_the_affine_field(mesh: tuple[NDArray[Any], NDArray[Any]], step: int) -> None:
    moved, triangles = mesh
    rest = moved @ LINEAR.T + SHIFT
    grid = SampleGrid(0, 0, step, 120 // step, 90 // step)
    field, covered = rasterize_backward_map(grid, triangles, moved, rest)
    positions = grid.positions()
    np.testing.assert_allclose(field[covered], (positions @ LINEAR.T + SHIFT)[covered], atol=1e-3)
    x, y = positions[..., 0], positions[..., 1]
    assert covered[(x > 11) & (x < 109) & (y > 11) & (y < 79)].all()
    enlarged = grid.upsample(field)[30:60, 40:80]
    wanted = SampleGrid(40, 30, 1, 40, 30).positions() @ LINEAR.T + SHIFT
    np.testing.assert_allclose(enlarged, wanted, atol=2e-2)


def test_mesh_at_rest_gives_every_pixel_itself(mesh: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, triangles = mesh
    field, _ = rasterize_backward_map(FULL, triangles, points, points)
    np.testing.assert_allclose(field, FULL.positions(), atol=1e-4)


def test_beyond_the_mesh_positions_are_their_own(mesh: tuple[NDArray[Any], NDArray[Any]]) -> None:
    moved, triangles = mesh
    field, covered = rasterize_backward_map(FULL, triangles, moved, moved + 5)
    np.testing.assert_array_equal(field[~covered], FULL.positions()[~covered])
    silhouette = np.zeros(covered.shape, np.uint8)
    silhouette[10:81, 10:111] = 1
    far = cv2.dilate(silhouette, np.ones((2 * OVERDRAW + 3, 2 * OVERDRAW + 3))) == 0
    assert not covered[far].any()
    assert covered[10 - OVERDRAW, 60] and covered[60, 110 + OVERDRAW]  # an edge finds something to look up


def test_later_triangles_cover_earlier() -> None:
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    points = np.array([(10, 10), (100, 10), (10, 80), (10, 10), (100, 10), (100, 80)], float)
    rest = points + np.repeat([[7.0, 0], [0, 7.0]], 3, axis=0)
    both = 15, 50  # row and column that both triangles cover
    for order, shift in ((triangles, (0, 7)), (triangles[::-1], (7, 0))):
        field, _ = rasterize_backward_map(FULL, order, points, rest)
        np.testing.assert_allclose(field[both] - FULL.positions()[both], shift, atol=1e-3)


def test_triangle_without_area_does_no_harm() -> None:
    """Lids and lips that meet are such triangles."""
    points = np.array([(10, 10), (100, 40), (10, 80), (55, 25)], float)  # the last lies on an edge
    triangles = np.array([[0, 3, 2], [3, 1, 2], [0, 1, 3]], np.int32)
    field, covered = rasterize_backward_map(FULL, triangles, points, points)
    assert np.isfinite(field).all()
    np.testing.assert_allclose(field[covered], FULL.positions()[covered], atol=1e-3)


@pytest.mark.parametrize("height", [0.0, 1e-5, 0.01, 0.1])
def test_triangle_that_closes_shows_nothing_from_elsewhere(height: float) -> None:
    """A lid's triangle, 20 pixels high at rest, hardly has a pixel left: none may be looked up beyond it."""
    rest = np.array([(10, 20), (100, 20), (55, 40), (55, 80)], float)
    moved = rest.copy()
    moved[2, 1] = 20 + height
    triangles = np.array([[2, 3, 0], [2, 1, 3], [0, 1, 2]], np.int32)
    field, covered = rasterize_backward_map(FULL, triangles, moved, rest)
    inside = covered & (np.abs(FULL.positions()[..., 1] - 30) < 11)
    assert field[inside][:, 1].min() > 15
    assert field[inside][:, 1].max() < 80


def test_affine_maps_take_corners_to_corners() -> None:
    random = np.random.default_rng(4)
    source, destination = random.uniform(0, 50, (2, 8, 3, 2))
    maps = affine_maps(source, destination)
    found = np.einsum("jti,tcj->tci", maps[:2], source) + maps[2][:, None]
    np.testing.assert_allclose(found, destination, atol=1e-8)


def test_owners_go_by_the_order_of_drawing(portrait: Portrait) -> None:
    triangles = face_triangles()
    points = portrait.points[:, :2]
    grid = SampleGrid.over(points.min(axis=0), points.max(axis=0), 1)
    triangle_ids = rasterize_triangle_ids(grid, triangles, points)
    middles = grid.to_cells(points[triangles].mean(axis=1)).round().astype(int)
    u, v = points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]
    large = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) > 60
    assert large.sum() > 100
    assert (triangle_ids[middles[large, 1], middles[large, 0]] == np.flatnonzero(large)).mean() > 0.95


def test_lattice_covers_its_box() -> None:
    grid = SampleGrid.over(np.array([-3.2, 4.0]), np.array([20.5, 10.0]), 4)
    assert (grid.left, grid.top) == (-4, 4)
    assert grid.left + grid.width > 20.5 and grid.top + grid.height > 10
    np.testing.assert_allclose(grid.to_cells(grid.positions()[1, 3]), (3, 1))


@pytest.mark.parametrize("step", [1, 2, 5])
def test_enlarging_keeps_a_linear_field(step: int) -> None:
    grid = SampleGrid(7, -3, step, 12, 9)
    pixels = SampleGrid(7, -3, 1, grid.width, grid.height).positions()
    inner = (slice(step, -step), slice(step, -step))
    np.testing.assert_allclose(grid.upsample(grid.positions())[inner], pixels[inner], atol=1e-3)


UNIT = 20.0
BLOCK = np.array([(40, 30), (80, 30), (80, 60), (40, 60)], float)
"""A face, so to say."""


@pytest.fixture
def rough() -> tuple[NDArray[Any], NDArray[Any]]:
    """A field with noise so strong that it folds over, and the distance from the face."""
    noise = cv2.GaussianBlur(np.random.default_rng(6).normal(0, 4, (90, 120, 2)).astype(np.float32), (0, 0), 1.0)
    return FULL.positions() + noise, distance_outside(FULL, BLOCK)


def folds(field: NDArray[Any], where: NDArray[Any]) -> int:
    return int((jacobian(field, 1)[where[:-1, :-1]] <= 0).sum())


def roughness(field: NDArray[Any], where: NDArray[Any]) -> float:
    shift = field - FULL.positions()
    return float(np.abs(cv2.Laplacian(shift, cv2.CV_32F))[where].mean())


def test_smoothing_leaves_the_face_and_calms_the_rest(rough: tuple[NDArray[Any], NDArray[Any]]) -> None:
    field, distance = rough
    smooth = smooth_by_confidence(FULL, field, distance, UNIT)
    face, outside = distance == 0, distance > CONFIDENCE_STEP * UNIT
    np.testing.assert_allclose(smooth[face], field[face], atol=1e-4)
    assert folds(field, outside) > 100
    assert folds(smooth, outside) < 0.05 * folds(field, outside)
    assert roughness(smooth, outside) < 0.2 * roughness(field, outside)


def test_smoothing_grows_with_distance(rough: tuple[NDArray[Any], NDArray[Any]]) -> None:
    field, distance = rough
    smooth = smooth_by_confidence(FULL, field, distance, UNIT)
    rings = [(distance > low * UNIT) & (distance <= (low + 0.4) * UNIT) for low in (0.1, 0.5, 0.9, 1.3)]
    left = [roughness(smooth, ring) / roughness(field, ring) for ring in rings]
    assert left == sorted(left, reverse=True)


def test_smoothing_can_be_weakened_and_left_out(rough: tuple[NDArray[Any], NDArray[Any]]) -> None:
    field, distance = rough
    outside = distance > CONFIDENCE_STEP * UNIT
    left = [roughness(smooth_by_confidence(FULL, field, distance, UNIT, s), outside) for s in (0, 0.3, 1.0)]
    assert left[0] == roughness(field, outside)
    assert left[0] > left[1] > left[2]


def test_smoothing_keeps_what_is_smooth_already() -> None:
    distance = distance_outside(FULL, BLOCK)
    shifted = FULL.positions() + np.float32((3, -2))
    np.testing.assert_allclose(smooth_by_confidence(FULL, shifted, distance, UNIT), shifted, atol=1e-3)


def test_smoothing_does_not_depend_on_the_grid() -> None:
    """Of a lattice with half the samples a unit comes the same field."""
    results = []
    for step in (1, 2):
        grid = SampleGrid(0, 0, step, 240 // step, 180 // step)
        positions = grid.positions()
        wave = np.stack([6 * np.sin(positions[..., 1] / 9), 0 * positions[..., 0]], axis=-1)
        distance = distance_outside(grid, 2 * BLOCK)
        results.append(grid.upsample(smooth_by_confidence(grid, positions + wave, distance, 2 * UNIT)))
    np.testing.assert_allclose(results[0][10:-10, 10:-10], results[1][10:-10, 10:-10], atol=0.25)


def test_last_radius_goes_on_for_ever(rough: tuple[NDArray[Any], NDArray[Any]]) -> None:
    field, distance = rough
    far = distance + 2 * BLUR_RADII * CONFIDENCE_STEP * UNIT
    np.testing.assert_array_equal(
        smooth_by_confidence(FULL, field, far, UNIT), smooth_by_confidence(FULL, field, 2 * far, UNIT)
    )


def test_distance_is_measured_from_the_union() -> None:
    other = BLOCK + np.array([30, 20])
    distance = distance_outside(SampleGrid(0, 0, 1, 120, 90), BLOCK, other)
    assert distance[45, 60] == 0 and distance[75, 105] == 0
    assert distance[45, 30] == pytest.approx(10, abs=1)
    coarse = distance_outside(SampleGrid(0, 0, 3, 40, 30), BLOCK, other)
    assert coarse[15, 10] == pytest.approx(distance[46, 31], abs=2)


def test_fold_overs_are_counted() -> None:
    positions = FULL.positions()
    assert not folds(positions, np.ones((90, 120), bool))
    folded = positions.copy()
    folded[..., 0] = np.where(positions[..., 0] < 50, positions[..., 0], 100 - positions[..., 0])
    # From column 49 to 50 the source still goes from 49 to 50; from there it runs back.
    assert folds(folded, np.ones((90, 120), bool)) == 89 * 69
    np.testing.assert_allclose(
        jacobian(SampleGrid(0, 0, 4, 20, 20).positions() @ LINEAR.T, 4), np.linalg.det(LINEAR), rtol=1e-4
    )


@pytest.mark.parametrize("shift", [(8, 0), (0, -8), (5, 5), (-12, 3)])
def test_border_is_held(shift: tuple[int, int]) -> None:
    width, height, margin = 240, 180, 24
    grid = SampleGrid(-margin, -margin, 1, width + 2 * margin, height + 2 * margin)
    field = pin_border(grid, grid.positions() + np.float32(shift), (width, height))
    moved = (field - grid.positions())[margin:-margin, margin:-margin]
    assert np.abs(moved[:, [0, -1], 0]).max() < 1e-3
    assert np.abs(moved[[0, -1], :, 1]).max() < 1e-3
    np.testing.assert_allclose(moved[height // 2, width // 2], shift, rtol=0.02)
    assert (jacobian(field, 1) > 0).all()


def test_large_margin_is_not_touched() -> None:
    grid = SampleGrid(0, 0, 4, 500, 500)
    shifted = grid.positions() + np.float32((10, -6))
    np.testing.assert_allclose(pin_border(grid, shifted, (2000, 2000))[200:300, 200:300], shifted[200:300, 200:300])


def test_silhouette_is_anti_aliased(mesh: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, triangles = mesh
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    turned = (points - (60, 45)) * 0.6 @ turn.T + (60, 45)
    silhouette = coverage(FULL, triangles, turned, OUTLINE)
    area, outline = 60 * 42, 2 * (60 + 42)
    assert area <= silhouette.sum() / 255 < area + 0.6 * outline  # what a triangle touches is drawn
    edge = (silhouette > 20) & (silhouette < 235)
    assert outline < edge.sum() < 4 * outline
    assert silhouette[45, 60] == 255 and silhouette[2, 2] == 0


@pytest.mark.parametrize("moved", [(0, -60), (30, 0)], ids=["beyond the outline", "inside"])
def test_silhouette_covers_every_triangle_of_a_folded_mesh(
    mesh: tuple[NDArray[Any], NDArray[Any]], moved: tuple[int, int]
) -> None:
    """As a nose that reaches beyond the cheek does, from the front and from behind."""
    points, triangles = mesh
    folded = points.copy()
    folded[np.linalg.norm(points - (60, 45), axis=1).argmin()] += moved
    silhouette = coverage(FULL, triangles, folded, OUTLINE)
    for triangle in triangles:
        x, y = folded[triangle].mean(axis=0).round().astype(int)
        if 0 <= y < 90 and abs(np.linalg.det(folded[triangle[1:]] - folded[triangle[0]])) > 60:
            assert silhouette[y, x] > 150


def test_silhouette_of_an_outline_that_crosses_itself_has_no_hole(mesh: tuple[NDArray[Any], NDArray[Any]]) -> None:
    points, triangles = mesh
    twisted = points.copy()
    twisted[:, 0] = np.where(points[:, 0] < 60, points[:, 0], 120 - points[:, 0] + points[:, 1] / 4)  # folded aslant
    silhouette = coverage(FULL, triangles, twisted, OUTLINE)
    for triangle in triangles:
        x, y = twisted[triangle].mean(axis=0).round().astype(int)
        assert silhouette[y, x] > 150


def test_distances_repeat_to_the_bit(portrait: Portrait) -> None:
    """Wherever the memory lies: OpenCV's own transform does not."""
    grid = SampleGrid(0, 0, 3, 90, 120)
    outline = portrait.points[list(FACE_OVAL), :2]
    held, first = [], distance_outside(grid, outline)
    for size in range(1, 60):
        held.append(np.empty(size * 977, np.uint8))
        np.testing.assert_array_equal(distance_outside(grid, outline), first)


@pytest.mark.parametrize("step", [1, 4])
def test_a_part_is_enlarged_as_it_is_within_the_whole(step: int) -> None:
    grid = SampleGrid(-3, 5, step, 20, 15)
    samples = np.random.default_rng(3).uniform(0, 100, (15, 20, 2)).astype(np.float32)
    whole = grid.upsample(samples)
    for part in (grid.box, Box(-3, 5, 2, 6), Box(0, 7, 9, 17), Box(10, 12, grid.box.right, grid.box.bottom)):
        np.testing.assert_allclose(grid.upsample(samples, part), part.of(whole, grid.box), atol=1e-3)


@pytest.mark.parametrize("shift", [(60, 0), (-60, 0), (0, 45), (0, -45), (95, -70)])
def test_a_face_is_not_held_by_the_border_and_nothing_folds_before_it(shift: tuple[int, int]) -> None:
    """A face that moves by most of the room that there is between it and the border."""
    grid, face = SampleGrid(-8, -8, 8, 52, 52), Box(100, 90, 300, 320)
    field = grid.positions() - np.float32(shift)
    held = pin_border(grid, field, (400, 400), face)
    x, y = grid.axes()
    inside = np.ix_((y >= face.top) & (y < face.bottom - 1), (x >= face.left) & (x < face.right - 1))
    np.testing.assert_allclose(held[inside], field[inside], atol=1e-3)
    rim = [np.abs(x).argmin(), np.abs(x - 399).argmin()]
    assert np.abs((held - grid.positions())[:, rim, 0]).max() < 0.1 * max(map(abs, shift))
    assert jacobian(held, grid.step).min() > 0


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_owners_do_not_depend_on_how_many_samples_are_written_at_a_time(
    portrait: Portrait, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """Each triangle of a torn mesh may cover the whole grid."""
    torn = portrait.points[:, :2] + np.random.default_rng(0).normal(0, 40, (478, 2))
    grid = SampleGrid(0, 0, 4, 64, 86)
    whole = rasterize_triangle_ids(grid, face_triangles()[::9], torn)
    monkeypatch.setattr(raster, "PIECE", piece)
    np.testing.assert_array_equal(rasterize_triangle_ids(grid, face_triangles()[::9], torn), whole)


def test_a_grid_is_no_larger_than_the_picture_needs() -> None:
    grid, picture = SampleGrid.over(np.array([-3e5, -1e5]), np.array([5e5, 2e5]), 3), Box(0, 0, 50, 40)
    needed = grid.reaching(picture, 2)
    assert needed.columns <= 50 // 3 + 2 + 2 * 2
    assert needed.rows <= 40 // 3 + 2 + 2 * 2
    assert (needed.left - grid.left) % 3 == (needed.top - grid.top) % 3 == 0
    assert needed.left <= -2 * 3
    assert needed.box.right >= 50 + 2 * 3
    assert SampleGrid(0, 0, 2, 9, 9).reaching(picture, 2) == SampleGrid(0, 0, 2, 9, 9)
    beside = SampleGrid(900, -700, 2, 9, 9).reaching(picture, 2)
    assert (beside.columns, beside.rows) == (1, 1)
