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
    """A rectangle of pixels; `right` and `bottom` lie just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: Points, room: float) -> Box:
        """The pixels within `room` pixels of points (n, 2); may reach beyond the picture."""
        low, high = np.floor(points.min(axis=0) - room).astype(int), np.ceil(points.max(axis=0) + room).astype(int) + 1
        return cls(*low.tolist(), *high.tolist())

    def within(self, picture: NDArray[Any]) -> Box:
        """The part that lies in the picture; may be empty."""
        height, width = picture.shape[:2]
        left, top = min(max(self.left, 0), width), min(max(self.top, 0), height)
        return Box(left, top, min(max(self.right, left), width), min(max(self.bottom, top), height))

    @property
    def empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    def cut(self, whole: AnyArray) -> AnyArray:
        """The part of an array of the picture's size that lies in this rectangle; a view."""
        part: AnyArray = whole[self.top : self.bottom, self.left : self.right]  # type: ignore[assignment]
        return part

    def of(self, whole: NDArray[Scalar], origin: Box) -> NDArray[Scalar]:
        """The part of an array that lies in this rectangle; the array covers `origin`."""
        return whole[
            self.top - origin.top : self.bottom - origin.top, self.left - origin.left : self.right - origin.left
        ]
