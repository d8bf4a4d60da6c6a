"""Which of the frames that a plane shows are missing, and which are out of date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ...errors import InputError
from ...jobs.baking import stale_specs
from ...jobs.frame_specs import FrameSpec
from ...media.pictures import frame_path
from ...pipeline.records.moment import Mix, Shown
from ...pipeline.records.settings import Settings
from ..data.frames import first_frame
from ..data.properties import follows_expressions, has_driver
from ..data.sources import outputs_of
from . import expressions, object_cache, several_faces, timing


class Unfinished(NamedTuple):
    """Numbers of frames that are not right.

    Attributes
    ----------
    missing : int
        Frames without a file.
    stale : int
        Frames whose file would be baked differently now.
    wanted : int
        Frames that there should be.
    """

    missing: int
    stale: int
    wanted: int


def describe(ob: Any, scene: Any) -> str | None:
    """Say how many of the frames that a render needs are missing or out of date.

    Where the portrait or the tracked clip is not at hand, as on a render farm, only missing frames are counted.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    scene : bpy.types.Scene
        The scene in which it is shown.

    Returns
    -------
    str or None
        One line for the user; None if all frames are right.
    """
    found = count_unfinished(ob, scene, preview_range=False)
    counts = (found.missing, "missing"), (found.stale, "out of date")
    faults = [f"{number} {what}" for number, what in counts if number]
    return f"{ob.name}: {' and '.join(faults)} of {found.wanted} frames. Bake it again." if faults else None


def count_unfinished(ob: Any, scene: Any, *, preview_range: bool = True) -> Unfinished:
    """Count the frames that are missing or out of date among those that should be baked.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    scene : bpy.types.Scene
        The scene in which it is shown.
    preview_range : bool
        Whether only the scene's preview range counts where it is on.

    Returns
    -------
    Unfinished
        Where the portrait or the tracked clip is not at hand, the frames that the plane shows should be there.
    """
    shown = first_frame(ob)
    if shown is None:
        return Unfinished(0, 0, 0)
    first, count = ob.portrait.first_file, ob.portrait.frame_count
    in_sequence = range(first, first + count)
    planned = _planned_specs(ob, scene, preview_range=preview_range)
    wanted = {spec.number for spec in planned or []} or set(in_sequence)
    missing = {
        number
        for number in wanted
        if number not in in_sequence or not frame_path(shown.parent, number, shown.suffix[1:]).is_file()
    }
    stale = {spec.number for spec in _stale(ob, planned)} - missing
    return Unfinished(len(missing), len(stale), len(wanted))


def stale_specs_of(ob: Any, scene: Any) -> list[FrameSpec]:
    """Plan the frames whose files a bake would write anew.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait that was baked.
    scene : bpy.types.Scene
        The scene in which it is shown.

    Returns
    -------
    list of FrameSpec
        With the numbers of their files. Empty where the portrait or the tracked clip is not at hand.
    """
    return _stale(ob, _planned_specs(ob, scene))


def is_up_to_date(ob: Any, frame: int, mix: Mix, settings: Settings, others: Sequence[Shown] = ()) -> bool:
    """Find out whether the plane shows for a scene frame what a bake would write now; reads no picture.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    frame : int
        Frame of the scene.
    mix : Mix
        What shows then, of clips as they were tracked.
    settings : Settings
        The settings then.
    others : sequence of Shown
        What the other faces show that the portrait shows.

    Returns
    -------
    bool
        False also before the first bake.

    Raises
    ------
    InputError
        If the portrait or the clip cannot be read.
    """
    shown = first_frame(ob)
    number = _file_number(ob, frame)
    if shown is None or not 0 <= number - ob.portrait.first_file < ob.portrait.frame_count:
        return False
    prints = object_cache.fingerprints_of(ob)
    listed = object_cache.manifest_of(ob, shown.parent)
    if prints is None or number not in listed:
        return False
    outputs = outputs_of(ob, shown.parent, object_cache.picture_of(ob))
    made_of = prints.of_frame(FrameSpec(number, tuple(mix), settings, tuple(others)), outputs)
    picture = {outputs.suffix: outputs.paths(number)[outputs.suffix]}
    return listed[number].fits(picture, made_of)


def _file_number(ob: Any, frame: int) -> int:
    """Number of the file that the plane's sequence has for a scene frame."""
    properties = ob.portrait
    number: int = frame - properties.start_frame - properties.first_offset + properties.first_file
    return number


def _planned_specs(ob: Any, scene: Any, *, preview_range: bool = True) -> list[FrameSpec] | None:
    """What should be baked, with the numbers that its files have in the plane's sequence; None if it cannot be told.

    A moved start frame moves the frames that the plane shows, it does not make them wrong.
    """
    if ob.portrait.portrait is None or not has_driver(ob):
        return None
    library = object_cache.library_of(ob)
    if follows_expressions(ob):
        take = expressions.take(ob, scene, preview_range=preview_range)
        frames, specs = take.frames, take.specs(ob, scene, library)
    else:
        try:
            performance = object_cache.tracked_of(ob)
        except InputError:
            return None
        if performance is None:
            return None
        timeline = timing.timeline_of(ob, scene, performance, library)
        frames = timing.frames_to_bake(ob, scene, timeline, preview_range=preview_range)
        specs = timing.plan_specs(ob, scene, performance, library, frames)
    try:
        drivers = several_faces.drivers_in_memory(ob)
    except InputError:
        return None
    if drivers is None:
        return None
    specs = several_faces.with_other_faces(ob, scene, specs, frames, drivers)
    return [replace(spec, number=_file_number(ob, frame)) for frame, spec in zip(frames, specs, strict=True)]


def _stale(ob: Any, planned: list[FrameSpec] | None) -> list[FrameSpec]:
    shown = first_frame(ob)
    try:
        prints = object_cache.fingerprints_of(ob) if planned and shown else None
        picture = object_cache.picture_of(ob) if prints else None
    except InputError:
        return []
    if planned is None or shown is None or prints is None or picture is None:
        return []
    return stale_specs(prints, planned, outputs_of(ob, shown.parent, picture))
