"""From a picture to a portrait: find the face and measure it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..face.openings import part_rims
from ..face.palette import face_palette
from ..imaging.arrays import Float32Array, ImageArray, as_image
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
        BGR or BGRA, or grey (h, w); uint8, uint16 or floats of which 1 is white.
    tracker : Detector
        A `FaceTracker`, or another that works alike.
    face : int
        Which of several faces; 1 is the largest.

    Returns
    -------
    Portrait

    Raises
    ------
    NoFaceError
        If no face is found, or not so many.
    ValueError
        If the picture is no picture, see `as_image`.
    """
    return portrait_of(picture, find_faces(picture, tracker), face)


def find_faces(picture: ImageArray, tracker: Detector) -> list[Face]:
    """Find all faces of a picture.

    Parameters
    ----------
    picture, tracker
        See `analyse_portrait`.

    Returns
    -------
    list of Face
        The largest first; empty if none is found.

    Raises
    ------
    ValueError
        If the picture is no picture, see `as_image`.
    """
    return search(to_8bit(as_image(picture)), tracker)


def portrait_of(picture: ImageArray, faces: Sequence[Face], face: int = 1) -> Portrait:
    """Make the portrait of one of several faces.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        See `analyse_portrait`.
    faces : sequence of Face
        From `find_faces`.
    face : int
        Which of them; 1 is the first.

    Returns
    -------
    Portrait

    Raises
    ------
    NoFaceError
        If there is none, or not so many.
    """
    if not faces:
        raise NoFaceError(
            "no face found; choose a picture of a face that looks roughly at the camera, or place the face by hand"
        )
    if not 1 <= face <= len(faces):
        raise NoFaceError(f"there is no face {face}; choose one from 1 to {len(faces)}")
    chosen = faces[face - 1]
    return _measured(picture, chosen.points, chosen.blendshapes, len(faces))


def placed_portrait(picture: ImageArray, points: Float32Array) -> Portrait:
    """Make a portrait whose face no tracker has found.

    Parameters
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        See `analyse_portrait`.
    points : (478, 3) float32 array
        Placed by hand, in pixels.

    Returns
    -------
    Portrait
        Its face is taken to be at rest.
    """
    return _measured(picture, points, np.zeros(len(BLENDSHAPES), np.float32), 1)


def with_points(portrait: Portrait, points: Float32Array) -> Portrait:
    """Give a portrait other points; its colours are measured anew.

    Parameters
    ----------
    portrait : Portrait
    points : (478, 3) float32 array
        In pixels.

    Returns
    -------
    Portrait
    """
    measured = _measured(portrait.picture, points, portrait.blendshapes, portrait.faces)
    return replace(measured, masks=portrait.masks)


def _measured(picture: ImageArray, points: Float32Array, blendshapes: Float32Array, faces: int) -> Portrait:
    picture, points = as_image(picture), part_rims(points)
    picture_8bit = to_8bit(picture)
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
