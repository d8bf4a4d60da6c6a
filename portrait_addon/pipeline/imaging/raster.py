"""Step 2: from moved control points to the source position of every output pixel.

A warp field is backward: for each output pixel it holds the position in the portrait to sample. It is computed on a
grid coarser than the picture and upsampled linearly; only the sampling of colours runs at full resolution.

The triangles are drawn at their new places from far to near, so that a turning head covers its own far cheek. Each
carries the affine map back to the portrait (linear interpolation of the warp [lecture]).

Outside the face the field is smoothed by its confidence [lecture]: not at all at the face, and with one of ten radii
that grow with distance, 0, 0.005, 0.010, ... of the picture's diagonal. The lecture does not say how the radius grows,
and with the picture's diagonal a cropped portrait would move differently: here both are proportional to the face.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from .arrays import BoolArray, Field, Float32Array, Float64Array, IntArray, Points, UInt8Array
from .box import Box
from .polygons import SUBPIXEL_BITS, fixed_point
from .sample_grid import SampleGrid

OVERDRAW = 2
"""Cells by which a mesh is extended beyond its outline, so that an anti-aliased edge has source positions to sample."""

THINNEST = 0.5
"""Triangles lower than this many samples are not drawn: the map of a closed lid's triangle leads far away from the eye.
Their neighbours touch the same samples."""

PIECE = 1 << 20
"""Samples that are written at a time."""

EDGE_SOFTNESS = 0.8
"""Standard deviation, in pixels, of the blur that anti-aliases the edge of a silhouette."""


AnyPicture = TypeVar("AnyPicture", bound=NDArray[Any])

_AROUND = np.ones((3, 3), np.uint8)


def rasterize_backward_map(
    grid: SampleGrid, triangles: NDArray[np.int32], moved: Points, rest: Points
) -> tuple[Field, BoolArray]:
    """Rasterize a triangle mesh to a backward field; later triangles cover earlier ones.

    Parameters
    ----------
    grid : SampleGrid
        Grid over the output picture.
    triangles : (t, 3) int32 array
        Rows of `moved` and `rest`, in drawing order.
    moved, rest : (n, 2) arrays
        Vertices of the mesh in the output and in the portrait, in pixels.

    Returns
    -------
    field : (rows, columns, 2) float32 array
        Absolute source positions x, y in pixels; the sample's own position where there is no triangle.
    covered : (rows, columns) bool array
        True where there is a triangle, or its extension by `OVERDRAW` cells.
    """
    triangle_ids = rasterize_triangle_ids(grid, triangles, moved)
    covered = triangle_ids >= 0
    return piecewise_affine_map(grid, triangle_ids, affine_maps(moved[triangles], rest[triangles])), covered


def rasterize_box(
    box: Box, step: int, triangles: NDArray[np.int32], moved: Points, rest: Points
) -> tuple[Field, Float32Array]:
    """Rasterize a triangle mesh to a backward field for every pixel of a box.

    Parameters
    ----------
    box : Box
        Pixels of the output; not empty.
    step : int
        Width of the cells between which the field is interpolated, in pixels.
    triangles : (t, 3) int32 array
        Rows of `moved` and `rest`, in drawing order.
    moved, rest : (n, 2) arrays
        Vertices of the mesh in the output and in the source, in pixels.

    Returns
    -------
    field : (h, w, 2) float32 array
        Absolute source positions x, y in pixels.
    covered : (h, w) float32 array
        1 on the mesh and its extension by `OVERDRAW` cells, 0 elsewhere, with a ramp of a cell between.
    """
    grid = SampleGrid.of_pixels(box, step)
    field, covered = rasterize_backward_map(grid, triangles, moved, rest)
    return grid.upsample(field, box), grid.upsample(covered.astype(np.float32), box)


def rasterize_triangle_ids(grid: SampleGrid, triangles: NDArray[np.int32], points: Points) -> NDArray[np.int16]:
    """Find the visible triangle at each sample; later triangles cover earlier ones.

    Parameters
    ----------
    grid : SampleGrid
        Grid over the output picture.
    triangles : (t, 3) int32 array
        Rows of `points`, in drawing order; t is at most 32,767.
    points : (n, 2) array
        Vertices x, y in pixels.

    Returns
    -------
    (rows, columns) int16 array
        Row of `triangles`; -1 where there is none. The mesh extends by `OVERDRAW` samples beyond its outline.
    """
    x, y = grid.to_cells(points).T[:, triangles.T]
    number = np.flatnonzero(_drawable(x, y, grid))
    triangle, row, left, right = _spans(x[:, number], y[:, number], grid)
    length = right - left
    # Write the samples of all spans in order: the last triangle written at a sample is the visible one.
    before = np.cumsum(length) - length
    start, triangle = row * grid.columns + left - before, number[triangle].astype(np.int16)
    triangle_ids = np.full((grid.rows, grid.columns), -1, np.int16)
    for piece in _pieces(before):
        samples = np.repeat(start[piece], length[piece])
        samples += np.arange(before[piece.start], before[piece.start] + len(samples))
        triangle_ids.reshape(-1)[samples] = np.repeat(triangle[piece], length[piece])
    for _ in range(OVERDRAW):
        np.copyto(triangle_ids, cv2.dilate(triangle_ids, _AROUND), where=triangle_ids < 0)
    return triangle_ids


def _pieces(before: IntArray) -> Iterator[slice]:
    """Divide spans into pieces of about `PIECE` samples: in a mesh that is torn, each triangle may cover the grid.

    Parameters
    ----------
    before : (n,) int array
        Number of samples before each span.
    """
    if len(before) and before[-1] < PIECE:
        yield slice(0, len(before))
    elif len(before):
        firsts = np.unique(np.searchsorted(before, np.arange(0, before[-1] + 1, PIECE))).tolist()
        for first, last in pairwise([*firsts, len(before)]):
            yield slice(first, last)


def _drawable(x: Float64Array, y: Float64Array, grid: SampleGrid) -> BoolArray:
    """(t,) whether triangles with corners x, y (3, t), in cells, reach the grid and are not too thin."""
    (left, top), (right, bottom) = ([extreme.reduce(v) for v in (x, y)] for extreme in (np.minimum, np.maximum))
    reach = (right > -1) & (left < grid.columns) & (bottom > -1) & (top < grid.rows)
    across, down = x - x[[1, 2, 0]], y - y[[1, 2, 0]]
    longest = np.maximum.reduce(across**2 + down**2)
    area = across[0] * down[1] - across[1] * down[0]
    return np.asarray(reach & (area**2 > THINNEST**2 * longest), bool)


def _spans(x: Float64Array, y: Float64Array, grid: SampleGrid) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Rows of samples that each triangle covers, or misses by less than half a cell.

    Parameters
    ----------
    x, y : (3, t) arrays
        Corners in cells.
    grid : SampleGrid
        Spans are clipped to it.

    Returns
    -------
    triangle, row, left, right : (n,) int arrays
        One span each, in the order of the triangles; `right` is the first column beyond the span.
    """
    down, every = np.argsort(y, axis=0), np.arange(y.shape[1])
    (xa, xb, xc), (ya, yb, yc) = (v[down, every] for v in (x, y))
    first = np.maximum(np.ceil(ya - 0.5), 0).astype(np.intp)
    count = np.maximum(np.minimum(np.floor(yc + 0.5), grid.rows - 1).astype(np.intp) + 1 - first, 0)
    triangle = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(triangle)) + np.repeat(first - (np.cumsum(count) - count), count)
    # One side is the straight edge from the top corner to the bottom one; the other bends at the middle corner.
    whole = (xc - xa) / np.maximum(yc - ya, 1e-9)
    upper, lower = (xb - xa) / np.maximum(yb - ya, 1e-9), (xc - xb) / np.maximum(yc - yb, 1e-9)
    at = np.clip(row, ya[triangle], yc[triangle])
    below = at - yb[triangle]
    straight = (xa - ya * whole)[triangle] + at * whole[triangle]
    bent = xb[triangle] + below * np.where(below < 0, upper[triangle], lower[triangle])
    left = np.clip(np.ceil(np.minimum(straight, bent) - 0.5), 0, grid.columns).astype(np.intp)
    right = np.clip(np.floor(np.maximum(straight, bent) + 0.5) + 1, left, grid.columns).astype(np.intp)
    return triangle, row, left, right


