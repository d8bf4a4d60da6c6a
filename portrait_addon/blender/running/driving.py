"""What a bake of an object makes, frame by frame, whether a clip drives it or its sliders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import InputError
from ...jobs.frame_specs import FrameSpec
from ..data.properties import follows_expressions
from . import expressions, object_cache, timing


def driven_specs(ob: Any, scene: Any) -> tuple[range, Sequence[FrameSpec]]:
    """Plan all that an object's clip or its sliders show.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait with a driver.
    scene : bpy.types.Scene

    Returns
    -------
    range
        Frames of the scene.
    sequence of FrameSpec
        One a frame.

    Raises
    ------
    InputError
        If its clip is not tracked, or cannot be read.
    """
    if follows_expressions(ob):
        take = expressions.take(ob, scene)
        return take.frames, take.specs(ob, scene, object_cache.library_of(ob))
    performance = object_cache.performance_of(ob)
    if performance is None:
        raise InputError(f"{ob.name}: the clip is not tracked yet. Track it first.")
    specs = timing.plan_specs(ob, scene, performance, object_cache.corrected_library_of(ob))
    first = timing.scene_frame(specs[0].number, ob.portrait.start_frame)
    return range(first, first + len(specs)), specs
