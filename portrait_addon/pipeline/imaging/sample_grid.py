"""A regular grid of sample points over a part of a picture, coarser than its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Field, Float32Array, Float64Array, IntArray, Points
from .box import Box


@dataclass(frozen=True)
class SampleGrid:
    """A regular grid of sample points over a part of a picture.

    Each sample lies in the centre of its cell, where `cv2.resize` places it when it enlarges an array.

    Attributes
    ----------
    left, top : int
        First pixel that the grid covers; may lie outside the picture.
    step : int
        Width and height of a cell in pixels.
    columns, rows : int
        Number of cells.
    """

    left: int
    top: int
    step: int
    columns: int
    rows: int

    @classmethod
    def over(cls, low: Points | IntArray, high: Points | IntArray, step: int) -> SampleGrid:
        """Make the grid that covers a rectangle between two positions.

        Parameters
        ----------
        low, high : (2,) arrays
            Smallest and largest x, y in pixels; both are covered.
        step : int
            Width and height of a cell in pixels.

        Returns
        -------
        SampleGrid
            With at least one cell.

        Examples
        --------
        >>> SampleGrid.over(np.array([0, 0]), np.array([9.5, 3]), 4)
        SampleGrid(left=0, top=0, step=4, columns=3, rows=1)
        """
        left, top = (int(v) for v in np.floor(low))
        columns, rows = (int(v) for v in np.ceil((np.asarray(high) + 1 - (left, top)) / step))
        return cls(left, top, step, max(columns, 1), max(rows, 1))

    @classmethod
    def of_pixels(cls, box: Box, step: int = 1) -> SampleGrid:
        """Make the grid that covers a box.

        Parameters
        ----------
        box : Box
            Pixels to cover.
        step : int
            Width and height of a cell in pixels; 1 puts a sample at every pixel.

        Returns
        -------
        SampleGrid
            Covers the box; extends up to ``step - 1`` pixels beyond its right and bottom.
        """
        return cls(box.left, box.top, step, -(-(box.right - box.left) // step), -(-(box.bottom - box.top) // step))

    def reaching(self, box: Box, room: int) -> SampleGrid:
        """The part of the grid that a picture needs, in whole cells.

        Parameters
        ----------
        box : Box
            Pixels to cover, as far as this grid covers them.
        room : int
            Cells that are kept on each side of the box.

        Returns
        -------
        SampleGrid
            With at least one cell.

        Examples
        --------
        >>> SampleGrid(-40, 3, 4, 1000, 2).reaching(Box(0, 0, 8, 8), 1)
        SampleGrid(left=-4, top=3, step=4, columns=4, rows=2)
        """
        left, columns = _reaching(box.left - self.left, box.right - self.left, self.step, room, self.columns)
        top, rows = _reaching(box.top - self.top, box.bottom - self.top, self.step, room, self.rows)
        return SampleGrid(self.left + left * self.step, self.top + top * self.step, self.step, columns, rows)

    @property
    def width(self) -> int:
        """Width of the covered area, in pixels."""
        return self.columns * self.step

    @property
    def height(self) -> int:
        """Height of the covered area, in pixels."""
        return self.rows * self.step

    @property
    def box(self) -> Box:
        """Box of the covered pixels."""
        return Box(self.left, self.top, self.left + self.width, self.top + self.height)

    def of_cells(self, left: int, top: int, right: int, bottom: int) -> Box:
        """Convert a rectangle of cells to the box of their pixels.

        Parameters
        ----------
        left, top : int
            First column and row of cells.
        right, bottom : int
            First column and row beyond.

        Returns
        -------
        Box
            In pixels of the picture.
        """
        return Box(
            *(
                origin + self.step * cell
                for origin, cell in zip((self.left, self.top) * 2, (left, top, right, bottom), strict=True)
            )
        )

    def axes(self) -> tuple[Float32Array, Float32Array]:
        """Coordinates of the columns and rows of samples.

        Returns
        -------
        x : (columns,) float32 array
            In pixels of the picture.
        y : (rows,) float32 array
            In pixels of the picture.
        """
        middle = (self.step - 1) / 2
        x = self.left + middle + self.step * np.arange(self.columns, dtype=np.float32)
        y = self.top + middle + self.step * np.arange(self.rows, dtype=np.float32)
        return x, y

    def positions(self) -> Field:
        """Positions of all samples.

        Returns
        -------
        (rows, columns, 2) float32 array
            x, y in pixels of the picture: the backward field that changes nothing.
        """
        positions = np.empty((self.rows, self.columns, 2), np.float32)
        positions[..., 0], (positions[..., 1].T)[:] = self.axes()
        return positions

    def to_cells(self, points: Points) -> Float64Array:
        """Convert positions from pixels to cells.

        Parameters
        ----------
        points : (..., 2) array
            x, y in pixels of the picture.

        Returns
        -------
        (..., 2) float64 array
            Column and row; the first sample is at (0, 0).
        """
        middle = (self.step - 1) / 2
        return np.asarray((points - (self.left + middle, self.top + middle)) / self.step, np.float64)

    def upsample(self, samples: Field, part: Box | None = None) -> Field:
        """Interpolate values at the samples linearly to every pixel.

        Parameters
        ----------
        samples : (rows, columns) or (rows, columns, c) float32 array
            A value for each sample.
        part : Box, optional
            Pixels to compute, within the grid's box; by default all of it.

        Returns
        -------
        (h, w) or (h, w, c) float32 array
            Of the size of `part`; constant between the outermost samples and the grid's edge.
        """
        if part is None:
            part = self.box
        if self.step == 1:
            return part.of(samples, self.box)
        # A pixel is interpolated between the samples of its own cell and of adjacent cells.
        first, last = (part.left - self.left) // self.step - 1, -(-(part.right - self.left) // self.step) + 1
        left, right = max(first, 0), min(last, self.columns)
        first, last = (part.top - self.top) // self.step - 1, -(-(part.bottom - self.top) // self.step) + 1
        top, bottom = max(first, 0), min(last, self.rows)
        cells = samples[top:bottom, left:right]
        size = (right - left) * self.step, (bottom - top) * self.step
        enlarged = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)
        x, y = part.left - self.left - left * self.step, part.top - self.top - top * self.step
        return enlarged[y : y + part.bottom - part.top, x : x + part.right - part.left]


def _reaching(low: int, high: int, step: int, room: int, count: int) -> tuple[int, int]:
    """First and number, at least 1, of those of `count` cells that pixels from `low` to before `high` need."""
    first = min(max(low // step - room, 0), count - 1)
    return first, max(min(-(-high // step) + room, count) - first, 1)
