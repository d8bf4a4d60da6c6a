"""Step 2: from moved control points to the source of every output pixel.

A warp field is backward: for an output pixel it holds the position to look up in the portrait. It lives on a lattice
coarser than the picture and is enlarged linearly; only the lookup runs at full size.

The triangles are drawn at their new places, far to near, each with the affine map back to the portrait (linear
interpolation of the warp [lecture]), so that a head that turns covers its own far cheek.

Outside the face the field is smoothed by its confidence [lecture]: not at all at the face, and with one of ten radii
that grow with distance, 0, 0.005, 0.010, ... of the picture's diagonal. How the radius grows is not given there, and a
picture's diagonal would make a cropped portrait move differently: here both are tied to the face.
"""

from __future__ import annotations

from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from .arrays import BoolArray, Field, Float32Array, Float64Array, IntArray, Points, UInt8Array
from .polygons import SUBPIXEL_BITS, fixed_point
from .sample_grid import SampleGrid

OVERDRAW = 2
"""Cells by which a mesh is continued beyond its outline, so that an anti-aliased edge finds something to look up."""

THINNEST = 0.5
"""Triangles lower than this many samples are left to their neighbours, which touch the same samples: the map of a lid
that has closed leads far away from the eye."""

EDGE_SOFTNESS = 0.8
"""Standard deviation, in pixels, of the blur that turns the steps of a silhouette into an anti-aliased edge."""


AnyPicture = TypeVar("AnyPicture", bound=NDArray[Any])

_AROUND = np.ones((3, 3), np.uint8)


def rasterize_backward_map(
    grid: SampleGrid, triangles: NDArray[np.int32], moved: Points, rest: Points
) -> tuple[Field, BoolArray]:
    """Backward field of a triangle mesh; later triangles cover earlier ones.

    Parameters
    ----------
    lattice : Lattice
    triangles : (t, 3) int array
        Rows of `moved` and `rest`, in the order in which they are drawn.
    moved, rest : (n, 2) arrays
        The mesh in the output and in the portrait, in pixels.

    Returns
    -------
    field : (rows, columns, 2) float32 array
        Absolute source positions; the sample's own position where no triangle lies.
    covered : (rows, columns) bool array
        Where a triangle lies, or its continuation by `OVERDRAW` cells.
    """
    triangle_ids = rasterize_triangle_ids(grid, triangles, moved)
    covered = triangle_ids >= 0
    return piecewise_affine_map(grid, triangle_ids, affine_maps(moved[triangles], rest[triangles])), covered


def rasterize_triangle_ids(grid: SampleGrid, triangles: NDArray[np.int32], points: Points) -> NDArray[np.int16]:
    """(rows, columns) number of the triangle seen at each sample; -1 where there is none.

    Later triangles cover earlier ones. Beyond its outline the mesh goes on for `OVERDRAW` samples.
    """
    x, y = grid.to_cells(points).T[:, triangles.T]
    number = np.flatnonzero(_may_be_seen(x, y, grid))
    triangle, row, left, right = _spans(x[:, number], y[:, number], grid)
    length = right - left
    # Every span's samples one after the other; what is written last is what is seen.
    before = np.cumsum(length) - length
    sample = np.repeat(row * grid.columns + left - before, length) + np.arange(length.sum())
    triangle_ids = np.full((grid.rows, grid.columns), -1, np.int16)
    triangle_ids.reshape(-1)[sample] = np.repeat(number[triangle].astype(np.int16), length)
    for _ in range(OVERDRAW):
        np.copyto(triangle_ids, cv2.dilate(triangle_ids, _AROUND), where=triangle_ids < 0)
    return triangle_ids


def _may_be_seen(x: Float64Array, y: Float64Array, grid: SampleGrid) -> BoolArray:
    """Which triangles with corners x, y (3, t), in cells, reach the lattice and are more than a line."""
    (left, top), (right, bottom) = ([extreme.reduce(v) for v in (x, y)] for extreme in (np.minimum, np.maximum))
    reach = (right > -1) & (left < grid.columns) & (bottom > -1) & (top < grid.rows)
    across, down = x - x[[1, 2, 0]], y - y[[1, 2, 0]]
    longest = np.maximum.reduce(across**2 + down**2)
    area = across[0] * down[1] - across[1] * down[0]
    return np.asarray(reach & (area**2 > THINNEST**2 * longest), bool)


