"""The dark line between closed lips, and how far it runs on beyond their corners."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..face.mesh import MOUTH, OUTER_LIPS, outer_eye_distance
from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.box import Box
from ..imaging.colour import lightness
from ..imaging.scaling import scaled_size

Corners = tuple[float, float]
"""A number for the sitter's right and left corner of the mouth."""

BEYOND = 0.06
"""How far the line may run on beyond the tracked corner, in outer-eye distances."""

THICKNESS = 0.45
"""Half the height of the line's end, as a share of the height of the lips beside it."""

LINE = (0.35, 0.55)
"""A corner whose darkest part is by the first share darker than the skin round it, as encoded, has a line that is
covered; by the second, wholly. The shade of an ordinary corner is milder."""

DARKEST = 0.9
"""Quantile of the darkness along a line that counts as its darkest."""

LEAST_SIGMA = 3.0
"""A blur of several times so many pixels is computed on a smaller copy."""

HEALED = 0.85
"""Share of the line that is covered: a corner has some shade of its own."""


def mouth_line_contrast(picture: ImageArray, points: Float32Array) -> Corners:
    """How far the ends of a portrait's line must be covered, 0..1, at the sitter's right and left corner.

    Parameters
    ----------
    picture : (h, w, c) array
    points : (478, 3) array
    """
    strengths = []
    for side in range(2):
        end = end_of_line(picture, points, side)
        darkest = float(np.quantile(end.darker[end.cover > 0.5], DARKEST)) if end is not None else 0.0
        strengths.append(HEALED * min(max((darkest - LINE[0]) / (LINE[1] - LINE[0]), 0.0), 1.0))
    return strengths[0], strengths[1]


class EndOfLine(NamedTuple):
    """The end of the line at one corner.

    `cover` (y, x) is 1 on it; `skin` (y, x, c) is what lies round it, drawn in over it; `darker` (y, x) is by which
    share a pixel is darker than that skin.
    """

    box: Box
    radius: float
    cover: Float32Array
    skin: Float32Array
    darker: Float32Array


def end_of_line(picture: ImageArray, points: Float32Array, side: int) -> EndOfLine | None:
    """The end of the line at the sitter's right (0) or left corner (1); None outside the picture."""
    rims = points[[OUTER_LIPS.upper[-side], OUTER_LIPS.lower[-side]], :2]
    radius = max(THICKNESS * float(np.linalg.norm(rims[1] - rims[0])), 1.0)
    inner, corner = points[MOUTH.corners[side], :2], points[OUTER_LIPS.corners[side], :2]
    along = (corner - inner) / max(float(np.linalg.norm(corner - inner)), 1e-6)
    end = corner + BEYOND * outer_eye_distance(points) * along
    box = Box.around(np.array([corner, end]), 4 * radius).within(picture)
    if box.empty:
        return None
    line = np.zeros((box.bottom - box.top, box.right - box.left), np.uint8)
    ends = [tuple(np.round((place - (box.left, box.top)) * 64).astype(int).tolist()) for place in (corner, end)]
    cv2.line(line, ends[0], ends[1], (255,), max(1, round(2 * radius)), cv2.LINE_AA, 6)
    cover = line.astype(np.float32) / 255
    if not (cover > 0.5).any():
        return None
    here = box.cut(picture).astype(np.float32)
    skin = _drawn_in(here, 1 - cover, radius)
    light, skin_light = lightness(here), lightness(skin)
    darker = np.clip(1 - light / np.maximum(skin_light, 1e-6), 0, 1)
    return EndOfLine(box, radius, cover, skin, np.asarray(darker, np.float32))


def _drawn_in(colours: Float32Array, known: Float32Array, sigma: float) -> Float32Array:
    """Colours (h, w, c) blurred, as far as they are `known` (h, w), on a copy that is no larger than it need be."""
    height, width = known.shape
    shrink = max(1, int(sigma / LEAST_SIGMA))
    size = scaled_size((width, height), 1 / shrink)
    weighted = np.dstack([colours * known[..., None], known])
    small = cv2.GaussianBlur(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / shrink)
    mean = small[..., :-1] / np.maximum(small[..., -1:], 1e-3)
    return np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
