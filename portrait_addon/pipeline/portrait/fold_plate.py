"""The skin of a smiling portrait without the folds that the smile has drawn beside its mouth.

A smile folds skin from the wings of the nose down past the corners of the mouth. As the mouth comes to rest they go.
Their shade is filled from both sides, each colour by itself, for a dark fold is more coloured than the skin beside it.
Only what is dark and narrow counts, so that cheeks keep their form and skin its grain. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.mesh import OUTER_LIPS
from ..head.landmarks import TRACKED_UNITS
from ..imaging.arrays import Float32Array, Float64Array, ImageArray, Points
from ..imaging.box import Box
from ..imaging.colour import white_level
from ..imaging.easing import smoothstep
from ..imaging.polygons import SUBPIXEL_BITS, fixed_point, polygon_interior
from ..records.portrait import Portrait

FOLDS = ((129, 203, 206, 216, 212, 202), (358, 423, 426, 436, 432, 422))
"""Points along the fold of the sitter's right and left side, from the nose down."""

NOSE = (5, 48, 64, 98, 97, 2, 326, 327, 294, 278)
"""Points round the tip of the nose and its wings, which stay."""

BAND, SOFTNESS = 0.2, 0.03
"""Thickness of the band round a fold, and standard deviation of its soft edge, in outer-eye distances."""

WIDEST = 0.14
"""Width of the widest shade that is a fold, in outer-eye distances."""

GRAIN = 0.05
"""Logarithm of the darkest grain of skin: what is darker is the line at the bottom of a fold."""

FILLED = 0.8
"""How much of the shade goes: the rest of a fold is the face's own."""

OF_SMILES = tuple(name.startswith(("mouthSmile", "mouthUpperUp", "noseSneer", "cheekSquint")) for name in TRACKED_UNITS)
"""Units that draw these folds."""

FOLDING, FOLDED = 0.3, 0.9
"""Sums of their weights, of both sides, at which folds begin, and from which on they are the smile's alone."""

BLACK = 0.02
"""Added to colours, so that black has a logarithm."""


@dataclass(frozen=True, eq=False)
class FoldPlate:
    """A part of a portrait with its folds filled, in the portrait's pixels.

    Attributes
    ----------
    box : Box
        The part of the picture that the arrays cover; may be empty.
    skin : (y, x, c) float32 array
        The picture without folds, premultiplied, in the picture's units.
    alpha : (y, x) float32 array
        0..1, how far it covers the picture once the mouth is at rest.
    smile : float
        How much the portrait smiles, see `smile_of`.
    """

    box: Box
    skin: Float32Array = field(repr=False)
    alpha: Float32Array = field(repr=False)
    smile: float

    @classmethod
    def of(cls, portrait: Portrait, picture: ImageArray, change: Float64Array) -> FoldPlate:
        """Fill the folds of a portrait.

        Parameters
        ----------
        portrait : Portrait
        picture : (h, w, c) uint8 or float32 array
            Its picture, premultiplied BGR or BGRA.
        change : (51,) float64 array
            What brings its expression to rest, see `RestOffsets.change`.

        Returns
        -------
        FoldPlate
            Empty where it does not smile.
        """
        points, unit = portrait.points[:, :2].astype(np.float64), portrait.unit
        smile = smile_of(-change)
        folded = smoothstep((smile - FOLDING) / (FOLDED - FOLDING))
        box = Box.around(points[np.concatenate(FOLDS)], (BAND + 3 * SOFTNESS) * unit).within(picture)
        if box.empty or folded == 0:
            nothing = np.empty((0, 0, picture.shape[2]), np.float32)
            return cls(Box(0, 0, 0, 0), nothing, nothing[..., 0], 0.0)
        part = box.cut(picture).astype(np.float32)
        filled = part.copy()
        filled[..., :3] = _without_folds(part[..., :3] / white_level(picture), unit) * white_level(picture)
        if part.shape[2] == 4:
            filled[..., :3] = np.minimum(filled[..., :3], part[..., 3:])
        band = _band(points - np.array([box.left, box.top]), part.shape[:2], unit)
        return cls(box, filled, np.asarray(folded * band, np.float32), smile)


def smile_of(weights: Points) -> float:
    """Tell how much a face smiles, by what folds its skin.

    Parameters
    ----------
    weights : (51,) array
        Of `TRACKED_UNITS`, counted from rest.

    Returns
    -------
    float
        Sum of the weights of both sides; 0 or more.
    """
    return max(float(np.asarray(weights)[list(OF_SMILES)].sum()), 0.0)


def _without_folds(colours: Float32Array, unit: float) -> Float32Array:
    """Fill what is darker than the skin on both sides of it, (y, x, 3) of 0..1."""
    logs = np.log(colours + np.float32(BLACK))
    side = 2 * max(round(WIDEST * unit / 2), 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    fine = cv2.GaussianBlur(logs, (0, 0), max(0.01 * unit, 0.5))
    beside = cv2.GaussianBlur(cv2.morphologyEx(fine, cv2.MORPH_CLOSE, kernel), (0, 0), side / 4)
    grain = np.maximum(logs - fine, np.float32(-GRAIN))
    shade = np.float32(FILLED) * np.maximum(beside - fine, 0)
    return np.asarray(np.exp(fine + grain + shade) - np.float32(BLACK), np.float32)


def _band(points: Float64Array, shape: tuple[int, ...], unit: float) -> Float32Array:
    """(y, x) 0..1 alpha of the surroundings of both folds, without lips and nose."""
    band = np.zeros(shape, np.uint8)
    for fold in FOLDS:
        line = fixed_point(points[list(fold)], (0, 0))
        cv2.polylines(band, [line], False, (255,), max(1, round(BAND * unit)), cv2.LINE_AA, SUBPIXEL_BITS)
    outlines = points[OUTER_LIPS.contour], points[list(NOSE)]
    kept = np.any([polygon_interior(shape, outline) for outline in outlines], axis=0).astype(np.uint8)
    side = 2 * round(2 * SOFTNESS * unit) + 1
    band[cv2.dilate(kept, np.ones((side, side), np.uint8)) > 0] = 0
    return np.asarray(cv2.GaussianBlur(band, (0, 0), max(SOFTNESS * unit, 0.5)).astype(np.float32) / 255, np.float32)
