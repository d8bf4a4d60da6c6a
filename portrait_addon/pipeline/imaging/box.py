"""Rectangles of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .arrays import Points

Scalar = TypeVar("Scalar", bound=np.generic)
AnyArray = TypeVar("AnyArray", bound=NDArray[Any])


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels.

    Attributes
    ----------
    left, top : int
        First column and first row.
    right, bottom : int
        First column and first row beyond the rectangle.
    """

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: Points, room: float) -> Box:
        """Make a box around points, with a margin, rounded outwards to whole pixels.

        Parameters
        ----------
        points : (n, 2) array
            Positions x, y in pixels.
        room : float
            Margin on all sides, in pixels.

        Returns
        -------
        Box
            May extend beyond the picture.

        Examples
        --------
        >>> Box.around(np.array([[3.5, 4], [6, 8]]), 1)
        Box(left=2, top=3, right=8, bottom=10)
        """
        low, high = np.floor(points.min(axis=0) - room).astype(int), np.ceil(points.max(axis=0) + room).astype(int) + 1
        return cls(*low.tolist(), *high.tolist())

    def within(self, picture: NDArray[Any]) -> Box:
        """Clip the box to a picture.

        Parameters
        ----------
        picture : (h, w, ...) array
            Only its size matters.

        Returns
        -------
        Box
            The part of this box inside the picture; may be empty.

        Examples
        --------
        >>> Box(-2, 1, 3, 9).within(np.zeros((4, 6)))
        Box(left=0, top=1, right=3, bottom=4)
        """
        height, width = picture.shape[:2]
        return self.common(Box(0, 0, width, height))

    def common(self, other: Box) -> Box:
        """Clip the box to another.

        Parameters
        ----------
        other : Box

        Returns
        -------
        Box
            The part of this box inside the other; may be empty.

        Examples
        --------
        >>> Box(0, 0, 4, 4).common(Box(2, -1, 9, 3))
        Box(left=2, top=0, right=4, bottom=3)
        """
        left, right = (min(max(edge, other.left), other.right) for edge in (self.left, self.right))
        top, bottom = (min(max(edge, other.top), other.bottom) for edge in (self.top, self.bottom))
        return Box(left, top, max(right, left), max(bottom, top))

    @property
    def empty(self) -> bool:
        """Whether the box contains no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    def cut(self, whole: AnyArray) -> AnyArray:
        """Crop an array to this box.

        Parameters
        ----------
        whole : (h, w, ...) array
            Covers the picture. The box lies within it.

        Returns
        -------
        (bottom - top, right - left, ...) array
            A view of `whole`.
        """
        part: AnyArray = whole[self.top : self.bottom, self.left : self.right]  # type: ignore[assignment]
        return part

    def where(self, values: NDArray[Any]) -> Box:
        """Clip the box to the values that are not 0.

        Parameters
        ----------
        values : (bottom - top, right - left) array
            Covers this box.

        Returns
        -------
        Box
            The smallest part of this box that holds them; empty if there is none.

        Examples
        --------
        >>> Box(2, 3, 5, 5).where(np.array([[0, 0, 0], [0, 7, 0]]))
        Box(left=3, top=4, right=4, bottom=5)
        """
        rows, columns = (np.flatnonzero(values.any(axis=axis)).tolist() for axis in (1, 0))
        if not rows:
            return Box(self.left, self.top, self.left, self.top)
        return Box(self.left + columns[0], self.top + rows[0], self.left + columns[-1] + 1, self.top + rows[-1] + 1)

    def of(self, whole: NDArray[Scalar], origin: Box) -> NDArray[Scalar]:
        """Crop an array that covers another box to this box.

        Parameters
        ----------
        whole : (h, w, ...) array
            Covers the pixels of `origin`.
        origin : Box
            Contains this box.

        Returns
        -------
        (bottom - top, right - left, ...) array
            A view of `whole`.
        """
        return whole[
            self.top - origin.top : self.bottom - origin.top, self.left - origin.left : self.right - origin.left
        ]