def _spans(x: Float64Array, y: Float64Array, grid: SampleGrid) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Which samples of which rows triangles cover, or touch by less than half a cell.

    Parameters
    ----------
    x, y : (3, t) arrays
        Corners in cells.
    lattice : Lattice

    Returns
    -------
    triangle, row, left, right : (n,) int arrays
        A span each, in the order of the triangles; `right` is the first column beyond.
    """
    down = np.argsort(y, axis=0)
    (xa, xb, xc), (ya, yb, yc) = (np.take_along_axis(v, down, axis=0) for v in (x, y))
    first = np.maximum(np.ceil(ya - 0.5), 0).astype(np.intp)
    count = np.maximum(np.minimum(np.floor(yc + 0.5), grid.rows - 1).astype(np.intp) + 1 - first, 0)
    triangle = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(triangle)) + np.repeat(first - (np.cumsum(count) - count), count)
    # One side leads from the uppermost corner to the lowest, the other by way of the third.
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
    """Backward field in which every sample goes through the map of the triangle that owns it.

    Parameters
    ----------
    lattice : Lattice
    owner : (rows, columns) array
        From `rasterize_triangle_ids`.
    maps : (3, t, d) array
        From `affine_maps`, to one or more pictures.

    Returns
    -------
    (rows, columns, d) float32 array
        Where there is no triangle, a sample's own position.
    """
    x, y = grid.axes()
    itself = np.tile(np.eye(3)[:, None, :2], maps.shape[2] // 2)
    # An owner of -1, where there is none, is the last.
    tables = np.concatenate([maps, itself], axis=1).astype(np.float32)
    by_x, by_y, shift = (table.take(triangle_ids, axis=0, mode="wrap") for table in tables)
    # Products and sums one by one: a library's own would round by how the memory happens to lie.
    by_x *= x[:, None]
    by_y *= y[:, None, None]
    by_x += by_y
    by_x += shift
    return np.asarray(by_x, np.float32)


def affine_maps(source: Points, destination: Points) -> Float64Array:
    """(3, t, d) affine maps that take each source triangle (t, 3, 2) to its destination (t, 3, d).

    Position x, y goes to ``x maps[0] + y maps[1] + maps[2]``. A source without area maps everything to the
    destination's middle.
    """
    a, b = source.astype(np.float64), destination.astype(np.float64)
    (ux, uy), (vx, vy) = (a[:, 1] - a[:, 0]).T, (a[:, 2] - a[:, 0]).T
    area = ux * vy - uy * vx
    flat = np.abs(area) < 1e-6
    scale = 1 / np.where(flat, np.inf, area)
    along, aside = b[:, 1] - b[:, 0], b[:, 2] - b[:, 0]
    by_x = (vy * scale)[:, None] * along - (uy * scale)[:, None] * aside
    by_y = (ux * scale)[:, None] * aside - (vx * scale)[:, None] * along
    middle = (a[:, 0] + a[:, 1] + a[:, 2]) / 3
    shift = (b[:, 0] + b[:, 1] + b[:, 2]) / 3 - by_x * middle[:, :1] - by_y * middle[:, 1:]
    return np.stack([by_x, by_y, shift])


def coverage(grid: SampleGrid, triangles: NDArray[np.int32], moved: Points, outline: tuple[int, ...]) -> UInt8Array:
    """(height, width) anti-aliased silhouette of a mesh at full size, 0..255.

    Parameters
    ----------
    lattice : Lattice
    triangles : (t, 3) int array
        Rows of `moved`; a mesh without holes, all of whose triangles turn the same way round where it faces the viewer.
    moved : (n, 2) array
    outline : tuple of int
        Rows of `moved` along the rim of the mesh.
    """
    silhouette = np.zeros((grid.height, grid.width), np.uint8)
    corners = fixed_point(moved, (grid.left, grid.top))
    rim = corners[list(outline)]
    drawn = corners[triangles]
    if not _crosses_itself(rim):
        # Inside of it there is more of the mesh that faces the viewer than that is turned away: at least one triangle.
        # Outside there may be as many of both, as of a nose that reaches beyond the cheek.
        cv2.fillPoly(silhouette, [rim], (255,), cv2.LINE_8, SUBPIXEL_BITS)
        turned = _cross(drawn[:, 1] - drawn[:, 0], drawn[:, 2] - drawn[:, 0])
        drawn = drawn[turned < 0 if np.median(turned) > 0 else turned > 0]
    for triangle in drawn:
        cv2.fillConvexPoly(silhouette, triangle, (255,), cv2.LINE_8, SUBPIXEL_BITS)
    return np.asarray(cv2.GaussianBlur(silhouette, (0, 0), EDGE_SOFTNESS), np.uint8)


def remap(picture: AnyPicture, field: Field, interpolation: int, border: int = cv2.BORDER_REPLICATE) -> AnyPicture:
    """The picture looked up through a backward field of absolute positions."""
    # OpenCV's own types ask for a second map, which a field of two channels does not have.
    seen: AnyPicture = cv2.remap(picture, field, None, interpolation, borderMode=border)  # type: ignore[call-overload]
    return seen


def jacobian(field: Field, step: float) -> Float32Array:
    """(rows - 1, columns - 1) determinant of the field's derivative; not positive where the picture folds over."""
    across = (field[:-1, 1:] - field[:-1, :-1]) / step
    down = (field[1:, :-1] - field[:-1, :-1]) / step
    return np.asarray(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0], np.float32)


def _cross(a: NDArray[Any], b: NDArray[Any]) -> Float64Array:
    """(...) a's x times b's y less a's y times b's x."""
    return np.asarray(a[..., 0] * np.float64(1) * b[..., 1] - a[..., 1] * np.float64(1) * b[..., 0], np.float64)


def _crosses_itself(outline: NDArray[np.int32]) -> bool:
    """Whether two sides of a closed outline (n, 2) cross, or one ends on another."""
    start, end = outline, np.roll(outline, -1, axis=0)
    side = (end - start)[:, None]
    # Side k has both ends of side l on the same hand, or the other way round, if they do not cross.
    across = _cross(side, start - start[:, None]) * _cross(side, end - start[:, None]) <= 0
    near = np.abs(np.subtract.outer(np.arange(len(outline)), np.arange(len(outline))))
    apart = (near > 1) & (near < len(outline) - 1)
    return bool((across & across.T & apart).any())
