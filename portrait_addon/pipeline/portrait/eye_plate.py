"""The eye of a portrait, taken apart into the white, the iris and the shadow of the lids.

A gaze uncovers white that the iris hides in the portrait, and lids that open wider uncover both. The white is filled in
from the visible white, of which the brightest parts count most: what lies beside an iris at rest is in the shade of the
lids. The iris is completed under the lids by its mean colour at each distance from the pupil. What the portrait has
along the lids beyond these two is the shadow of lid and lashes, a factor that goes with the lids. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.eye_rims import EyeRims
from ..face.mesh import Opening
from ..imaging.arrays import Float32Array, ImageArray, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import lightness, linear_to_srgb_clipped, white_level
from ..imaging.polygons import polygon_mask
from ..imaging.push_pull import push_pull
from ..imaging.sample_grid import SampleGrid
from ..records.portrait import Portrait

MARGIN = 0.1
"""Kept round an eye, in outer-eye distances: lids may open wider than in the portrait."""

LIMBUS = 1.12
"""Radius beyond which an eye is white, in tracked radii of the iris."""

LIMBUS_SOFTNESS = 0.2
"""Width of the soft rim of an iris within `LIMBUS`, in its radii."""

LID_SHADE = 0.012
"""Width along the lids that belongs to lashes and their shade, in outer-eye distances."""

BRIGHTNESS_POWER = 3
"""Power of its lightness by which a visible white counts in the fill."""

PRIOR = 0.01
"""Weight of the palette's white, against visible white of full lightness: small eyes show hardly any."""

BALL_LIGHT = 1.15
"""Encoded light on the middle of the ball, against the visible white beside the corners, which turns away."""

SHADOW = 0.35
"""Share of encoded light that the lids take from the white beside them."""

SHADOW_REACH = 0.04
"""Distance from the lids at which their shadow has faded to 1/e, in outer-eye distances."""

SHADOW_RANGE = (0.2, 1.2)
"""Least and largest factor that is taken for a shadow."""


@dataclass(frozen=True, eq=False)
class EyePlate:
    """One eye of a portrait, in the portrait's pixels.

    Attributes
    ----------
    box : Box
        The part of the picture that the arrays cover; empty if the eye lies outside.
    white : (y, x, c) float32 array
        The eye without its iris, premultiplied, in the picture's units.
    iris : (y, x, c) float32 array
        The whole iris, likewise; counts by `iris_alpha`.
    shadows : (2, y, x, 3) float32 array
        Factors on encoded colours along the upper and the lower lid; 1 elsewhere.
    rims : EyeRims
        Of the portrait.
    centre : (2,) float32 array
        Of the iris, in pixels of the portrait.
    radius : float
        Of the iris, in pixels.
    """

    box: Box
    white: Float32Array = field(repr=False)
    iris: Float32Array = field(repr=False)
    shadows: Float32Array = field(repr=False)
    rims: EyeRims = field(repr=False)
    centre: Float32Array
    radius: float

    @classmethod
    def of(cls, portrait: Portrait, picture: ImageArray, eye: Opening, iris: tuple[int, ...]) -> EyePlate:
        """Take an eye apart.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.
        eye : Opening
        iris : tuple of five int
            Points of its iris, the centre first.

        Returns
        -------
        EyePlate
        """
        points, unit = portrait.points, portrait.unit
        rims, centre = EyeRims.of(points, eye), points[iris[0], :2]
        radius = max(float(np.linalg.norm(points[list(iris[1:]), :2] - centre, axis=1).mean()), 0.5)
        box = Box.around(points[eye.contour, :2], MARGIN * unit).within(picture)
        if box.empty:
            nothing = np.empty((0, 0, picture.shape[2]), np.float32)
            return cls(box, nothing, nothing, np.empty((2, 0, 0, 3), np.float32), rims, centre, radius)
        part, pixels = box.cut(picture), SampleGrid.of_pixels(box).positions()
        distance = np.asarray(np.hypot(pixels[..., 0] - centre[0], pixels[..., 1] - centre[1]) / radius, np.float32)
        depth = _depth(polygon_mask(box, points[eye.contour, :2]))
        visible = np.asarray(np.clip(depth - LID_SHADE * unit, 0, 1), np.float32)
        known = visible * np.clip((distance - np.float32(LIMBUS)) * np.float32(radius) - 0.5, 0, 1)
        ball = BALL_LIGHT * (1 - SHADOW * np.exp(-depth / np.float32(SHADOW_REACH * unit)))
        white = _white(part, known, _palette_white(portrait, picture), ball)
        whole = _completed(part, visible, distance)
        shadow = _ratio(part, white + iris_alpha(distance) * (whole - white))
        across, upper, lower = rims.at(pixels)
        by_upper = np.stack([across - upper < lower - across, across - upper >= lower - across])
        beside = by_upper * (1 - visible) * np.clip(depth, 0, 1)
        shadows = np.asarray(1 + beside[..., None] * (shadow - 1), np.float32)
        return cls(box, white, whole, shadows, rims, centre, radius)


