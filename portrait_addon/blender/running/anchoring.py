"""Keying the anchors of an object: what goes into the job, and what becomes of its results."""

from __future__ import annotations

from typing import Any

from ...jobs.results import ResultsJob
from ...pipeline.frame.result import Result
from ..output import anchors
from . import object_cache
from .driving import driven_specs
from .runner import RunningJob
from .sampling import sample_surfaces


def key_anchors(ob: Any, scene: Any) -> RunningJob:
    """Give an object anchors, or key those that it has anew, for all that its clip or its sliders show.

    Raises
    ------
    InputError
        If its clip is not tracked, or something cannot be read.
    """
    frames, specs = driven_specs(ob, scene)

    def finish(ob: Any, results: list[Result]) -> str:
        root = anchors.make(ob)
        anchors.key(ob, frames, results, sample_surfaces(ob, frames))
        return f"Keyed {len(results)} frames on {root.name}"

    return RunningJob("Keying anchors", ResultsJob(object_cache.portrait_of(ob), specs), ob, finish)
