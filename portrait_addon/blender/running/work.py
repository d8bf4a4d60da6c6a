"""Tracking and baking an object: what goes into the jobs, and what becomes of their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from ...jobs.animate import AnimateJob, AnimateReport
from ...jobs.baking import stale_shots
from ...jobs.outputs import Outputs, natural_format
from ...jobs.shots import Shot
from ...jobs.tracking import TrackClipsJob, TrackJob
from ...media.pictures import SourceImage, frame_path
from ...pipeline.clip.neutral import activity, neutral_candidates
from ...pipeline.records.passes import PASSES
from ...pipeline.records.performance import Performance
from ..data.sources import cache, clip_path, masked_picture, output_folder, workers
from ..output import honesty
from ..viewport import plane, preview
from ..viewport.points import corrections_of
from . import loaded, staleness
from .runner import RunningJob, find
from .timing import plan_shots

NUMBERS_SHOWN = 5


def track(ob: Any) -> RunningJob:
    """Track the object's driving clip, and those of its reactions.

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    names, jobs = _library_jobs(ob)
    job = TrackClipsJob([loaded.track_job(ob), *jobs])

    def finish(ob: Any, performances: list[Performance]) -> str:
        performance, *library = performances
        _note_performance(ob, performance, job.notes)
        _keep_library(ob, dict(zip(names, library, strict=True)))
        preview.refresh(bpy.context.scene)
        return f"Tracked {performance.frame_count} frames, neutral frame {performance.neutral}"

    return RunningJob("Tracking", job, ob, finish)


def bake(ob: Any, scene: Any, *, force: bool = False) -> RunningJob:
    """Bake the object's frames, its clip tracked first if need be, and show them on its plane.

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    properties = ob.portrait
    picture = masked_picture(ob)
    outputs = _outputs(ob, output_folder(ob), picture)
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
        plane.show_frames(ob, first, number, len(shots), (width, height), has_alpha=channels == 4)
        ob.portrait.baked_passes, ob.portrait.baked_multilayer = " ".join(outputs.passes), outputs.multilayer
        scene = find(bpy.data.scenes, scene_uid)
        if scene is not None:
            honesty.mark(scene)
        staleness.count_asked()
        ob.portrait.preview = False  # the frames are there to be seen
        return f"Baked {report.bake.written} frames, kept {report.bake.kept}: {outputs.folder}"

    job = AnimateJob(
        picture,
        clip_path(properties.clip),
        outputs.folder,
        plan,
        neutral=properties.neutral_frame or None,
        face=properties.face,
        driving_face=properties.driving_face,
        corrections=corrections_of(ob),
        library=jobs,
        cache=cache(),
        workers=workers(),
        force=force,
        format=outputs.format,
        passes=outputs.passes,
        multilayer=outputs.multilayer,
    )
    return RunningJob("Baking", job, ob, finish)


def _outputs(ob: Any, folder: Path, picture: SourceImage) -> Outputs:
    """What the artist wants of each frame."""
    properties = ob.portrait
    chosen = tuple(item.name for item in PASSES if item.name in properties.passes)
    format = natural_format(picture.pixels) if properties.frame_format == "AUTO" else properties.frame_format.lower()
    return Outputs(folder, format, chosen, properties.multilayer)


def describe_unfinished(ob: Any, scene: Any) -> str | None:
    """Say how many of the frames that the plane shows are missing or out of date; None if all are right.

    Where the portrait or the tracked clip is not at hand, as on a render farm, only missing frames are told.
    """
    missing, stale = unfinished(ob, scene)
    faults = [f"{number} {what}" for number, what in ((missing, "missing"), (stale, "out of date")) if number]
    return f"{ob.name}: {' and '.join(faults)} of {ob.portrait.frame_count} frames. Bake it again." if faults else None


def unfinished(ob: Any, scene: Any) -> tuple[int, int]:
    """How many of the frames that the plane shows are missing, and how many others are out of date."""
    shown, first, count = plane.first_frame(ob), ob.portrait.first_file, ob.portrait.frame_count
    if shown is None:
        return 0, 0
    missing = {
        number
        for number in range(first, first + count)
        if not frame_path(shown.parent, number, shown.suffix[1:]).is_file()
    }
    stale = {shot.number for shot in _stale_shots(ob, scene, shown.parent)} - missing
    return len(missing), len(stale)


def _stale_shots(ob: Any, scene: Any, folder: Path) -> list[Shot]:
    if ob.portrait.portrait is None or ob.portrait.clip is None:
        return []
    try:
        performance, prints = loaded.tracked_of(ob), loaded.fingerprints_of(ob)
    except InputError:
        return []
    if performance is None or prints is None:
        return []
    # A moved start frame moves the frames that the plane shows, it does not make them wrong.
    shots = [
        replace(shot, number=ob.portrait.first_file + index)
        for index, shot in enumerate(plan_shots(ob, scene, performance, loaded.library_of(ob)))
    ]
    return stale_shots(prints, shots, _outputs(ob, folder, loaded.picture_of(ob)))


def _library_jobs(ob: Any) -> tuple[list[str], list[TrackJob]]:
    """Names of the object's reactions, and the jobs that track their clips."""
    items = loaded.reactions_with_clips(ob)
    return [item.name for item in items], [loaded.job_for(item) for item in items]


def _keep_library(ob: Any, library: dict[str, Performance]) -> None:
    for item in ob.portrait.reactions:
        if item.name in library:
            loaded.keep_performance(item, library[item.name])


def _note_performance(ob: Any, performance: Performance, notes: Sequence[str]) -> None:
    loaded.keep_performance(ob.portrait, performance)
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
