"""Tracking and baking an object: what goes into the jobs, and what becomes of their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from ...jobs.animate import AnimateJob, AnimateReport
from ...jobs.filming import Film
from ...jobs.requests import AnimateRequest, BakeOptions
from ...jobs.shots import Shot
from ...jobs.tracking import TrackClipsJob, TrackJob
from ...pipeline.clip.neutral import activity, neutral_candidates
from ...pipeline.records.performance import Performance
from ..data import events
from ..data.anchors import anchors_of
from ..data.frame_rate import scene_rate
from ..data.sources import clip_path, masked_picture, output_folder, outputs_of, workers
from ..output import anchors, synthetic_label
from . import object_cache, staleness
from .runner import RunningJob, find
from .timing import plan_shots, scene_frame

NUMBERS_SHOWN = 5


def track(ob: Any) -> RunningJob:
    """Track the object's driving clip, and those of its reactions.

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    names, jobs = _library_jobs(ob)
    job = TrackClipsJob([object_cache.track_job(ob), *jobs])

    def finish(ob: Any, performances: list[Performance]) -> str:
        performance, *library = performances
        _note_performance(ob, performance, job.notes)
        _keep_library(ob, dict(zip(names, library, strict=True)))
        events.clip_tracked.emit(ob)
        return f"Tracked {performance.frame_count} frames, neutral frame {performance.neutral}"

    return RunningJob("Tracking", job, ob, finish)


def bake(ob: Any, scene: Any, *, force: bool = False, wait: bool = False, film: bool = False) -> RunningJob:
    """Bake the object's frames, its clip tracked first if need be, and show them on its plane.

    Parameters
    ----------
    ob, scene
    force : bool
        Whether all frames are computed, also those that are right already.
    film : bool
        Whether a film is made of them; see `film_path`.

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    picture = masked_picture(ob)
    outputs = outputs_of(ob, output_folder(ob), picture)
    ob_uid, scene_uid = ob.session_uid, scene.session_uid
    shots: list[Shot] = []
    names, jobs = _library_jobs(ob)

    def plan(performance: Performance, *library: Performance) -> Sequence[Shot]:
        scene = find(bpy.data.scenes, scene_uid)
        if scene is None:
            raise InputError("The scene was deleted while its portrait was baked. Bake again in another scene.")
        named = dict(zip(names, library, strict=True))
        shots[:] = plan_shots(find(bpy.data.objects, ob_uid), scene, performance, named)
        return shots

    def finish(ob: Any, report: AnimateReport) -> str:
        height, width, channels = picture.pixels.shape
        _note_performance(ob, report.performance, job.notes)
        _keep_library(ob, dict(zip(names, report.library, strict=True)))
        number = shots[0].number
        first = outputs.paths(number)[outputs.suffix]
        events.frames_baked.emit(ob, events.BakedFrames(first, number, len(shots), (width, height), channels == 4))
        ob.portrait.baked_passes, ob.portrait.baked_multilayer = " ".join(outputs.passes), outputs.multilayer
        begins = scene_frame(number, ob.portrait.start_frame)
        anchors.key(ob, range(begins, begins + len(shots)), report.results)
        scene = find(bpy.data.scenes, scene_uid)
        if scene is not None:
            synthetic_label.mark(scene)
        staleness.count_asked()
        ob.portrait.preview = False  # the frames are there to be seen
        where = wanted.path if wanted else outputs.folder
        return f"Baked {report.bake.written} frames, kept {report.bake.kept}: {where}"

    options = BakeOptions(outputs, object_cache.guidance_of(ob), force=force, workers=workers(), wait=wait)
    results = anchors_of(ob) is not None
    wanted = Film(film_path(outputs.folder), clip_path(ob.portrait.clip), scene_rate(scene)) if film else None
    job = AnimateJob(AnimateRequest(picture, object_cache.track_job(ob), plan, options, jobs, results, wanted))
    return RunningJob("Baking", job, ob, finish)


def film_path(folder: Path) -> Path:
    """Where the film of an object's frames belongs: beside their folder, with its name."""
    return folder.with_name(f"{folder.name}.mp4")


def _library_jobs(ob: Any) -> tuple[list[str], list[TrackJob]]:
    """Names of the object's reactions, and the jobs that track their clips."""
    items = object_cache.reactions_with_clips(ob)
    return [item.name for item in items], [object_cache.job_for(item) for item in items]


def _keep_library(ob: Any, library: dict[str, Performance]) -> None:
    for item in ob.portrait.reactions:
        if item.name in library:
            object_cache.keep_performance(item, library[item.name])


def _note_performance(ob: Any, performance: Performance, notes: Sequence[str]) -> None:
    object_cache.keep_performance(ob.portrait, performance)
    properties = ob.portrait
    properties.tracked_frames = performance.frame_count
    properties.tracked_neutral = performance.neutral
    rests = neutral_candidates(
        performance.points,
        activity(performance.points, performance.blendshapes, performance.head_matrices),
        performance.found,
    )
    properties.candidates = " ".join(str(row + 1) for row in rests)
    properties.notes = "\n".join([*notes, *_bridged_note(performance.bridged)])


def _bridged_note(bridged: Sequence[int]) -> list[str]:
    if not bridged:
        return []
    shown = ", ".join(str(number) for number in bridged[:NUMBERS_SHOWN])
    return [f"No face in {len(bridged)} frames, bridged: {shown}{' ...' if len(bridged) > NUMBERS_SHOWN else ''}"]
