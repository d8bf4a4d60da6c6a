"""All that a still portrait says, independent of any clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import cv2
import numpy as np

from .arrays import Bytes, Values
from .box import Box
from .face_mesh import outer_eye_distance
from .step2_warp.layers import Picture, white_of
from .step2_warp.lids import lid_lights
from .step2_warp.mouth_corners import line_strengths
from .step2_warp.openings import part_rims
from .step3_mouth.palette import Palette, face_palette
from .step4_shading.shade_colour import shade_exponents
from .tracking.landmarker import BLENDSHAPES, Face, NoFaceError
from .tracking.searching import Detector, search


@dataclass(frozen=True, eq=False)
class Portrait:
    """What a picture says.

    Attributes
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA as given; uint8, uint16 or float32.
    points : (478, 3) float32 array
        Control points q* in pixels.
    blendshapes : (52,) float32 array
        What the face already does; zeros, which is at rest, where no tracker saw it.
    palette : Palette
        Colours that the inside of its mouth is given.
    shade : (3,) float32 array
        Powers of a ratio image that blue, green and red of its skin follow.
    lid_lights, line_strengths : pairs of float
        How bright a closed lid is, and how much of the line between the lips is covered where they part, on the
        sitter's right and left.
    faces : int
        Faces seen in the picture, of which one was chosen.
    masks : mapping
        What was painted over it, (h, w) of 0..255 by their names in `masks.MASKS`.
    """

    picture: Picture = field(repr=False)
    points: Values = field(repr=False)
    blendshapes: Values = field(repr=False)
    palette: Palette = field(repr=False)
    shade: Values = field(repr=False)
    lid_lights: tuple[float, float]
    line_strengths: tuple[float, float]
    faces: int = 1
    masks: Mapping[str, Bytes] = field(repr=False, default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def box(self) -> Box:
        """All of its pixels."""
        return Box(0, 0, *self.size)

    @property
    def unit(self) -> float:
        """Outer-eye distance in pixels."""
        return outer_eye_distance(self.points)


def analyse_portrait(picture: Picture, tracker: Detector, face: int = 1) -> Portrait:
    """Find the face of a portrait.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA; uint8, uint16 or float32 (0..1).
    tracker : Detector
        A `FaceTracker`, or another that works alike.
    face : int
        Which of several faces; 1 is the largest.

    Raises
    ------
    NoFaceError
        If no face is found, or not so many.
    """
    return portrait_of(picture, find_faces(picture, tracker), face)


def find_faces(picture: Picture, tracker: Detector) -> list[Face]:
    """All faces of a picture, the largest first; see `analyse_portrait`."""
    return search(in_8_bits(picture), tracker)


def portrait_of(picture: Picture, faces: Sequence[Face], face: int = 1) -> Portrait:
    """The portrait of one of the faces that `find_faces` has found; see `analyse_portrait`."""
    if not faces:
        raise NoFaceError(
            "no face found; choose a picture of a face that looks roughly at the camera, or place the face by hand"
        )
    if not 1 <= face <= len(faces):
        raise NoFaceError(f"there is no face {face}; choose one from 1 to {len(faces)}")
    chosen = faces[face - 1]
    return _measured(picture, chosen.points, chosen.blendshapes, len(faces))


def placed_portrait(picture: Picture, points: Values) -> Portrait:
    """A portrait whose face no tracker has found: its points (478, 3) were placed by hand."""
    return _measured(picture, points, np.zeros(len(BLENDSHAPES), np.float32), 1)


def with_points(portrait: Portrait, points: Values) -> Portrait:
    """The same portrait with other points (478, 3); its colours are measured anew."""
    measured = _measured(portrait.picture, points, portrait.blendshapes, portrait.faces)
    return replace(measured, masks=portrait.masks)


def _measured(picture: Picture, points: Values, blendshapes: Values, faces: int) -> Portrait:
    picture_8bit, points = in_8_bits(picture), part_rims(points)
    return Portrait(
        picture,
        points,
        blendshapes,
        face_palette(picture_8bit, points),
        shade_exponents(picture_8bit, points),
        lid_lights(picture_8bit, points),
        line_strengths(picture_8bit, points),
        faces,
    )


def scaled(portrait: Portrait, longer_side: int) -> Portrait:
    """The same portrait at a lower size, for a quick look: it is not analysed anew, so that it moves as the large one.

    Parameters
    ----------
    portrait : Portrait
    longer_side : int
        Of the result, in pixels; a portrait that is no larger is returned as it is.
    """
    width, height = portrait.size
    if max(width, height) <= longer_side:
        return portrait
    scale = longer_side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    factors = np.array([size[0] / width, size[1] / height, scale], np.float32)
    corner = np.array([0.5, 0.5, 0], np.float32)  # pixel centres are at integers
    points = (portrait.points + corner) * factors - corner
    masks = {
        name: np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
        for name, mask in portrait.masks.items()
    }
    return replace(portrait, picture=_shrunk(portrait.picture, size), points=points, masks=masks)


def _shrunk(picture: Picture, size: tuple[int, int]) -> Picture:
    if picture.shape[2] == 3:
        return cast(Picture, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    # What is transparent has no colour to lend to its neighbours.
    white = white_of(picture)
    values: Values = np.asarray(picture, np.float32) / white
    small = np.asarray(cv2.resize(_premultiplied(values), size, interpolation=cv2.INTER_AREA), np.float32)
    small[..., :3] /= np.maximum(small[..., 3:], np.float32(1e-6))
    if picture.dtype == np.float32:
        return small
    return cast(Picture, np.rint(np.clip(small, 0, 1) * white).astype(picture.dtype))


def _premultiplied(values: Values) -> Values:
    return np.concatenate([values[..., :3] * values[..., 3:], values[..., 3:]], axis=2)


def in_8_bits(picture: Picture) -> Bytes:
    """The picture in 8 bits, what is transparent over mid-grey."""
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return np.asarray(picture, np.uint8)
    values = picture.astype(np.float32) / white_of(picture)
    colours = values[..., :3]
    if picture.shape[2] == 4:
        colours = colours * values[..., 3:] + 0.5 * (1 - values[..., 3:])
    return np.asarray(cv2.convertScaleAbs(np.clip(colours, 0, 1), alpha=255), np.uint8)
