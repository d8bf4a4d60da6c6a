"""Keying the anchors of an object: what goes into the job, and what becomes of its results."""

from __future__ import annotations

from typing import Any

from ...errors import InputError
from ...jobs.results import ResultsJob
from ...pipeline.frame.result import Result
from ..data.properties import follows_expressions
from ..output import anchors
from . import expressions, object_cache
from .runner import RunningJob
from .sampling import sample_surfaces
from .timing import plan_specs, scene_frame


def key_anchors(ob: Any, scene: Any) -> RunningJob:
    """Give an object anchors, or key those that it has anew, for all that its clip or its sliders show.

    Raises
    ------
    InputError
        If its clip is not tracked, or something cannot be read.
    """
    if follows_expressions(ob):
        take = expressions.take(ob, scene)
        specs, first = take.specs(ob, scene, object_cache.library_of(ob)), take.frames.start
    else:
        performance = object_cache.performance_of(ob)
        if performance is None:
            raise InputError(f"{ob.name}: the clip is not tracked yet. Track it first.")
        specs = plan_specs(ob, scene, performance, object_cache.corrected_library_of(ob))
        first = scene_frame(specs[0].number, ob.portrait.start_frame)

    def finish(ob: Any, results: list[Result]) -> str:
        root = anchors.make(ob)
        frames = range(first, first + len(results))
        anchors.key(ob, frames, results, sample_surfaces(ob, frames))
        return f"Keyed {len(results)} frames on {root.name}"

    return RunningJob("Keying anchors", ResultsJob(object_cache.portrait_of(ob), specs), ob, finish)
