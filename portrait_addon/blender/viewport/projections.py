"""From a picture to the screen and back: flat pictures by a homography, bent planes triangle by triangle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...pipeline.imaging.arrays import Float64Array, Points
from ..output.surface import between


class Projection(Protocol):
    """Maps places between a picture and a region of the screen."""

    def on_screen(self, points: Points) -> Float64Array:
        """Map (n, 2) places in the picture to (n, 2) places in the region."""
        ...

    def in_picture(self, place: Points) -> Float64Array:
        """Map a place (2,) in the region to a place (2,) in the picture."""
        ...


@dataclass(frozen=True, eq=False)
class Homography:
    """Projection of a flat picture.

    Attributes
    ----------
    matrix : (3, 3) array
        From picture pixels to the region's, y up.
    """

    matrix: Float64Array

    def on_screen(self, points: Points) -> Float64Array:
        """Map places to the region."""
        return _mapped(self.matrix, points)

    def in_picture(self, place: Points) -> Float64Array:
        """Map a place to the picture."""
        return np.asarray(_mapped(np.linalg.inv(self.matrix), np.asarray(place)[None])[0], np.float64)


@dataclass(frozen=True, eq=False)
class BentSurface:
    """Projection of a picture on a surface of triangles; beyond its border the nearest triangle goes on.

    Attributes
    ----------
    picture, screen : (t, 3, 2) arrays
        Corners of the triangles in the picture and in the region.
    """

    picture: Float64Array
    screen: Float64Array

    def on_screen(self, points: Points) -> Float64Array:
        """Map places to the region."""
        return between(self.picture, self.screen, points)

    def in_picture(self, place: Points) -> Float64Array:
        """Map a place to the picture."""
        return np.asarray(between(self.screen, self.picture, np.asarray(place)[None])[0], np.float64)


def _mapped(homography: Float64Array, points: Points) -> Float64Array:
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)