def piecewise_affine_map(grid: SampleGrid, triangle_ids: NDArray[np.int16], maps: Float64Array) -> Field:
    """Backward field that applies to each sample the affine map of its triangle.

    Parameters
    ----------
    grid : SampleGrid
        Grid over the output picture.
    triangle_ids : (rows, columns) int16 array
        From `rasterize_triangle_ids`.
    maps : (3, t, d) array
        From `affine_maps`; d is 2 for each picture that is sampled.

    Returns
    -------
    (rows, columns, d) float32 array
        Source positions in pixels; the sample's own position where there is no triangle.
    """
    x, y = grid.axes()
    numbers = maps.shape[2]
    identity = np.tile(np.eye(3)[:, None, :2], numbers // 2)
    # The id -1 (no triangle) wraps round to the last row, the identity.
    tables = np.concatenate([maps, identity], axis=1).astype(np.float32)
    rows = triangle_ids.astype(np.intp)  # NumPy converts any other type number by number
    # A line of samples has all its numbers one after the other: NumPy is slow where its innermost loop has two steps.
    by_x, by_y, shift = (table.take(rows, axis=0, mode="wrap").reshape(grid.rows, -1) for table in tables)
    # Separate products and sums: the rounding of a library's product depends on the memory layout.
    by_x *= np.repeat(x, numbers)
    by_y *= y[:, None]
    by_x += by_y
    by_x += shift
    return np.asarray(by_x.reshape(grid.rows, grid.columns, numbers), np.float32)


def affine_places(rows: IntArray, columns: IntArray, triangles: IntArray, maps: Float64Array) -> Float32Array:
    """Apply to some pixels the affine maps of their triangles: `piecewise_affine_map` for a few.

    Parameters
    ----------
    rows, columns : (n,) int arrays
        Pixels, y and x.
    triangles : (n,) int array
        Of each pixel, rows of `maps`.
    maps : (3, t, d) array
        From `affine_maps`.

    Returns
    -------
    (n, d) float32 array
        Source positions in pixels.
    """
    by_x, by_y, shift = (table.take(triangles, axis=0) for table in maps.astype(np.float32))
    by_x *= columns.astype(np.float32)[:, None]
    by_y *= rows.astype(np.float32)[:, None]
    by_x += by_y
    by_x += shift
    return np.asarray(by_x, np.float32)


def affine_maps(source: Points, destination: Points) -> Float64Array:
    """Affine maps that take source triangles to destination triangles.

    Parameters
    ----------
    source : (t, 3, 2) array
        Corners x, y.
    destination : (t, 3, d) array
        Corners of the same triangles, d numbers each.

    Returns
    -------
    (3, t, d) float64 array
        Position x, y maps to ``x maps[0] + y maps[1] + maps[2]``. A source triangle without area maps everything to the
        centroid of its destination.
    """
    # Corners first, triangles last: NumPy loops along the last axis.
    a, b = (np.ascontiguousarray(corners.transpose(1, 2, 0), np.float64) for corners in (source, destination))
    (ux, uy), (vx, vy) = a[1] - a[0], a[2] - a[0]
    area = ux * vy - uy * vx
    flat = np.abs(area) < 1e-6
    scale = 1 / np.where(flat, np.inf, area)
    along, aside = b[1] - b[0], b[2] - b[0]
    by_x = vy * scale * along - uy * scale * aside
    by_y = ux * scale * aside - vx * scale * along
    middle_x, middle_y = (a[0] + a[1] + a[2]) / 3
    shift = (b[0] + b[1] + b[2]) / 3 - by_x * middle_x - by_y * middle_y
    return np.stack([by_x.T, by_y.T, shift.T])


def coverage(grid: SampleGrid, triangles: NDArray[np.int32], moved: Points, outline: tuple[int, ...]) -> UInt8Array:
    """Draw the anti-aliased silhouette of a mesh at full resolution.

    Parameters
    ----------
    grid : SampleGrid
        Its pixels are those of the silhouette.
    triangles : (t, 3) int32 array
        Rows of `moved`. The mesh has no holes, and all triangles that face the viewer have the same orientation.
    moved : (n, 2) array
        Vertices x, y in pixels.
    outline : tuple of int
        Rows of `moved` along the rim of the mesh.

    Returns
    -------
    (height, width) uint8 array
        255 inside, 0 outside.
    """
    silhouette = np.zeros((grid.height, grid.width), np.uint8)
    corners = fixed_point(moved, (grid.left, grid.top))
    rim = corners[list(outline)]
    drawn = corners[triangles]
    if not _crosses_itself(rim):
        # Inside the outline at least one triangle faces the viewer, so it is filled. Outside, as many face the viewer
        # as face away, for example where a nose extends beyond the cheek: it is enough to draw those that face the
        # viewer.
        cv2.fillPoly(silhouette, [rim], (255,), cv2.LINE_8, SUBPIXEL_BITS)
        area = _cross(drawn[:, 1] - drawn[:, 0], drawn[:, 2] - drawn[:, 0])
        drawn = drawn[area < 0 if np.median(area) > 0 else area > 0]
    for triangle in drawn:
        cv2.fillConvexPoly(silhouette, triangle, (255,), cv2.LINE_8, SUBPIXEL_BITS)
    return np.asarray(cv2.GaussianBlur(silhouette, (0, 0), EDGE_SOFTNESS), np.uint8)


def remap(picture: AnyPicture, field: Field, interpolation: int, border: int = cv2.BORDER_REPLICATE) -> AnyPicture:
    """Sample a picture through a backward field.

    Parameters
    ----------
    picture : (y, x) or (y, x, c) array
        Source.
    field : (h, w, 2) float32 array
        Absolute positions x, y in `picture`, in pixels.
    interpolation : int
        OpenCV's interpolation flag, for example `cv2.INTER_LINEAR`.
    border : int, optional
        OpenCV's border mode for positions outside the picture.

    Returns
    -------
    (h, w) or (h, w, c) array
        Of the type of `picture`.
    """
    # OpenCV's type hints require a second map, which a field of two channels does not need.
    warped: AnyPicture = cv2.remap(picture, field, None, interpolation, borderMode=border)  # type: ignore[call-overload]
    return warped


def affine_field(grid: SampleGrid, affine: Float64Array) -> Field:
    """Sample an affine map on a grid.

    Parameters
    ----------
    grid : SampleGrid
    affine : (2, 3) float64 array
        From positions of the grid to those of a source.

    Returns
    -------
    (rows, columns, 2) float32 array
        Backward field.
    """
    x, y = grid.axes()
    # Separate products and sums: the rounding of a library's matrix product depends on the memory layout.
    return np.asarray(np.stack([by_x * x + by_y * y[:, None] + by for by_x, by_y, by in affine], axis=-1), np.float32)


def jacobian(field: Field, step: float) -> Float32Array:
    """Compute the Jacobian determinant of a backward field.

    Parameters
    ----------
    field : (rows, columns, 2) float32 array
        Source positions x, y in pixels.
    step : float
        Distance between neighbouring samples, in pixels.

    Returns
    -------
    (rows - 1, columns - 1) float32 array
        1 where the field keeps areas; zero or negative where the picture folds over.
    """
    across = (field[:-1, 1:] - field[:-1, :-1]) / step
    down = (field[1:, :-1] - field[:-1, :-1]) / step
    return np.asarray(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0], np.float32)


def _cross(a: NDArray[Any], b: NDArray[Any]) -> Float64Array:
    """(...) z component of the cross product of vectors (..., 2)."""
    return np.asarray(a[..., 0] * np.float64(1) * b[..., 1] - a[..., 1] * np.float64(1) * b[..., 0], np.float64)


def _crosses_itself(outline: NDArray[np.int32]) -> bool:
    """Whether two sides of a closed outline (n, 2) cross or touch, apart from adjacent sides."""
    start, end = outline, np.roll(outline, -1, axis=0)
    side = (end - start)[:, None]
    # Two sides cross if each has the ends of the other on different sides, or on its own line.
    across = _cross(side, start - start[:, None]) * _cross(side, end - start[:, None]) <= 0
    near = np.abs(np.subtract.outer(np.arange(len(outline)), np.arange(len(outline))))
    apart = (near > 1) & (near < len(outline) - 1)
    return bool((across & across.T & apart).any())
