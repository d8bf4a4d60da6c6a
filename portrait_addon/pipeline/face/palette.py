"""The colours that a mouth is rebuilt from: a face's own white, flesh and dark.

What the inside of a portrait's mouth looks like is not in the picture. Its structure comes from the driver; its colours
come from here: teeth take the white of the portrait's eyes, gums and tongue the colour of its lips, the depth of the
mouth its darkest dark. So a grey photograph stays grey, and a painting keeps its palette.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array, Points, UInt8Array
from ..imaging.box import Box
from ..imaging.colour import luminance, srgb_to_linear_clipped, tint
from ..imaging.polygons import polygon_interior
from .mesh import EYES, FACE_OVAL, MOUTH, OUTER_LIPS, outer_eye_distance

IRIS_MARGIN = 1.2
"""The iris is left out of the white of an eye as far as this many of its radii."""

CHEEKS = (50, 280, 205, 425)
"""Points in the middle of the cheeks."""

WHITE_RANGE = (0.8, 1.3)
"""The white lies within this range of the cheeks' luminance: eyes are often in shadow, or behind glasses."""

WHITE_SATURATION = 0.55
"""The white is at most this share as far from grey as the cheeks."""

BRIGHTEST_SKIN = 0.995
"""Teeth may be as bright as this quantile of a portrait's face."""

BRIGHTEST_TEETH = 0.97
"""Quantile of a driver's open mouth that counts as its brightest teeth; beyond are highlights."""

Colours = Float32Array


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours in linear light, BGR, 1 is the picture's full white.

    Attributes
    ----------
    white : (3,) float32 array
        The white of the eyes.
    flesh : (3,) float32 array
        The lips.
    dark : float
        Luminance of the darkest part of the eyes.
    brightest : float
        Luminance of the brightest part of a portrait's face, or of a driver's open mouth.
    """

    white: Float32Array
    flesh: Float32Array
    dark: float
    brightest: float

    def to_array(self) -> Float32Array:
        """(8,) white, flesh, dark and brightest, for a file."""
        return np.concatenate([self.white, self.flesh, [self.dark, self.brightest]]).astype(np.float32)

    @classmethod
    def from_array(cls, values: Points) -> Palette:
        """The inverse of `to_array`."""
        row = np.asarray(values, np.float32)
        return cls(row[:3], row[3:6], float(row[6]), float(row[7]))


def face_palette(picture: UInt8Array, points: Points) -> Palette:
    """The palette of a face (478, 3) in a picture of 8 bits (h, w, 3)."""
    # A picture of 8K in floats would take more memory than all the rest.
    face = Box.around(points[:, :2], outer_eye_distance(points) / 4).within(picture)
    colours = face.cut(picture).astype(np.float32) / np.float32(255)
    return measure_palette(colours, points - np.array([face.left, face.top, 0], np.float32))


def measure_palette(picture: Float32Array, points: Points) -> Palette:
    """The palette of a face.

    Parameters
    ----------
    picture : (h, w, 3) array
        BGR as encoded, 0..1.
    points : (478, 3) array
        Its tracked points.
    """
    eyes = np.concatenate([_white_of(picture, points, eye.contour, iris) for eye, iris in EYES])
    ring = polygon_interior(picture.shape[:2], points[OUTER_LIPS.contour]) & ~polygon_interior(
        picture.shape[:2], points[MOUTH.contour]
    )
    lips = picture[ring] if ring.any() else picture.reshape(-1, 3)
    both = np.concatenate(
        [picture[polygon_interior(picture.shape[:2], points[eye.contour])] for eye, _ in EYES] + [lips[:1]]
    )
    bright = luminance(srgb_to_linear_clipped(eyes)) if len(eyes) else np.zeros(0, np.float32)
    if len(bright) < 4:  # eyes too small or closed: the brightest of the lips has to do
        eyes, bright = lips, luminance(srgb_to_linear_clipped(lips))
    best = eyes[(bright >= np.quantile(bright, 0.6)) & (bright <= np.quantile(bright, 0.97))]
    white = _plausible_white(srgb_to_linear_clipped(best).mean(axis=0), _cheeks(picture, points))
    flesh = srgb_to_linear_clipped(np.median(lips, axis=0))
    dark = float(np.quantile(luminance(srgb_to_linear_clipped(both)), 0.02))
    face = picture[polygon_interior(picture.shape[:2], points[list(FACE_OVAL)])]
    full = float(luminance(white))
    return Palette(white, flesh, min(dark, 0.5 * full), max(full, quantile_of_light(face, BRIGHTEST_SKIN)))


def quantile_of_light(colours: Colours, quantile: float) -> float:
    """A quantile of the luminance of some colours (n, 3), encoded 0..1; 0 if there are none."""
    return float(np.quantile(luminance(srgb_to_linear_clipped(colours)), quantile)) if len(colours) else 0.0


def _plausible_white(white: Colours, cheeks: Colours) -> Colours:
    """The white of the eyes, held against the skin that it lies in."""
    light, skin_light = float(luminance(white)), float(luminance(cheeks))
    low, high = WHITE_RANGE
    light = min(max(light, low * skin_light), high * skin_light)
    colour, skin = tint(white), tint(cheeks)
    if np.linalg.norm(colour - 1) > WHITE_SATURATION * np.linalg.norm(skin - 1):
        colour = 1 + np.float32(WHITE_SATURATION) * (skin - 1)
    return np.asarray(light * colour, np.float32)


def _cheeks(picture: Colours, points: Points) -> Colours:
    """(3,) median of the cheeks, linear."""
    height, width = picture.shape[:2]
    columns = np.clip(np.round(points[list(CHEEKS), 0]).astype(int), 0, width - 1)
    rows = np.clip(np.round(points[list(CHEEKS), 1]).astype(int), 0, height - 1)
    return srgb_to_linear_clipped(np.median(cv2.blur(picture, (5, 5))[rows, columns], axis=0))


def _white_of(picture: Float32Array, points: Points, contour: NDArray[np.int_], iris: tuple[int, ...]) -> Float32Array:
    """(n, 3) pixels of one eye between lids and iris."""
    centre = points[iris[0], :2]
    radius = IRIS_MARGIN * float(np.linalg.norm(points[list(iris[1:]), :2] - centre, axis=1).mean())
    seen = polygon_interior(picture.shape[:2], points[contour])
    disc = np.zeros(seen.shape, np.uint8)
    cv2.circle(disc, (round(float(centre[0])), round(float(centre[1]))), max(1, round(radius)), (1,), -1)
    return np.asarray(picture[seen & (disc == 0)])
