"""The living profile of an object: what goes into the job, and what is said of its result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...jobs.living_profile import ProfileJob, ProfileReport, ProfileRequest, Reaction
from ..data.properties import settings_of
from ..data.sources import masked_picture, workers
from . import object_cache
from .runner import RunningJob


def living_profile(ob: Any, folder: Path, side: int, background: Sequence[float], origins: Sequence[str]) -> RunningJob:
    """Make a portrait for web pages of an object; its idle's length and seed are those of its sliders.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait; its reactions are the profile's.
    folder : Path
        Of the profile.
    side : int
        Longer side of the films in pixels.
    background : sequence of float
        Colour behind a portrait that was cut out: red, green and blue as a screen shows them, 0..1.
    origins : sequence of str
        Web sites that may send messages to the page.

    Returns
    -------
    RunningJob

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    properties = ob.portrait
    reactions = [
        Reaction(item.name, object_cache.job_for(item), item.first_frame, item.last_frame)
        for item in object_cache.reactions_with_clips(ob)
    ]
    red, green, blue = (round(255 * part) for part in background)
    request = ProfileRequest(
        masked_picture(ob),
        folder,
        reactions,
        settings_of(properties),
        object_cache.guidance_of(ob),
        round(properties.drive.idle_period, 3),
        properties.drive.idle_seed,
        side,
        (blue, green, red),
        origins,
        workers(),
    )

    def finish(_ob: Any, report: ProfileReport) -> str:
        return f"Living profile with {len(report.states['reactions'])} reactions: {report.page}"

    return RunningJob("Making the profile of", ProfileJob(request), ob, finish)
