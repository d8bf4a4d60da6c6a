"""The colours from which the inside of a mouth is rebuilt: a face's own white, flesh and dark.

A portrait does not show the inside of its mouth. Structure comes from the driver's mouth; colours come from the
portrait's palette: teeth take the white of its eyes, gums and tongue the colour of its lips, and the depth of the mouth
its darkest value. So a grey photograph stays grey, and a painting keeps its palette.
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
"""Radius of the disc excluded from the white of an eye, in iris radii."""

CHEEKS = (50, 280, 205, 425)
"""Points in the middle of the cheeks."""

WHITE_RANGE = (0.8, 1.3)
"""Range of the white's luminance relative to the cheeks': eyes are often in shadow, or behind glasses."""

WHITE_SATURATION = 0.55
"""Largest distance of the white from grey, as a fraction of the cheeks' distance."""

TEETH_SATURATION = np.float32(0.6)
"""Saturation of plausible teeth against that of the white of the eyes, which the lids tinge."""

BRIGHTEST_SKIN = 0.995
"""Quantile of a portrait's face that limits the brightness of its teeth."""

BRIGHTEST_TEETH = 0.97
"""Quantile of a driver's open mouth that counts as its brightest teeth; brighter pixels are highlights."""

LIKE = 0.06
"""Mean difference of the logarithms of the colours of two faces that are still alike."""

Colours = Float32Array
"""BGR colours of shape (3,), (n, 3) or (h, w, 3)."""


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours of a face, BGR in linear light; 1 is the picture's full white.

    Attributes
    ----------
    white : (3,) float32 array
        White of the eyes.
    flesh : (3,) float32 array
        Colour of the lips.
    dark : float
        Luminance of the darkest part of the eyes.
    brightest : float
        Luminance of the brightest part of a portrait's face, or of a driver's open mouth.
    skin : float
        Luminance of the cheeks.
    teeth : (3,) float32 array
        A driver's teeth where the clip shows them; else, and for a portrait, plausible ones: the white of the eyes with
        less of its tinge.
    """

    white: Float32Array
    flesh: Float32Array
    dark: float
    brightest: float
    skin: float
    teeth: Float32Array

    @property
    def lip_contrast(self) -> float:
        """Natural logarithm of the cheeks' luminance over that of the lips, at least 0."""
        return max(float(np.log(max(self.skin, 1e-3) / max(float(luminance(self.flesh)), 1e-3))), 0.0)

    def to_array(self) -> Float32Array:
        """Convert the palette to one array, for a file.

        Returns
        -------
        (12,) float32 array
            White, flesh, dark, brightest, skin and teeth.
        """
        numbers = [self.dark, self.brightest, self.skin]
        return np.concatenate([self.white, self.flesh, numbers, self.teeth]).astype(np.float32)

    @classmethod
    def from_array(cls, values: Points) -> Palette:
        """Make a palette from an array; the inverse of `to_array`.

        Parameters
        ----------
        values : (12,) array
            White, flesh, dark, brightest, skin and teeth.

        Returns
        -------
        Palette
            Colours as in `values`, in float32.
        """
        row = np.asarray(values, np.float32)
        return cls(row[:3], row[3:6], float(row[6]), float(row[7]), float(row[8]), row[9:12])


def face_palette(picture: UInt8Array, points: Points) -> Palette:
    """Measure the palette of a face in an 8-bit picture.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        BGR.
    points : (478, 3) array
        Tracked points in pixels.

    Returns
    -------
    Palette
        The face's own colours.
    """
    # Only the face is converted to floats: a whole 8K picture would take more memory than everything else.
    face = Box.around(points[:, :2], outer_eye_distance(points) / 4).within(picture)
    colours = face.cut(picture).astype(np.float32) / np.float32(255)
    return measure_palette(colours, points - np.array([face.left, face.top, 0], np.float32))


