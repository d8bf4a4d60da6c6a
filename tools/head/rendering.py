"""A mesh seen from afar along z, by a depth buffer: which triangle each pixel shows, and where in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .wheel import Doubles


@dataclass(frozen=True)
class Window:
    """Part of the plane that is drawn: millimetres, x to the right and y up."""

    left: float
    right: float
    bottom: float
    top: float
    pixel: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return round((self.top - self.bottom) / self.pixel), round((self.right - self.left) / self.pixel)

    def to_pixels(self, points: Doubles) -> Doubles:
        """(..., 2) columns and rows of points; those in the middle of a pixel are whole numbers."""
        x = (points[..., 0] - self.left) / self.pixel - 0.5
        y = (self.top - points[..., 1]) / self.pixel - 0.5
        return np.stack([x, y], axis=-1)


@dataclass(frozen=True)
class Rendered:
    """What the pixels of a window show.

    Attributes
    ----------
    triangles : (h, w) int array
        The nearest triangle, -1 for none.
    coordinates : (h, w, 3) array
        Barycentric coordinates in it.
    depth : (h, w) array
        z of the surface, minus infinity for none.
    """

    triangles: NDArray[np.int64]
    coordinates: Doubles
    depth: Doubles


def render(vertices: Doubles, triangles: NDArray[np.int64], window: Window) -> Rendered:
    """Draw a mesh as seen from large z."""
    height, width = window.shape
    shown = Rendered(np.full((height, width), -1), np.zeros((height, width, 3)), np.full((height, width), -np.inf))
    at = window.to_pixels(vertices)
    for number, triangle in enumerate(triangles):
        _draw(shown, number, at[triangle], vertices[triangle, 2])
    return shown


def _draw(shown: Rendered, number: int, corners: Doubles, depths: Doubles) -> None:
    height, width = shown.triangles.shape
    low = np.maximum(np.ceil(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.floor(corners.max(axis=0)).astype(int) + 1, [width, height])
    if (low >= high).any():
        return
    sides = np.vstack([corners.T, np.ones(3)])
    if abs(np.linalg.det(sides)) < 1e-9:
        return
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    coordinates = np.einsum("ij,jyx->yxi", np.linalg.inv(sides), np.stack([x, y, np.ones_like(x)]))
    depth = coordinates @ depths
    box = slice(low[1], high[1]), slice(low[0], high[0])
    nearer = (coordinates >= -1e-9).all(axis=2) & (depth > shown.depth[box])
    shown.triangles[box][nearer] = number
    shown.coordinates[box][nearer] = coordinates[nearer]
    shown.depth[box][nearer] = depth[nearer]


def turned(vertices: Doubles, degrees: float) -> Doubles:
    """Vertices turned about y: at 90 degrees, the sitter's left side is seen."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(vertices @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]))


def shaded(vertices: Doubles, triangles: NDArray[np.int64], shown: Rendered) -> NDArray[np.uint8]:
    """(h, w, 3) picture of a mesh as of clay, smooth over its triangles, light from above the viewer."""
    faces = np.cross(
        vertices[triangles[:, 1]] - vertices[triangles[:, 0]], vertices[triangles[:, 2]] - vertices[triangles[:, 0]]
    )
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    light = np.array([0.25, 0.45, 0.86])
    brightness = np.clip(normals @ light, 0, 1)[triangles[shown.triangles]]
    grey = 40 + 190 * (brightness * shown.coordinates).sum(axis=2)
    grey = np.where(shown.triangles < 0, 255, grey)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
