"""The skin at the far rim of a face that is turned away.

There the picture shows a cheek at a grazing angle, and the tracked rim lies a little beside the true one, on what is
behind. When the head turns back to the viewer, this narrow strip is stretched over all of the cheek that comes into
sight, the background with it. So skin is continued outwards once, over the strip. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.bare_skin import rim_colours
from ..face.mesh import EYES, FACE_OVAL, OUTER_LIPS
from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.box import Box
from ..imaging.polygons import SUBPIXEL_BITS, fixed_point, polygon_mask
from ..imaging.push_pull import push_pull
from ..imaging.soft_mask import soft_mask
from ..records.portrait import Portrait

DEPTH = 0.09
"""How far the strip reaches into the face, in outer-eye distances."""

SOFTNESS = 0.025
"""Standard deviation of its soft edge, in outer-eye distances."""


@dataclass(frozen=True, eq=False)
class FarRim:
    """The far rim of a face, in the portrait's pixels.

    Attributes
    ----------
    outline : tuple of int
        Rows of the points that bound the face, see `Portrait.outline`.
    hidden : tuple of int
        Points of the face's oval that the cheek hides; empty where there is nothing to paint.
    box : Box
        The part of the picture that the arrays cover.
    skin : (y, x, c) float32 array
        The picture with skin over the rim and beyond, premultiplied, in the picture's units.
    strip : (y, x) float32 array
        0..1, where it takes the place of the picture.
    """

    outline: tuple[int, ...]
    hidden: tuple[int, ...]
    box: Box
    skin: Float32Array = field(repr=False)
    strip: Float32Array = field(repr=False)

    @classmethod
    def of(cls, portrait: Portrait, picture: ImageArray) -> FarRim:
        """Continue the skin of a portrait over the far rim of its face.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.

        Returns
        -------
        FarRim
        """
        points, unit = portrait.points[:, :2], portrait.unit
        outline = portrait.outline
        far, hidden = ~np.isin(outline, FACE_OVAL), tuple(row for row in FACE_OVAL if row not in outline)
        nothing = cls((), (), Box(0, 0, 0, 0), np.empty((0, 0, 3), np.float32), np.empty((0, 0), np.float32))
        if not far.any():
            return nothing
        box = Box.around(points[outline[far]], 3 * DEPTH * unit).within(picture)
        if box.empty:
            return nothing
        drawn = np.zeros((box.bottom - box.top, box.right - box.left), np.uint8)
        rim = fixed_point(points[outline], (box.left, box.top))
        for first in np.flatnonzero(far | np.roll(far, -1)):
            ends = rim[[first, (first + 1) % len(rim)]]
            cv2.polylines(drawn, [ends], False, (255,), max(1, round(2 * DEPTH * unit)), cv2.LINE_8, SUBPIXEL_BITS)
        known = polygon_mask(box, points[outline])
        known[drawn > 0] = 0
        for opening in (OUTER_LIPS, *(eye for eye, _ in EYES)):
            beside = np.full(known.shape, 255, np.uint8)
            cv2.fillPoly(beside, [fixed_point(points[opening.contour], (box.left, box.top))], (0,), shift=SUBPIXEL_BITS)
            margin = 2 * max(1, round(SOFTNESS * unit)) + 1
            known = np.minimum(known, cv2.erode(beside, np.ones((margin, margin), np.uint8)))
        weight = np.asarray(known > 127, np.float32)
        if not weight.any():
            return nothing
        colours = rim_colours(box.cut(picture).astype(np.float32), unit)
        skin = push_pull(colours * weight[..., None], weight)
        return cls(tuple(outline.tolist()), hidden, box, skin, soft_mask(drawn, max(SOFTNESS * unit, 0.5)))
