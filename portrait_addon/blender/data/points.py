"""What was put right by hand, between the object's properties and what the jobs take.

The corrections stand on the object as one line of JSON: it copies, undoes, saves and appends with the object, can be
read without the add-on, and is what the command line takes. Where a face was placed stands in properties of its own,
since a person sets them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import degrees, radians
from typing import Any

from ...errors import InputError
from ...jobs.corrections_file import corrections_text, parse_corrections
from ...pipeline.editing.corrections import NONE, Corrections
from ...pipeline.editing.handles import Offset
from ...pipeline.editing.placing import Placement

_parsed = lru_cache(8)(parse_corrections)


def corrections_of(ob: Any) -> Corrections:
    """All that was put right for an object; corrections on another clip than its present one do not count.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    Corrections
        Of its picture and its clip, and the placement of its face.

    Raises
    ------
    InputError
        If they are not of a kind that this version knows.
    """
    corrections = _stored(ob)
    clip = corrections.clip if ob.portrait.corrected_clip == ob.portrait.clip else ()
    return replace(corrections, placement=placement_of(ob), clip=clip)


def move_on_portrait(ob: Any, handle: str, offset: Offset | None) -> None:
    """Move a handle on the portrait, or put it back where it was found.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    handle : str
        One of `HANDLES`, such as ``right_eye_1``.
    offset : pair of float or None
        Along the eyes and down, in distances of the outer eye corners; None puts it back.

    Raises
    ------
    InputError
        If the corrections so far are not of a kind that this version knows.
    """
    ob.portrait.corrections = corrections_text(_stored(ob).with_portrait(handle, offset))


def move_on_clip(ob: Any, handle: str, frame: int, offset: Offset | None) -> None:
    """Move a handle in a frame of the clip, eased over those around it, or correct it there no longer.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait with a clip.
    handle : str
        One of `HANDLES`, such as ``right_eye_1``.
    frame : int
        Number of the clip's frame; the first is 1.
    offset : pair of float or None
        Along the eyes and down, in distances of the outer eye corners; None corrects it no longer.

    Raises
    ------
    InputError
        If the corrections so far are not of a kind that this version knows.
    """
    corrections = replace(corrections_of(ob), placement=None)
    ob.portrait.corrected_clip = ob.portrait.clip
    ob.portrait.corrections = corrections_text(corrections.with_clip(handle, frame, offset, ob.portrait.ease))


def reset(ob: Any, *, clip: bool) -> None:
    """Put all points of the clip, or of the portrait, back where they were found.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    clip : bool
        Those of the clip, not of the portrait. Corrections that cannot be read are all dropped.
    """
    try:
        corrections = _stored(ob)
    except InputError:
        corrections = NONE
    kept = replace(corrections, clip=()) if clip else replace(corrections, portrait=())
    ob.portrait.corrections = corrections_text(kept)


def _stored(ob: Any) -> Corrections:
    try:
        return _parsed(ob.portrait.corrections)
    except ValueError as error:
        raise InputError(f"{ob.name}: what was corrected cannot be read, it {error}. Reset the points.") from error


def placement_of(ob: Any) -> Placement | None:
    """Where the object's face was placed by hand.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    Placement or None
        Angles in degrees, rounded so that it survives Blender's single precision; None if the face is to be found.
    """
    properties = ob.portrait
    if not properties.place_by_hand:
        return None
    nod, turn, roll = (round(degrees(angle), 4) for angle in properties.place_rotation)
    x, y = properties.place_location
    return Placement(round(x, 6), round(y, 6), round(properties.place_size, 6), roll, nod, turn)


def keep_placement(ob: Any, placement: Placement) -> None:
    """Place the object's face by hand.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    placement : Placement
        Angles in degrees.
    """
    properties = ob.portrait
    properties.place_location = placement.x, placement.y
    properties.place_size = placement.size
    properties.place_rotation = radians(placement.nod), radians(placement.turn), radians(placement.roll)
    properties.place_by_hand = True
