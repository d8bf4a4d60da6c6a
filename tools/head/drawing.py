"""The picture of the head with the tracker's points, ``docs/pictures/head_points.jpg``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.face.mesh import EYES, LOWER_LIP, MOUTH, SKIN_POINTS, UPPER_LIP
from portrait_addon.pipeline.head.model import HeadModel, SurfacePoints

from .landmarks import Surface
from .rendering import Window, render, shaded, turned
from .wheel import Doubles

SKIN, IRIS, UPPER, LOWER, RIM = (40, 40, 220), (200, 60, 0), (40, 150, 0), (220, 110, 0), (200, 0, 200)
"""Colours of points, BGR."""

VIEWS = (
    (Window(-90, 90, -120, 90, 0.4), 0.0),
    (Window(-60, 120, -120, 90, 0.4), 60.0),
    (Window(8, 53, -18, 24, 0.1), 0.0),
    (Window(-31.5, 31.5, -98, -39.2, 0.14), 0.0),
)
"""Part of the head, and degrees by which it is turned: front, side, and from near an eye and the mouth."""

QUALITY = 82


def draw_points(head: HeadModel, places: SurfacePoints, path: Path) -> None:
    """Draw the mean head four times: whole from two sides above, lids and lips from near below."""
    front, side, eye, mouth = (_view(head, places, window, degrees) for window, degrees in VIEWS)
    height = min(len(eye), len(mouth))
    rows = [np.hstack([front, side]), np.hstack([eye[:height], mouth[:height]])]
    width = min(row.shape[1] for row in rows)
    cv2.imwrite(str(path), np.vstack([row[:, :width] for row in rows]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def _view(head: HeadModel, places: SurfacePoints, window: Window, degrees: float) -> NDArray[np.uint8]:
    surface = Surface(head)
    vertices = turned(surface.mean, degrees)
    shown = render(vertices, surface.triangles, window)
    picture = shaded(vertices, surface.triangles, shown)
    radius = 2 if window.pixel > 0.2 else 4
    points = turned(places.of(surface.mean), degrees)
    for point, (x, y) in enumerate(window.to_pixels(points).round().astype(int).tolist()):
        if not _hidden(shown.depth, points[point], x, y):
            cv2.circle(picture, (x, y), radius, _colour(point), cv2.FILLED, cv2.LINE_AA)
    return picture


def _hidden(depth: Doubles, point: Doubles, x: int, y: int) -> bool:
    """Whether the head lies before a point by more than what its own surface is uneven by."""
    inside = 0 <= y < len(depth) and 0 <= x < depth.shape[1]
    return bool(inside and depth[y, x] > point[2] + 4)


def _colour(point: int) -> tuple[int, int, int]:
    if point >= SKIN_POINTS:
        return IRIS
    if any(point in opening.contour for opening in (MOUTH, *(eye for eye, _ in EYES))):
        return RIM
    return UPPER if point in UPPER_LIP else LOWER if point in LOWER_LIP else SKIN
