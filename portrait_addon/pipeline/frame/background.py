"""The layer of everything outside the face.

Where the background is locked, the person moves over a clean plate that keeps still, and the plate's fill shows where
the head uncovers it. Where the driver's camera moved, the plate moves as the scene behind the driver does. Outside the
moved person the frame is the portrait, value by value. Where it is not locked, one smooth field moves the person and
the background alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ..imaging.arrays import BoolArray, Field, UInt8Array
from ..imaging.compositing import parts, remap_cells, strips
from ..imaging.raster import remap
from .aov_writer import AovWriter
from .canvas import Canvas
from .state import FrameState


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint everything outside the face.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    grid = state.prepared.surround_grid
    uncovered = ~state.skin.hides(grid)
    if state.background is None:
        remap_cells(canvas.picture, state.prepared.texture.picture, grid, state.surround, uncovered)
    else:
        _paint_layers(canvas, state, state.background, uncovered)
    if canvas.aovs is not None:
        canvas.aovs.begin(canvas.picture, grid.upsample(state.surround, state.prepared.portrait.box))
        if state.background is not None:
            _record_layers(canvas, canvas.aovs, state, state.background)


def _paint_layers(canvas: Canvas, state: FrameState, background: Field, uncovered: BoolArray) -> None:
    """Paint the clean plate through its own field, and the person over it, in the cells that are not covered later."""
    layers, grid = state.prepared.layers, state.prepared.surround_grid
    cells = grid.to_cells(state.surround).astype(np.float32)
    canvas.picture[:] = layers.clean_plate
    if not np.array_equal(background, grid.positions()):
        plate = extreme_at(layers.least, cells, cv2.erode) < 255
        remap_cells(canvas.picture, layers.clean_plate, grid, background, plate & uncovered)
    person = extreme_at(layers.most, cells, cv2.dilate) > 0
    for part in parts(grid, person & uncovered, canvas.picture):
        positions = grid.upsample(state.surround, part)
        canvas.composite_over(part, *layers.sample_person(state.prepared.texture.picture, positions))


def _record_layers(canvas: Canvas, aovs: AovWriter, state: FrameState, background: Field) -> None:
    """Record how `_paint_layers` has made the picture."""
    layers, grid, picture = state.prepared.layers, state.prepared.surround_grid, state.prepared.texture.picture
    for part in strips(state.prepared.portrait.box):
        moved, still = grid.upsample(state.surround, part), grid.upsample(background, part)
        aovs.locked(
            part,
            still,
            remap(layers.matte, moved, cv2.INTER_LINEAR).astype(np.float32) / 255,
            remap(picture, moved, cv2.INTER_LINEAR),
            remap(picture, still, cv2.INTER_LINEAR),
            remap(layers.matte, still, cv2.INTER_NEAREST) == 255,
            part.cut(canvas.picture),
        )


def extreme_at(values: UInt8Array, cells: Field, extreme: Callable[..., Any]) -> UInt8Array:
    """Find the extreme of the values of cells to which a field leads from each cell and its neighbours.

    Parameters
    ----------
    values : (rows, columns) uint8 array
        Of the cells of a grid.
    cells : (rows, columns, 2) float32 array
        Column and row to which the field leads.
    extreme : callable
        ``cv2.erode`` or ``cv2.dilate``.

    Returns
    -------
    (rows, columns) uint8 array
    """
    found = remap(values, cells, cv2.INTER_NEAREST)
    return np.asarray(extreme(found, np.ones((3, 3), np.uint8)), np.uint8)
