"""A portrait taken apart into two layers: the person, and a clean plate of what is behind.

The matte contains the person with a margin. Where the person is, the clean plate is filled (see ``clean_plate``);
elsewhere it is the portrait itself. The matte's edge lies in the background, a little off the person, and fades there:
at rest the two layers are the portrait exactly, and a lock of hair that the network has missed is not cut off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np

from ..face.mesh import FACE_OVAL
from ..imaging.arrays import Field, Float32Array, ImageArray, UInt8Array
from ..imaging.compositing import composite_over, strips
from ..imaging.easing import smoothstep
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.scaling import scale_within, size_within, upsample_region
from ..records.portrait import Portrait
from .clean_plate import CleanPlateFill
from .texture import LARGEST

PERSON = 0.04
"""From this value of the matte on a pixel is the person's."""

LEAST_FACE = 0.9
"""Share of the face that a matte must cover to be believed."""

MARGIN = 0.03
"""Background that is cut out with the person, in outer-eye distances; over it the plate changes into the fill."""

FADE = 0.06
"""Width over which the matte fades outside of that, in outer-eye distances."""

MEASURED_SIDE = 2048
"""Longer side of the copy on which distances from the person are measured, in pixels; it limits the time."""

NEAR = 2
"""Cells of the surround's grid by which a field may miss the cell at whose middle it is sampled."""


@dataclass(frozen=True, eq=False)
class LayeredPortrait:
    """The person and the clean plate.

    Attributes
    ----------
    matte : (h, w) uint8 array
        255 on the person and a margin, 0 on the background.
    clean_plate : (h, w, c) array
        What is behind, premultiplied; the portrait itself where `matte` is less than 255.
    rgba : (h, w, 4) array, optional
        Opaque colours with `matte` as alpha: one lookup samples both. None if the picture has an alpha of its own, or
        if the array would be too large.
    most, least : (rows, columns) uint8 arrays
        Largest and smallest value of `matte` in each cell of the surround's grid and in `NEAR` cells around.
    """

    matte: UInt8Array = field(repr=False)
    clean_plate: ImageArray = field(repr=False)
    rgba: ImageArray | None = field(repr=False)
    most: UInt8Array = field(repr=False)
    least: UInt8Array = field(repr=False)

    @classmethod
    def of(cls, portrait: Portrait, person: UInt8Array, picture: ImageArray, grid: SampleGrid) -> LayeredPortrait:
        """Take a portrait apart. Distances and the fill are smooth, and computed on small copies.

        Parameters
        ----------
        portrait : Portrait
        person : (h, w) uint8 array
            Matte of the person.
        picture : (h, w, c) array
            The portrait's picture, premultiplied.
        grid : SampleGrid
            The surround's.

        Returns
        -------
        LayeredPortrait
        """
        distance = _distance_from(_trusted(person, portrait), portrait)
        fill = CleanPlateFill.behind(picture, distance, portrait.unit, MARGIN)
        matte, plate = np.empty(picture.shape[:2], np.uint8), picture.copy()
        for part in strips(portrait.box):
            away = upsample_region(distance, part, portrait.box)
            part.cut(matte)[:] = np.rint(255 * smoothstep(np.asarray((MARGIN + FADE - away) / FADE, np.float32)))
            share = np.rint(255 * np.clip(1 - away / MARGIN, 0, 1)).astype(np.uint8)
            if share.any():
                layer = fill.part(part, portrait.box)
                if plate.dtype == np.uint8:
                    composite_over(plate, part, np.rint(layer).astype(np.uint8), share)
                else:
                    composite_over(plate, part, layer, share)
        return cls(matte, plate, with_alpha(picture, matte), *extremes(matte, grid))

    def sample_person(self, picture: ImageArray, positions: Field) -> tuple[ImageArray, UInt8Array]:
        """Sample the person's layer.

        Parameters
        ----------
        picture : (h, w, c) array
            The portrait's picture, premultiplied.
        positions : (y, x, 2) float32 array
            Positions x, y in pixels of the portrait.

        Returns
        -------
        colours : (y, x, c) array
        alpha : (y, x) uint8 array
        """
        return sample_layer(picture, self.matte, self.rgba, positions)


