"""The inside of a mouth that is open in the portrait, continued behind the lips.

Teeth belong to the skull. Lips that move uncover more of them or less; they do not stretch them. So the inside is taken
out of the picture once, and what the lips hide is filled in from what they show. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.mesh import MOUTH
from ..face.openings import CLOSED_AREA, across, mouth_area, mouth_box
from ..imaging.arrays import Field, Float32Array, Float64Array, ImageArray, Points
from ..imaging.box import Box
from ..imaging.colour import luminance, srgb_to_linear_clipped, white_level
from ..imaging.easing import smoothstep
from ..imaging.polygons import polygon_mask
from ..imaging.push_pull import push_pull
from ..imaging.raster import affine_field, remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.soft_mask import soft_mask
from ..records.portrait import Portrait

MARGIN = 0.3
"""Continued behind the lips by so much, in outer-eye distances."""

LIP_SHADE = 0.012
"""Width along the lips that is their edge and not the inside, in outer-eye distances."""

TEETH = (0.3, 0.55)
"""Luminance against the white of the eyes above which what is seen in a mouth begins to be teeth, and surely is."""

TOOTH_BLUR = 0.02
"""Standard deviation of the blur over the gaps between teeth, in outer-eye distances."""

ROW = (0.2, 0.5)
"""Share of teeth after that blur from which on a place begins to belong to their row, and surely does."""

ROW_SOFTNESS = 0.012
"""Standard deviation of the soft end of the row at the lower lip, in outer-eye distances."""


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
        Matte of the upper row of teeth that the picture shows, continued behind the upper lip, 0..1.
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
        white = max(float(luminance(portrait.palette.white)), 1e-3)
        teeth = _upper_row(luminance(srgb_to_linear_clipped(part)) / white, known, box, points, unit)
        return cls(box, filled, teeth, float(points[MOUTH.contour, 2].mean()))

    def positions(self, box: Box, to_rest: Float64Array) -> Field:
        """Where the plate shows what lies in the pixels of a frame.

        Parameters
        ----------
        box : Box
            In the frame.
        to_rest : (2, 3) float64 array
            Affine map from the frame to the portrait, see `Pose.to_rest_at`.

        Returns
        -------
        (h, w, 2) float32 array
            Positions in `inside` and `teeth`.
        """
        return affine_field(SampleGrid.of_pixels(box), to_rest) - np.array([self.box.left, self.box.top], np.float32)

    def teeth_in(self, box: Box, to_rest: Float64Array) -> Float32Array:
        """Matte of the upper row of teeth in a frame, of a plate that is not empty.

        Parameters
        ----------
        box : Box
            In the frame.
        to_rest : (2, 3) float64 array
            See `positions`.

        Returns
        -------
        (h, w) float32 array
            0..1.
        """
        return remap(self.teeth, self.positions(box, to_rest), cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)


def _upper_row(light: Float32Array, known: Float32Array, box: Box, points: Points, unit: float) -> Float32Array:
    """(y, x) matte of the upper row of teeth, by light against white: from the upper lip down to where teeth end."""
    low, high = TEETH
    seen = smoothstep(np.asarray((light - low) / (high - low), np.float32)) * known
    blurred = cv2.GaussianBlur(push_pull(seen[..., None], known)[..., 0], (0, 0), max(TOOTH_BLUR * unit, 0.5))
    low, high = ROW
    row = smoothstep(np.asarray((blurred - low) / (high - low), np.float32))
    down = across(points, MOUTH)
    upper, lower = points[MOUTH.upper, :2], points[MOUTH.lower, :2]
    behind = upper - MARGIN * unit * down
    above = polygon_mask(box, np.concatenate([behind, upper[::-1]])) > 127
    row = np.where(above, row, _until_it_ends(np.where(above, np.float32(1), row), down))
    until_lip = polygon_mask(box, np.concatenate([behind, (lower - LIP_SHADE * unit * down)[::-1]]))
    return np.asarray(row * soft_mask(until_lip, max(ROW_SOFTNESS * unit, 0.5)), np.float32)


def _until_it_ends(matte: Float32Array, down: Float64Array) -> Float32Array:
    """(y, x) least value from the top down to each pixel, along the axis of the picture that is nearest to `down`."""
    axis = 0 if abs(down[1]) >= abs(down[0]) else 1
    forward = down[1 - axis] > 0
    ordered = matte if forward else np.flip(matte, axis)
    least = np.minimum.accumulate(ordered, axis=axis)
    return np.asarray(least if forward else np.flip(least, axis), np.float32)
