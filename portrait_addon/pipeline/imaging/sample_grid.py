"""A regular grid of sample points over a part of a picture, coarser than its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Field, Float32Array, Float64Array, IntArray, Points
from .box import Box


@dataclass(frozen=True)
class SampleGrid:
    """A regular grid of sample points over a part of the picture.

    Attributes
    ----------
    left, top : int
        First pixel that the lattice covers; may lie outside the picture.
    step : int
        Pixels a cell; a sample lies in the middle of its cell, where enlarging with `cv2.resize` puts it.
    columns, rows : int
    """

    left: int
    top: int
    step: int
    columns: int
    rows: int

    @classmethod
    def over(cls, low: Points | IntArray, high: Points | IntArray, step: int) -> SampleGrid:
        """The lattice that covers the box from `low` to `high` (x, y in pixels)."""
        left, top = (int(v) for v in np.floor(low))
        columns, rows = (int(v) for v in np.ceil((np.asarray(high) + 1 - (left, top)) / step))
        return cls(left, top, step, max(columns, 1), max(rows, 1))

    @classmethod
    def of_pixels(cls, box: Box, step: int = 1) -> SampleGrid:
        """The lattice that covers a box, with a sample at every pixel or every few."""
        return cls(box.left, box.top, step, -(-(box.right - box.left) // step), -(-(box.bottom - box.top) // step))

    @property
    def width(self) -> int:
        """Pixels covered."""
        return self.columns * self.step

    @property
    def height(self) -> int:
        """Pixels covered."""
        return self.rows * self.step

    @property
    def box(self) -> Box:
        """The pixels covered."""
        return Box(self.left, self.top, self.left + self.width, self.top + self.height)

    def of_cells(self, left: int, top: int, right: int, bottom: int) -> Box:
        """The pixels of some of its cells."""
        return Box(
            *(
                origin + self.step * cell
                for origin, cell in zip((self.left, self.top) * 2, (left, top, right, bottom), strict=True)
            )
        )

    def axes(self) -> tuple[Float32Array, Float32Array]:
        """(columns,) x and (rows,) y of the samples, in pixels of the picture."""
        middle = (self.step - 1) / 2
        x = self.left + middle + self.step * np.arange(self.columns, dtype=np.float32)
        y = self.top + middle + self.step * np.arange(self.rows, dtype=np.float32)
        return x, y

    def positions(self) -> Field:
        """(rows, columns, 2) sample points x, y in pixels of the picture."""
        positions = np.empty((self.rows, self.columns, 2), np.float32)
        positions[..., 0], (positions[..., 1].T)[:] = self.axes()
        return positions

    def to_cells(self, points: Points) -> Float64Array:
        """Points in units of cells, the first sample at (0, 0)."""
        middle = (self.step - 1) / 2
        return np.asarray((points - (self.left + middle, self.top + middle)) / self.step, np.float64)

    def upsample(self, samples: Field, part: Box | None = None) -> Field:
        """Values for every pixel covered, or for those of a part, linear between samples."""
        if part is None:
            part = self.box
        if self.step == 1:
            return part.of(samples, self.box)
        # A pixel lies between the sample of its own cell and that of a cell beside it.
        first, last = (part.left - self.left) // self.step - 1, -(-(part.right - self.left) // self.step) + 1
        left, right = max(first, 0), min(last, self.columns)
        first, last = (part.top - self.top) // self.step - 1, -(-(part.bottom - self.top) // self.step) + 1
        top, bottom = max(first, 0), min(last, self.rows)
        cells = samples[top:bottom, left:right]
        size = (right - left) * self.step, (bottom - top) * self.step
        enlarged = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)
        x, y = part.left - self.left - left * self.step, part.top - self.top - top * self.step
        return enlarged[y : y + part.bottom - part.top, x : x + part.right - part.left]
