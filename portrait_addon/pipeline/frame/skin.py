"""Step 2: the skin of the face, drawn far to near, and shaded by the ratio images of step 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance
from ..imaging.arrays import BoolArray, Field, Float32Array, ImageArray, UInt8Array
from ..imaging.colour import CURVE
from ..imaging.compositing import warp_and_composite
from ..imaging.raster import affine_maps, coverage, piecewise_affine_map, rasterize_triangle_ids
from ..imaging.sample_grid import SampleGrid
from ..portrait.texture import PortraitTexture
from .shading import Shading

if TYPE_CHECKING:
    from .aov_writer import AovWriter

CELLS = 100
"""Lattice cells an outer-eye distance."""


@dataclass(frozen=True, eq=False)
class Skin:
    """The skin of one frame.

    Attributes
    ----------
    lattice : Lattice
    samples : (rows, columns, 2) array
        Backward field.
    silhouette : (y, x) uint8 array
        Anti-aliased, 0..255, of all pixels that the lattice covers.
    curve_gain : (rows, columns, 3) array, optional
        See `layers.brighten`.
    """

    grid: SampleGrid
    samples: Field = field(repr=False)
    silhouette: UInt8Array = field(repr=False)
    curve_gain: Float32Array | None = field(repr=False)

    def hides(self, grid: SampleGrid) -> BoolArray:
        """(rows, columns) which cells of another lattice lie wholly below it: what is there need not be painted."""
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
    """The skin of a frame.

    Parameters
    ----------
    rest, moved : (478, 3) arrays
        The portrait's points at rest and in this frame.
    shadings : sequence of Shading
        Of this frame; their factors multiply.
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


def paint_skin(composed: ImageArray, source: PortraitTexture, skin: Skin, record: AovWriter | None = None) -> None:
    """Paint the skin into a composed picture, in place."""
    warp_and_composite(composed, source, skin.grid, skin.samples, skin.silhouette, skin.curve_gain, record)
    if record is not None:
        part = skin.grid.box.within(composed)
        record.covered(part, part.of(skin.silhouette, skin.grid.box).astype(np.float32) / 255)
