"""Analyse a picture: find the face and measure its points and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..face.mesh import OUTER_EYE_CORNERS
from ..face.openings import part_rims
from ..face.palette import face_palette
from ..imaging.arrays import Float32Array, ImageArray, as_image
from ..imaging.colour import to_8bit
from ..records.face import BLENDSHAPES, Face, NoFaceError
from ..records.portrait import Portrait
from ..tracking.searching import Detector, search_all
from .shade_colour import shade_exponents

MOST_OUTSIDE = 0.1
"""Share of a face's points that may lie outside the picture without a word: hairline or chin is often cut."""


def analyse_portrait(picture: ImageArray, tracker: Detector, face: int = 1) -> Portrait:
    """Find a face in a picture and make a portrait of it.

    Parameters
    ----------
    picture : (h, w), (h, w, 3) or (h, w, 4) array
        Grey, BGR or BGRA with straight alpha; uint8, uint16, or floats with 1 for white.
    tracker : Detector
        A `FaceTracker`, or another detector with the same methods.
    face : int, optional
        Number of the face, from 1 for the largest.

    Returns
    -------
    Portrait
        Picture, points and colours of the face.

    Raises
    ------
    NoFaceError
        If there is no face, or fewer faces than `face`.
    ValueError
        If the picture has a wrong shape, type or range, see `as_image`.
    """
    return portrait_of(picture, find_faces(picture, tracker), face)


def find_faces(picture: ImageArray, tracker: Detector) -> list[Face]:
    """Find all faces of a picture.

    Parameters
    ----------
    picture : (h, w), (h, w, 3) or (h, w, 4) array
        See `analyse_portrait`.
    tracker : Detector
        See `analyse_portrait`.

    Returns
    -------
    list of Face
        All faces, sorted from the largest to the smallest; empty if none is found.

    Raises
    ------
    ValueError
        If the picture has a wrong shape, type or range, see `as_image`.
    """
    return search_all(to_8bit(as_image(picture)), tracker)


def portrait_of(picture: ImageArray, faces: Sequence[Face], face: int = 1) -> Portrait:
    """Make a portrait of one of several faces.

    Parameters
    ----------
    picture : (h, w), (h, w, 3) or (h, w, 4) array
        See `analyse_portrait`.
    faces : sequence of Face
        Faces of the picture, from `find_faces`.
    face : int, optional
        Number of the face in `faces`, from 1.

    Returns
    -------
    Portrait
        Picture, points and colours of the face.

    Raises
    ------
    NoFaceError
        If there is no face, or fewer faces than `face`.
    ValueError
        If the picture has a wrong shape, type or range, see `as_image`.
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
    """Make a portrait from points that are placed by hand, if the tracker finds no face.

    Parameters
    ----------
    picture : (h, w), (h, w, 3) or (h, w, 4) array
        See `analyse_portrait`.
    points : (478, 3) float32 array
        Face points x, y, z in pixels.

    Returns
    -------
    Portrait
        Picture, points and colours of the face; all blendshapes are 0.

    Raises
    ------
    ValueError
        If the picture has a wrong shape, type or range, see `as_image`.
    """
    return _measured(picture, points, np.zeros(len(BLENDSHAPES), np.float32), 1)


def within_picture(portrait: Portrait) -> bool:
    """Tell whether a face lies within its picture.

    Parameters
    ----------
    portrait : Portrait
        Its points and the picture's size count.

    Returns
    -------
    bool
        False if more than a tenth of the points lie outside.
    """
    points, size = portrait.points[:, :2], np.array(portrait.size)
    outside = ((points < -0.5) | (points > size - 0.5)).any(axis=1)
    return float(outside.mean()) <= MOST_OUTSIDE


def head_turn(points: Float32Array) -> float:
    """Estimate how far a head is turned to the side.

    Parameters
    ----------
    points : (478, 3) float32 array
        Face points x, y, z in pixels.

    Returns
    -------
    float
        Degrees from a view of the whole face; 90 is a profile.
    """
    across = points[OUTER_EYE_CORNERS[1]] - points[OUTER_EYE_CORNERS[0]]
    return float(np.degrees(np.arctan2(abs(across[2]), np.linalg.norm(across[:2]))))


def with_points(portrait: Portrait, points: Float32Array) -> Portrait:
    """Make a copy of a portrait with other points. Its colours are measured again.

    Parameters
    ----------
    portrait : Portrait
        Source of the picture, the blendshapes and the masks.
    points : (478, 3) float32 array
        Face points x, y, z in pixels.

    Returns
    -------
    Portrait
        A portrait with these points and the colours at these points.
    """
    measured = _measured(portrait.picture, points, portrait.blendshapes, portrait.faces)
    return replace(measured, masks=portrait.masks)


def _measured(picture: ImageArray, points: Float32Array, blendshapes: Float32Array, faces: int) -> Portrait:
    """Portrait with the colours that are measured on the picture at the points."""
    picture, points = as_image(picture), part_rims(points)
    picture_8bit = to_8bit(picture)
    return Portrait(
        picture,
        points,
        blendshapes,
        face_palette(picture_8bit, points),
        shade_exponents(picture_8bit, points),
        faces,
    )
