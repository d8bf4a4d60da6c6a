"""The driver's mouth, cut out of each frame of a clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..face.mesh import MOUTH, outer_eye_distance
from ..face.openings import CLOSED_AREA, mouth_area, mouth_box
from ..face.palette import BRIGHTEST_TEETH, Palette, quantile_of_light
from ..imaging.arrays import Float32Array, Points, UInt8Array
from ..imaging.colour import lightness, luminance, srgb_to_linear_clipped
from ..imaging.polygons import polygon_interior
from ..imaging.sharpness import edge_blur
from ..records.performance import Performance

TEETH = 0.07
"""Share of the brightest pixels between the lips that are taken for teeth."""

TEETH_A_FRAME = 64
"""Pixels of teeth that are kept of each frame, evenly spread: enough for a mean, and more fill the memory."""

LEAST_TEETH = 0.5
"""Least luminance of teeth, against the white of the eyes: darker is a tongue."""

PATCH_MARGIN = 0.06
"""Kept of the driver round the inside of the mouth, in outer-eye distances."""

WIDEST = 9
"""Frames with the widest mouths, by whose median its sharpness is told."""

STEEP = 0.02
"""Share of a mouth's pixels that lie on its sharpest edges."""

LEAST_SIDE = 6
"""A picture of a mouth that is narrower or lower shows no teeth, in pixels."""


def cut_mouth(frame: UInt8Array, points: Points) -> tuple[UInt8Array, tuple[int, int]]:
    """Cut out the driver's pixels round the inside of the mouth.

    Parameters
    ----------
    frame : (h, w, 3) uint8 array
        BGR.
    points : (478, 3) array
        Its points, in pixels.

    Returns
    -------
    patch : (y, x, 3) uint8 array
        BGR; empty if the mouth is closed.
    corner : tuple of two int
        x and y of its top-left pixel in the frame.
    """
    if mouth_area(points) < CLOSED_AREA / 2:
        return np.empty((0, 0, 3), np.uint8), (0, 0)
    box = mouth_box(points, PATCH_MARGIN).within(frame)
    return frame[box.top : box.bottom, box.left : box.right].copy(), (box.left, box.top)


def pixels_between_lips(patch: UInt8Array, corner: tuple[int, int], points: Points) -> Float32Array:
    """Collect the pixels of a patch that lie between the lips.

    Parameters
    ----------
    patch : (h, w, 3) uint8 array
        BGR, from `cut_mouth`.
    corner : tuple of two int
        x and y of its top-left pixel in the frame.
    points : (478, 3) array
        Points of the frame, in pixels.

    Returns
    -------
    (n, 3) float32 array
        BGR as encoded, 0..1.
    """
    if not patch.size:
        return np.empty((0, 3), np.float32)
    inside = polygon_interior(patch.shape, points[MOUTH.contour, :2] - corner)
    return patch[inside].astype(np.float32) / np.float32(255)


def mouth_blur(performance: Performance) -> float:
    """Tell how blurred the driver's mouth is, where it is open widest.

    Parameters
    ----------
    performance : Performance

    Returns
    -------
    float
        Standard deviation of its blur, in outer-eye distances; infinite if no frame shows an open mouth.
    """
    sizes = np.diff(performance.mouth_starts)
    widest = np.argsort(-sizes, kind="stable")[:WIDEST]
    patches = [performance.mouth_of(int(row)) for row in widest if sizes[row] > 0]
    blurs = [
        edge_blur(lightness(patch.pixels), STEEP) / outer_eye_distance(patch.points)
        for patch in patches
        if min(patch.pixels.shape[:2]) >= LEAST_SIDE
    ]
    return float(np.median(blurs)) if blurs else np.inf


class OpenMouth:
    """What is seen between a driver's lips over a clip, for the driver's white and brightest.

    The white of a driver's teeth differs from that of the eyes; a portrait's teeth would come out orange or green if
    the one stood for the other.
    """

    def __init__(self) -> None:
        self._brightest: list[Float32Array] = []
        self._widest = np.empty((0, 3), np.float32)

    def add(self, colours: Float32Array) -> None:
        """Take what is seen between the lips in a frame.

        Parameters
        ----------
        colours : (n, 3) float32 array
            BGR as encoded, 0..1; may be empty.
        """
        if not len(colours):
            return
        if len(colours) > len(self._widest):
            self._widest = colours
        light = colours.mean(axis=1)
        bright = colours[light >= np.quantile(light, 1 - TEETH)]
        self._brightest.append(bright[:: -(-len(bright) // TEETH_A_FRAME)])

    def complete(self, palette: Palette) -> Palette:
        """Put the teeth into the palette of the driver's face.

        Parameters
        ----------
        palette : Palette

        Returns
        -------
        Palette
            The same where no teeth are seen.
        """
        brightest = max(quantile_of_light(self._widest, BRIGHTEST_TEETH), float(luminance(palette.white)))
        white = palette.teeth
        if self._brightest:
            colours = np.concatenate(self._brightest)
            light = colours.mean(axis=1)
            teeth = srgb_to_linear_clipped(colours[light >= np.quantile(light, 1 - TEETH)]).mean(axis=0)
            if float(luminance(teeth)) > LEAST_TEETH * float(luminance(white)):
                white = teeth
        return replace(palette, teeth=np.asarray(white, np.float32), brightest=brightest)
