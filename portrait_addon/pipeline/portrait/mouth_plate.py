"""The inside of a mouth that is open in the portrait, continued behind the lips.

Teeth belong to the skull. Lips that move uncover more of them or less; they do not stretch them. So the inside is taken
out of the picture once, and what the lips hide is filled in from what they show. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.mesh import MOUTH
from ..face.openings import CLOSED_AREA, mouth_area, mouth_box
from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.box import Box
from ..imaging.colour import luminance, srgb_to_linear_clipped, white_level
from ..imaging.easing import smoothstep
from ..imaging.polygons import polygon_mask
from ..imaging.push_pull import push_pull
from ..records.portrait import Portrait

MARGIN = 0.3
"""Continued behind the lips by so much, in outer-eye distances."""

LIP_SHADE = 0.012
"""Width along the lips that is their edge and not the inside, in outer-eye distances."""

TEETH = (0.3, 0.55)
"""Luminance against the white of the eyes above which what is seen in a mouth begins to be teeth, and surely is."""


@dataclass(frozen=True, eq=False)
class MouthPlate:
    """The inside of a portrait's open mouth.

    Attributes
    ----------
    box : Box
        The part of the picture that is covered; empty if the mouth is closed.
    inside : (y, x, 3) float32 array
        BGR as encoded, 0..1.
    teeth : (y, x) float32 array
        Matte of the teeth that the picture shows, 0..1.
    depth : float
        Mean z of the rims of the lips, in pixels.
    """

    box: Box
    inside: Float32Array = field(repr=False)
    teeth: Float32Array = field(repr=False)
    depth: float

    @classmethod
    def of(cls, portrait: Portrait, picture: ImageArray) -> MouthPlate:
        """Take the inside of a mouth out of a portrait.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.

        Returns
        -------
        MouthPlate
        """
        points, unit = portrait.points, portrait.unit
        box = mouth_box(points, MARGIN).within(picture)
        if mouth_area(points) < CLOSED_AREA or box.empty:
            return cls(Box(0, 0, 0, 0), np.empty((0, 0, 3), np.float32), np.empty((0, 0), np.float32), 0.0)
        part = box.cut(picture)[..., :3].astype(np.float32) / white_level(picture)
        mask = polygon_mask(box, points[MOUTH.contour, :2])
        within = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        known = np.asarray(np.clip(within - LIP_SHADE * unit, 0, 1), np.float32)
        filled = push_pull(part * known[..., None], known)
        bright = luminance(srgb_to_linear_clipped(part)) / max(float(luminance(portrait.palette.white)), 1e-3)
        low, high = TEETH
        teeth = smoothstep(np.asarray((bright - low) / (high - low), np.float32)) * known
        return cls(box, filled, teeth, float(points[MOUTH.contour, 2].mean()))
