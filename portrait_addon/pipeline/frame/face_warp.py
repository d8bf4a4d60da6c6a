"""The warp of the face mesh in one frame, rasterized from far to near, and the gain of the ratio images on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import cv2
import numpy as np

from ..face.jaw_skirt import JawSkirt
from ..face.mesh import ALL_POINTS, FACE_OVAL, SKIN_POINTS, face_triangles, outer_eye_distance
from ..imaging.arrays import BoolArray, Field, Float32Array, Points, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import CURVE
from ..imaging.raster import OVERDRAW, affine_maps, coverage, piecewise_affine_map, rasterize_triangle_ids
from ..imaging.sample_grid import SampleGrid
from ..portrait.headroom import Headroom
from .shading import Shading

CELLS = 100
"""Grid cells per outer-eye distance: finer ones look the same and take longer."""

IRISES = slice(SKIN_POINTS, ALL_POINTS)
"""Rows of the points that lie on no skin."""

ROOM = OVERDRAW + 2
"""Cells that are kept beyond the picture, so that a face that reaches beyond it ends no earlier."""


@dataclass(frozen=True, eq=False)
class Skin:
    """The skin of the face in one frame.

    Attributes
    ----------
    grid : SampleGrid
        Grid over the skin; may reach beyond the picture.
    samples : (rows, columns, 2) float32 array
        Backward field: absolute source positions in the portrait at the grid's samples, in pixels.
    silhouette : (y, x) uint8 array
        Anti-aliased alpha of the skin, 0..255, for all pixels that the grid covers.
    curve_gain : (rows, columns, 3) float32 array, optional
        Gain of the shading on blue, green and red, see `colour.brighten`; None if there is no shading.
    learned_gain : (rows, columns, 3) float32 array, optional
        The part of it that was learned from others, for a pass; None if there is none.
    """

    grid: SampleGrid
    samples: Field = field(repr=False)
    silhouette: UInt8Array = field(repr=False)
    curve_gain: Float32Array | None = field(repr=False)
    learned_gain: Float32Array | None = field(repr=False, default=None)

    def alpha_in(self, box: Box) -> Float32Array:
        """Alpha of the skin in any pixels.

        Parameters
        ----------
        box : Box

        Returns
        -------
        (h, w) float32 array
            0..1; 0 beyond what the grid covers.
        """
        alpha = np.zeros((box.bottom - box.top, box.right - box.left), np.float32)
        common = box.common(self.grid.box)
        if not common.empty:
            common.of(alpha, box)[:] = common.of(self.silhouette, self.grid.box) / np.float32(255)
        return alpha

    def hides(self, grid: SampleGrid) -> BoolArray:
        """Find the cells of another grid that the skin covers completely. They need not be painted.

        Parameters
        ----------
        grid : SampleGrid
            The other grid.

        Returns
        -------
        (rows, columns) bool array
            True for the covered cells of `grid`.
        """
        step, box = grid.step, self.grid.box
        left, top = -(-(box.left - grid.left) // step), -(-(box.top - grid.top) // step)
        x, y = grid.left + left * step - box.left, grid.top + top * step - box.top
        # The erosion sets each pixel to the minimum of the cell whose top left pixel it is.
        square = np.ones((step, step), np.uint8)
        minimum = cv2.erode(self.silhouette, square, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
        opaque = minimum[y::step, x::step] == 255
        hidden = np.zeros((grid.rows, grid.columns), np.bool_)
        above, before = max(-top, 0), max(-left, 0)
        inside = opaque[above : above + grid.rows, before : before + grid.columns]
        part = hidden[max(top, 0) : max(top, 0) + len(inside), max(left, 0) : max(left, 0) + inside.shape[1]]
        part[:] = inside[: len(part), : part.shape[1]]
        return hidden


def skin_of(
    rest: Float32Array,
    moved: Float32Array,
    shadings: Sequence[Shading],
    picture: Box,
    headroom: Headroom,
    skirt: JawSkirt | None = None,
) -> Skin:
    """Warp the face mesh of a frame.

    Parameters
    ----------
    rest, moved : (478, 3) float32 arrays
        The portrait's points at rest and in this frame, in pixels; z away from the viewer.
    shadings : sequence of Shading
        Shadings of this frame; their factors are multiplied.
    picture : Box
        Pixels of the portrait: nothing is computed far beyond them.
    headroom : Headroom
        Of the portrait: their product does not exceed it.
    skirt : JawSkirt, optional
        Joins the jaw to what does not move. Without one the face ends at its outline.

    Returns
    -------
    Skin
        Field, silhouette and gain of the skin.
    """
    triangles = face_triangles()
    triangles = triangles[np.argsort(-moved[triangles, 2].mean(axis=1), kind="stable")]  # far to near
    skin, outline = moved[:SKIN_POINTS, :2], tuple(FACE_OVAL)
    spaces: list[Points] = [rest[:, :2], *(shading.face.points for shading in shadings)]
    if skirt is not None:
        moved, spaces = skirt.moved(rest, moved), [skirt.around(space) for space in spaces]
        triangles, outline = np.vstack([skirt.triangles, triangles]), skirt.outline
        skin = np.delete(moved[:, :2], IRISES, axis=0)
    step = max(1, round(outer_eye_distance(rest) / CELLS))
    grid = SampleGrid.over(skin.min(axis=0) - 3, skin.max(axis=0) + 3, step).reaching(picture, ROOM)
    triangle_ids = rasterize_triangle_ids(grid, triangles, moved[:, :2])
    maps = affine_maps(moved[triangles, :2], np.hstack(spaces)[triangles])
    samples, *canonical = np.split(piecewise_affine_map(grid, triangle_ids, maps), 1 + len(shadings), axis=2)
    log_gains = [
        shading.log_gain(positions, triangle_ids >= 0) for shading, positions in zip(shadings, canonical, strict=True)
    ]
    given = [log_gain for log_gain in log_gains if log_gain is not None]
    learned = [gain for shading, gain in zip(shadings, log_gains, strict=True) if shading.learned and gain is not None]
    curve_gain, learned_gain = (
        np.exp(headroom.limited(reduce(np.add, some), samples) / np.float32(CURVE)) if some else None
        for some in (given, learned)
    )
    return Skin(grid, samples, coverage(grid, triangles, moved[:, :2], outline), curve_gain, learned_gain)
