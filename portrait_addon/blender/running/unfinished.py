"""Which of the frames that a plane shows are missing, and which are out of date."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...jobs.baking import stale_shots
from ...jobs.shots import Shot
from ...media.pictures import frame_path
from ..data.frames import first_frame
from ..data.sources import outputs_of
from . import object_cache
from .timing import plan_shots


def describe(ob: Any, scene: Any) -> str | None:
    """Say how many of the frames that the plane shows are missing or out of date.

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
    missing, stale = count_unfinished(ob, scene)
    faults = [f"{number} {what}" for number, what in ((missing, "missing"), (stale, "out of date")) if number]
    return f"{ob.name}: {' and '.join(faults)} of {ob.portrait.frame_count} frames. Bake it again." if faults else None


def count_unfinished(ob: Any, scene: Any) -> tuple[int, int]:
    """Count the frames that are missing or out of date among those that the plane shows.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    scene : bpy.types.Scene
        The scene in which it is shown.

    Returns
    -------
    missing : int
        Frames without a file.
    stale : int
        Frames whose file would be baked differently now.
    """
    shown, first, count = first_frame(ob), ob.portrait.first_file, ob.portrait.frame_count
    if shown is None:
        return 0, 0
    missing = {
        number
        for number in range(first, first + count)
        if not frame_path(shown.parent, number, shown.suffix[1:]).is_file()
    }
    stale = {shot.number for shot in stale_shots_of(ob, scene, shown.parent)} - missing
    return len(missing), len(stale)


def stale_shots_of(ob: Any, scene: Any, folder: Path) -> list[Shot]:
    """Plan the frames whose files a bake would write anew.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    scene : bpy.types.Scene
        The scene in which it is shown.
    folder : Path
        Where its frames are.

    Returns
    -------
    list of Shot
        With the numbers of their files. Empty where the portrait or the tracked clip is not at hand.
    """
    if ob.portrait.portrait is None or ob.portrait.clip is None:
        return []
    try:
        performance, prints = object_cache.tracked_of(ob), object_cache.fingerprints_of(ob)
    except InputError:
        return []
    if performance is None or prints is None:
        return []
    # A moved start frame moves the frames that the plane shows, it does not make them wrong.
    shots = [
        replace(shot, number=ob.portrait.first_file + index)
        for index, shot in enumerate(plan_shots(ob, scene, performance, object_cache.library_of(ob)))
    ]
    return stale_shots(prints, shots, outputs_of(ob, folder, object_cache.picture_of(ob)))