def iris_alpha(distance: Float32Array) -> Float32Array:
    """How far the iris covers the white.

    Parameters
    ----------
    distance : (y, x) float32 array
        From the centre of the iris, in its radii.

    Returns
    -------
    (y, x, 1) float32 array
        0..1.
    """
    return np.asarray(np.clip((LIMBUS - distance) / LIMBUS_SOFTNESS, 0, 1)[..., None], np.float32)


def _depth(mask: UInt8Array) -> Float32Array:
    """(y, x) distance of each pixel of a mask, 0..255, from its rim, in pixels."""
    return np.asarray(cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _palette_white(portrait: Portrait, picture: ImageArray) -> Float32Array:
    """(c,) the palette's white in the picture's units, opaque."""
    encoded = linear_to_srgb_clipped(portrait.palette.white)
    opaque = np.concatenate([encoded, np.ones(picture.shape[2] - 3)])
    return np.asarray(white_level(picture) * opaque, np.float32)


def _white(part: ImageArray, known: Float32Array, prior: Float32Array, ball: Float32Array) -> Float32Array:
    """The part (y, x, c) of a picture, filled with white where it is not known, (y, x), 0..1, to be white.

    `prior` (c,) is the colour of a white that is nowhere visible, `ball` (y, x) the light on what is filled in.
    """
    light = lightness(part)
    full = max(float(np.quantile(light[known > 0.5], 0.9)), 1e-3) if (known > 0.5).any() else 1.0
    weight = known * np.clip(light / full, 0, 1) ** BRIGHTNESS_POWER
    colours = part.astype(np.float32)
    values = weight[..., None] * colours + PRIOR * (1 - weight[..., None]) * prior
    filled = push_pull(np.asarray(values, np.float32), np.asarray(weight + PRIOR * (1 - weight), np.float32))
    filled[..., :3] = np.minimum(filled[..., :3] * ball[..., None], white_level(part))
    return np.asarray(filled + known[..., None] * (colours - filled), np.float32)


def _completed(part: ImageArray, visible: Float32Array, distance: Float32Array) -> Float32Array:
    """The part (y, x, c) of a picture whose iris is completed where it is not visible, (y, x), 0..1.

    `distance` (y, x) is that from the centre of the iris, in its radii.
    """
    colours = part.astype(np.float32)
    rings = 2 + part.shape[1] // 2
    ring = np.minimum(distance / LIMBUS, 1) * (rings - 1)
    nearest = np.round(ring).astype(int).ravel()
    total = np.bincount(nearest, visible.ravel(), rings)
    seen = np.flatnonzero(total > 1e-3)
    if not len(seen):
        return colours
    sums = [np.bincount(nearest, (visible * channel).ravel(), rings) for channel in np.moveaxis(colours, 2, 0)]
    hidden = np.stack([np.interp(ring, seen, values[seen] / total[seen]) for values in sums], axis=2)
    return np.asarray(hidden + visible[..., None] * (colours - hidden), np.float32)


def _ratio(part: ImageArray, unshaded: Float32Array) -> Float32Array:
    """(y, x, 3) the part of a picture over the eye without shadows, as far as it is a shadow."""
    black = white_level(part) / 255  # black beside black is no ratio
    return np.clip((part[..., :3].astype(np.float32) + black) / (unshaded[..., :3] + black), *SHADOW_RANGE)
