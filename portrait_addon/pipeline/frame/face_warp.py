"""The warp of the face mesh in one frame, drawn far to near, and the gain of the ratio images on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance
from ..imaging.arrays import BoolArray, Field, Float32Array, UInt8Array
from ..imaging.colour import CURVE
from ..imaging.raster import affine_maps, coverage, piecewise_affine_map, rasterize_triangle_ids
from ..imaging.sample_grid import SampleGrid
from .shading import Shading

CELLS = 100
"""Grid cells an outer-eye distance."""


@dataclass(frozen=True, eq=False)
class Skin:
    """The skin of one frame.

    Attributes
    ----------
    grid : SampleGrid
    samples : (rows, columns, 2) array
        Backward field.
    silhouette : (y, x) uint8 array
        Anti-aliased, 0..255, of all pixels that the grid covers.
    curve_gain : (rows, columns, 3) array, optional
        See `colour.brighten`.
    """

    grid: SampleGrid
    samples: Field = field(repr=False)
    silhouette: UInt8Array = field(repr=False)
    curve_gain: Float32Array | None = field(repr=False)

    def hides(self, grid: SampleGrid) -> BoolArray:
        """Find the cells of another grid that the skin hides wholly: they need not be painted.

        Parameters
        ----------
        grid : SampleGrid

        Returns
        -------
        (rows, columns) bool array
        """
        step, box = grid.step, self.grid.box
        left, top = -(-(box.left - grid.left) // step), -(-(box.top - grid.top) // step)
        x, y = grid.left + left * step - box.left, grid.top + top * step - box.top
        # Every pixel becomes the least of the cell of which it is the first.
        square = np.ones((step, step), np.uint8)
        least = cv2.erode(self.silhouette, square, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
        opaque = least[y::step, x::step] == 255
        hidden = np.zeros((grid.rows, grid.columns), np.bool_)
        above, before = max(-top, 0), max(-left, 0)
        inside = opaque[above : above + grid.rows, before : before + grid.columns]
        part = hidden[max(top, 0) : max(top, 0) + len(inside), max(left, 0) : max(left, 0) + inside.shape[1]]
        part[:] = inside[: len(part), : part.shape[1]]
        return hidden


def skin_of(rest: Float32Array, moved: Float32Array, shadings: Sequence[Shading]) -> Skin:
    """Warp the face mesh of a frame.

    Parameters
    ----------
    rest, moved : (478, 3) arrays
        The portrait's points at rest and in this frame, in pixels; z away from the viewer.
    shadings : sequence of Shading
        Of this frame; their factors multiply.

    Returns
    -------
    Skin
    """
    triangles = face_triangles()
    triangles = triangles[np.argsort(-moved[triangles, 2].mean(axis=1), kind="stable")]  # far to near
    seen = moved[:SKIN_POINTS, :2]
    step = max(1, round(outer_eye_distance(rest) / CELLS))
    grid = SampleGrid.over(seen.min(axis=0) - 3, seen.max(axis=0) + 3, step)
    triangle_ids = rasterize_triangle_ids(grid, triangles, moved[:, :2])
    spaces = np.hstack([rest[:, :2], *(shading.face.points for shading in shadings)])
    maps = affine_maps(moved[triangles, :2], spaces[triangles])
    samples, *canonical = np.split(piecewise_affine_map(grid, triangle_ids, maps), 1 + len(shadings), axis=2)
    log_gains = [shading.log_gain(there, triangle_ids >= 0) for shading, there in zip(shadings, canonical, strict=True)]
    change = [log_gain for log_gain in log_gains if log_gain is not None]
    curve_gain = np.exp(reduce(np.add, change) / np.float32(CURVE)) if change else None
    return Skin(grid, samples, coverage(grid, triangles, moved[:, :2], FACE_OVAL), curve_gain)
