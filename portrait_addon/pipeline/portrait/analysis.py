"""From a picture to a portrait: find the face and measure it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..face.openings import part_rims
from ..face.palette import face_palette
from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.colour import to_8bit
from ..records.face import BLENDSHAPES, Face, NoFaceError
from ..records.portrait import Portrait
from ..tracking.searching import Detector, search
from .lid_lights import lid_lights
from .mouth_line import mouth_line_contrast
from .shade_colour import shade_exponents


def analyse_portrait(picture: ImageArray, tracker: Detector, face: int = 1) -> Portrait:
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


def find_faces(picture: ImageArray, tracker: Detector) -> list[Face]:
    """All faces of a picture, the largest first; see `analyse_portrait`."""
    return search(to_8bit(picture), tracker)


def portrait_of(picture: ImageArray, faces: Sequence[Face], face: int = 1) -> Portrait:
    """The portrait of one of the faces that `find_faces` has found; see `analyse_portrait`."""
    if not faces:
        raise NoFaceError(
            "no face found; choose a picture of a face that looks roughly at the camera, or place the face by hand"
        )
    if not 1 <= face <= len(faces):
        raise NoFaceError(f"there is no face {face}; choose one from 1 to {len(faces)}")
    chosen = faces[face - 1]
    return _measured(picture, chosen.points, chosen.blendshapes, len(faces))


def placed_portrait(picture: ImageArray, points: Float32Array) -> Portrait:
    """A portrait whose face no tracker has found: its points (478, 3) were placed by hand."""
    return _measured(picture, points, np.zeros(len(BLENDSHAPES), np.float32), 1)


def with_points(portrait: Portrait, points: Float32Array) -> Portrait:
    """The same portrait with other points (478, 3); its colours are measured anew."""
    measured = _measured(portrait.picture, points, portrait.blendshapes, portrait.faces)
    return replace(measured, masks=portrait.masks)


def _measured(picture: ImageArray, points: Float32Array, blendshapes: Float32Array, faces: int) -> Portrait:
    picture_8bit, points = to_8bit(picture), part_rims(points)
    return Portrait(
        picture,
        points,
        blendshapes,
        face_palette(picture_8bit, points),
        shade_exponents(picture_8bit, points),
        lid_lights(picture_8bit, points),
        mouth_line_contrast(picture_8bit, points),
        faces,
    )