def with_alpha(colours: ImageArray, alpha: UInt8Array) -> ImageArray | None:
    """Add an alpha to opaque colours, so that one lookup samples both.

    Parameters
    ----------
    colours : (h, w, c) array
    alpha : (h, w) uint8 array
        0..255.

    Returns
    -------
    (h, w, 4) array or None
        Of the type of `colours`. None if they have an alpha of their own, or if the array would be too large.
    """
    if colours.shape[2] != 3 or alpha.size * 4 * colours.itemsize > LARGEST:
        return None
    return cast(ImageArray, np.dstack([colours, alpha.astype(colours.dtype)]))


def sample_layer(
    colours: ImageArray, alpha: UInt8Array, rgba: ImageArray | None, positions: Field
) -> tuple[ImageArray, UInt8Array]:
    """Sample a layer and its alpha.

    Parameters
    ----------
    colours : (h, w, c) array
        Premultiplied by an alpha of their own, if they have one; not by that of the layer.
    alpha : (h, w) uint8 array
        0..255.
    rgba : (h, w, 4) array, optional
        What `with_alpha` makes of both.
    positions : (y, x, 2) float32 array
        Positions x, y in pixels of the layer.

    Returns
    -------
    colours : (y, x, c) array
    alpha : (y, x) uint8 array
    """
    if rgba is None:
        return remap(colours, positions, cv2.INTER_LINEAR), remap(alpha, positions, cv2.INTER_LINEAR)
    sampled = remap(rgba, positions, cv2.INTER_LINEAR)
    over = cv2.extractChannel(sampled, 3)
    opacity = np.asarray(over if over.dtype == np.uint8 else np.rint(over), np.uint8)
    return cast(ImageArray, cv2.cvtColor(sampled, cv2.COLOR_BGRA2BGR)), opacity


def covers_face(person: UInt8Array, portrait: Portrait) -> bool:
    """Tell whether a matte of the person can be believed.

    Parameters
    ----------
    person : (h, w) uint8 array
        Matte of the person.
    portrait : Portrait

    Returns
    -------
    bool
        Whether it covers at least `LEAST_FACE` of the face.
    """
    binary = _binary(person)
    face = np.zeros_like(binary)
    cv2.fillPoly(face, [np.round(portrait.points[list(FACE_OVAL), :2]).astype(np.int32)], (255,))
    size = cv2.countNonZero(face)
    return cv2.countNonZero(cv2.bitwise_and(binary, face, dst=face)) >= LEAST_FACE * max(size, 1)


def _binary(person: UInt8Array) -> UInt8Array:
    return np.asarray(np.uint8(255) * (person > np.uint8(255 * PERSON)), np.uint8)


def _trusted(person: UInt8Array, portrait: Portrait) -> UInt8Array:
    """(h, w) 255 on the person; everywhere, if the matte misses the face: a head must not be left behind."""
    binary = _binary(person)
    return binary if covers_face(person, portrait) else np.full_like(binary, 255)


def _distance_from(person: UInt8Array, portrait: Portrait) -> Float32Array:
    """(y, x) distance from the person in outer-eye distances, on a small copy of the picture."""
    small = cv2.resize(person, size_within(portrait.size, MEASURED_SIDE), interpolation=cv2.INTER_AREA)
    distance = cv2.distanceTransform(np.uint8(255) * (small == 0), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    unit = scale_within(portrait.size, MEASURED_SIDE) * portrait.unit
    return np.asarray(distance / np.float32(unit), np.float32)


def extremes(matte: UInt8Array, grid: SampleGrid) -> tuple[UInt8Array, UInt8Array]:
    """Find the largest and the smallest value of a matte in the cells of a grid and in `NEAR` cells around.

    Parameters
    ----------
    matte : (h, w) uint8 array
        Of the whole picture.
    grid : SampleGrid
        The surround's.

    Returns
    -------
    most, least : (rows, columns) uint8 arrays
    """
    height, width = matte.shape
    sides = (-grid.top, grid.box.bottom - height, -grid.left, grid.box.right - width)
    wider = cv2.copyMakeBorder(matte, *sides, cv2.BORDER_REPLICATE)
    cells = np.asarray(wider.reshape(grid.rows, grid.step, grid.columns, grid.step), np.uint8)
    around = np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    most, least = cv2.dilate(cells.max(axis=(1, 3)), around), cv2.erode(cells.min(axis=(1, 3)), around)
    return np.asarray(most, np.uint8), np.asarray(least, np.uint8)