def measure_palette(picture: Float32Array, points: Points) -> Palette:
    """Measure the palette of a face.

    Parameters
    ----------
    picture : (h, w, 3) float32 array
        BGR as encoded, 0..1.
    points : (478, 3) array
        Tracked points in pixels.

    Returns
    -------
    Palette
        The face's own colours.
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
    if len(bright) < 4:  # eyes too small or closed: use the brightest part of the lips instead
        eyes, bright = lips, luminance(srgb_to_linear_clipped(lips))
    best = eyes[(bright >= np.quantile(bright, 0.6)) & (bright <= np.quantile(bright, 0.97))]
    cheeks = _cheeks(picture, points)
    white = _plausible_white(srgb_to_linear_clipped(best).mean(axis=0), cheeks)
    flesh = srgb_to_linear_clipped(np.median(lips, axis=0))
    dark = float(np.quantile(luminance(srgb_to_linear_clipped(both)), 0.02))
    face = picture[polygon_interior(picture.shape[:2], points[list(FACE_OVAL)])]
    full = float(luminance(white))
    brightest = max(full, quantile_of_light(face, BRIGHTEST_SKIN))
    teeth = full * (1 + TEETH_SATURATION * (tint(white) - 1))
    return Palette(white, flesh, min(dark, 0.5 * full), brightest, float(luminance(cheeks)), teeth)


def likeness(first: Palette, second: Palette) -> float:
    """Tell how alike the colours of two faces are.

    Parameters
    ----------
    first, second : Palette

    Returns
    -------
    float
        1 for the same face in the same light, 0 for strangers; continuous between.
    """
    colours = [np.concatenate([face.white, face.flesh, [face.skin]]) for face in (first, second)]
    one, other = (np.log(np.maximum(values, 1e-3)) for values in colours)
    return float(np.exp(-((float(np.abs(one - other).mean()) / LIKE) ** 2)))


def quantile_of_light(colours: Colours, quantile: float) -> float:
    """Quantile of the luminance of colours.

    Parameters
    ----------
    colours : (n, 3) float32 array
        BGR as encoded, 0..1.
    quantile : float
        0..1.

    Returns
    -------
    float
        Linear luminance; 0 if there are no colours.
    """
    return float(np.quantile(luminance(srgb_to_linear_clipped(colours)), quantile)) if len(colours) else 0.0


def _plausible_white(white: Colours, cheeks: Colours) -> Colours:
    """(3,) white of the eyes, limited in luminance and saturation relative to the cheeks."""
    light, skin_light = float(luminance(white)), float(luminance(cheeks))
    low, high = WHITE_RANGE
    light = min(max(light, low * skin_light), high * skin_light)
    colour, skin = tint(white), tint(cheeks)
    if np.linalg.norm(colour - 1) > WHITE_SATURATION * np.linalg.norm(skin - 1):
        colour = 1 + np.float32(WHITE_SATURATION) * (skin - 1)
    return np.asarray(light * colour, np.float32)


def _cheeks(picture: Colours, points: Points) -> Colours:
    """(3,) median colour of the cheeks, in linear light."""
    height, width = picture.shape[:2]
    columns = np.clip(np.round(points[list(CHEEKS), 0]).astype(int), 0, width - 1)
    rows = np.clip(np.round(points[list(CHEEKS), 1]).astype(int), 0, height - 1)
    return srgb_to_linear_clipped(np.median(cv2.blur(picture, (5, 5))[rows, columns], axis=0))


def _white_of(picture: Float32Array, points: Points, contour: NDArray[np.int_], iris: tuple[int, ...]) -> Float32Array:
    """(n, 3) encoded colours of one eye between lids and iris."""
    centre = points[iris[0], :2]
    radius = IRIS_MARGIN * float(np.linalg.norm(points[list(iris[1:]), :2] - centre, axis=1).mean())
    inside = polygon_interior(picture.shape[:2], points[contour])
    disc = np.zeros(inside.shape, np.uint8)
    cv2.circle(disc, (round(float(centre[0])), round(float(centre[1]))), max(1, round(radius)), (1,), -1)
    return np.asarray(picture[inside & (disc == 0)])
