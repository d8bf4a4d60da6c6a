"""Contact sheets: a row for the driver, a row for each step, a column a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from portrait_addon.pipeline.imaging.arrays import Points, UInt8Array

TILE = 224
"""Side of a picture in pixels."""

GROWTH = 1.3
"""Side of what is shown, in face heights."""

LABEL = 20
"""Height of the line above a row, in pixels."""

SourceImage = UInt8Array


class Sheet:
    """A contact sheet of frames of one size.

    Parameters
    ----------
    picture : (h, w, 3) array
        Any of the frames.
    points : (478, 2 or more) array
        The face's points in it; its surroundings are shown.
    rows : sequence of int
        Rows of the clip that are shown, counted from 0.
    """

    def __init__(self, picture: SourceImage, points: Points, rows: Sequence[int]) -> None:
        self._rows = list(rows)
        self._crop = face_box(picture.shape, points)
        self._lines: list[SourceImage] = []

    def add(self, name: str, frames: Sequence[SourceImage] | Mapping[int, SourceImage]) -> None:
        """Add a row of the sheet; `frames` by row of the clip."""
        left, top, right, bottom = self._crop
        self.add_tiles(name, [frames[row][top:bottom, left:right] for row in self._rows])

    def add_tiles(self, name: str, pictures: Sequence[SourceImage]) -> None:
        """Add a row of pictures of any size."""
        tiles = [fitted(picture) for picture in pictures]
        text = np.full((LABEL, TILE * len(tiles), 3), 32, np.uint8)
        for column, row in enumerate(self._rows):
            label = f"{name}  {row + 1}" if column == 0 else str(row + 1)
            cv2.putText(text, label, (TILE * column + 4, LABEL - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255,) * 3, 1)
        self._lines += [text, np.hstack(tiles)]

    def write(self, path: Path) -> None:
        """Write the sheet as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.vstack(self._lines))


def face_box(shape: tuple[int, ...], points: Points) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the square round a face, within the picture."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    half = GROWTH * float(high[1] - low[1]) / 2
    x, y = (low + high) / 2
    left, top = max(int(x - half), 0), max(int(y - half), 0)
    return left, top, min(int(x + half), shape[1]), min(int(y + half), shape[0])


def fitted(picture: SourceImage) -> SourceImage:
    """The picture in the middle of a tile."""
    height, width = picture.shape[:2]
    scale = TILE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    tile = np.full((TILE, TILE, 3), 32, np.uint8)
    left, top = (TILE - size[0]) // 2, (TILE - size[1]) // 2
    tile[top : top + size[1], left : left + size[0]] = small
    return tile
