"""The skin beside a portrait's mouth without the dark line that closed lips draw into it.

Where lips meet, a line runs past the corner of the mouth. In an open mouth it is gone; warped with the skin, it would
stay as a dark ball beside the corner. So skin is stretched over it once, from above and below. Only what is darker than
that counts, so that the grain of the skin stays. Beside pursed lips it would be drawn out to a stroke. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.bare_skin import fine_texture, rim_colours
from ..face.mesh import MOUTH, OUTER_LIPS
from ..imaging.arrays import Float32Array, ImageArray, Points
from ..imaging.box import Box
from ..imaging.colour import white_level
from ..imaging.easing import smoothstep
from ..imaging.membrane import membrane
from ..imaging.polygons import SUBPIXEL_BITS, fixed_point
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..records.portrait import Portrait

BEYOND = 0.1
"""How far the line may run past the outer corner of the lips, in outer-eye distances."""

THICKNESS = 0.08
"""Height of the band along it that is filled, in outer-eye distances."""

FADE = 0.015
"""Twice this before the corner begins what lies beside pursed lips, once before it counts whole, in outer-eye
distances: skin there is stretched many times, the end of the line with it."""

SOFTNESS = 0.015
"""Standard deviation of the band's soft edge, in outer-eye distances."""

TEXTURE_BELOW = 0.16
"""How far below the line the skin lies whose texture it gets, in outer-eye distances: beyond the lower lip."""


@dataclass(frozen=True, eq=False)
class CornerPlate:
    """The surroundings of one corner of a portrait's mouth, in the portrait's pixels.

    Attributes
    ----------
    box : Box
        The part of the picture that the arrays cover; may be empty.
    skin : (y, x, c) float32 array
        The picture without the line, premultiplied, in the picture's units.
    alpha : (y, x) float32 array
        0..1, how far it covers the picture where the mouth is open.
    beyond : (y, x) float32 array
        0..1, the part of `alpha` that lies beside the lips.
    """

    box: Box
    skin: Float32Array = field(repr=False)
    alpha: Float32Array = field(repr=False)
    beyond: Float32Array = field(repr=False)

    @classmethod
    def of(cls, portrait: Portrait, picture: ImageArray, side: int) -> CornerPlate:
        """Fill the line beside one corner.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.
        side : int
            0 for the sitter's right corner, 1 for the left.

        Returns
        -------
        CornerPlate
        """
        points, unit = portrait.points[:, :2].astype(np.float64), portrait.unit
        inner, outer = points[MOUTH.corners[side]], points[OUTER_LIPS.corners[side]]
        across = points[OUTER_LIPS.corners[side]] - points[OUTER_LIPS.corners[1 - side]]
        away = across / max(float(np.linalg.norm(across)), 1e-6)
        line = np.array([inner - 0.5 * BEYOND * unit * away, inner, outer, outer + BEYOND * unit * away])
        box = Box.around(line, (THICKNESS + 3 * SOFTNESS) * unit).within(picture)
        if box.empty:
            none = np.empty((0, 0), np.float32)
            return cls(box, np.empty((0, 0, picture.shape[2]), np.float32), none, none)
        band = np.zeros((box.bottom - box.top, box.right - box.left), np.uint8)
        drawn = fixed_point(line, (box.left, box.top))
        cv2.polylines(band, [drawn], False, (255,), max(1, round(THICKNESS * unit)), cv2.LINE_AA, SUBPIXEL_BITS)
        part = box.cut(picture).astype(np.float32)
        bare = membrane(rim_colours(part, unit), band)
        bare[..., :3] *= 1 + _texture_below(picture, box, away, unit)
        skin = np.maximum(bare, part)
        soft = np.asarray(cv2.GaussianBlur(band, (0, 0), max(SOFTNESS * unit, 0.5)), np.float32) / 255
        alpha = np.maximum(2 * soft - 1, 0)
        y, x = np.indices(alpha.shape)
        outwards = (x + box.left - outer[0]) * away[0] + (y + box.top - outer[1]) * away[1]
        return cls(box, skin, alpha, np.asarray(alpha * smoothstep(2 + outwards / (FADE * unit)), np.float32))


def _texture_below(picture: ImageArray, box: Box, away: Points, unit: float) -> Float32Array:
    """(y, x, 3) texture of the skin of the chin beside the line, as shares of colours."""
    down = np.array([-away[1], away[0]]) * (1 if away[0] > 0 else -1)
    below = SampleGrid.of_pixels(box).positions() + (TEXTURE_BELOW * unit * down).astype(np.float32)
    source = Box.around(below[[0, 0, -1, -1], [0, -1, 0, -1]], TEXTURE_BELOW * unit).within(picture)
    if source.empty:
        return np.zeros((*below.shape[:2], 3), np.float32)
    texture = fine_texture(source.cut(picture)[..., :3].astype(np.float32), white_level(picture), unit)
    field = below - np.array([source.left, source.top], np.float32)
    return remap(texture, field, cv2.INTER_LINEAR, cv2.BORDER_REFLECT)
