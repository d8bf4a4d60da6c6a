"""Cutting a person out: what goes into the job, and what becomes of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ...errors import InputError
from ...jobs.cutting_out import CutOutJob
from ...jobs.requests import Guidance
from ...pipeline.portrait.cut_out import CutOut
from ..data.points import corrections_of
from ..data.sources import masked_picture
from .runner import RunningJob, find


def cut_out(ob: Any, whole: Any, show: Callable[[Any, CutOut, Any], None]) -> RunningJob:
    """Cut the person out of an object's picture. Nothing of the object changes before all is computed.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    whole : bpy.types.Image
        Its picture with the background.
    show : callable
        Takes the object, what was cut out and `whole`, as they then are.

    Raises
    ------
    InputError
        If the picture cannot be read.
    """
    picture = masked_picture(ob, whole)
    uid, chosen = whole.session_uid, ob.portrait.portrait.session_uid
    job = CutOutJob(picture, Guidance(ob.portrait.face, corrections_of(ob)))

    def finish(ob: Any, cut: CutOut) -> str:
        whole, now = find(bpy.data.images, uid), ob.portrait.portrait
        if whole is None or now is None or now.session_uid != chosen:
            raise InputError(f"{ob.name} has another picture now: cut it out again.")
        show(ob, cut, whole)
        return "Cut out. Bake again: the frames now have alpha" if ob.portrait.tracked_frames else "Cut out"

    return RunningJob("Cutting out", job, ob, finish)
