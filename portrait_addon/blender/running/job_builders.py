"""Tracking and baking an object: what goes into the jobs, and what becomes of their results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from ...jobs.animate import AnimateJob, AnimateReport
from ...jobs.cache import Cache
from ...jobs.filming import Film
from ...jobs.frame_specs import FrameSpec
from ...jobs.outputs import Outputs
from ...jobs.requests import AnimateRequest, BakeOptions, FaceRequest
from ...jobs.tracking import TrackClipsJob, TrackJob
from ...pipeline.clip.neutral import activity, neutral_candidates
from ...pipeline.records.performance import Performance
from ..data import events
from ..data.anchors import anchors_of
from ..data.faces import animated_guests, host_of, shows_several
from ..data.frame_rate import scene_rate
from ..data.frames import first_frame, frames_folder
from ..data.properties import follows_expressions
from ..data.sources import masked_picture, output_folder, outputs_of, shared_cache, workers
from ..output import anchors, synthetic_label
from . import expressions, leftovers, object_cache, staleness
from .runner import RunningJob, find
from .sampling import sample_surfaces
from .several_faces import Drivers, with_other_faces
from .timing import frames_to_bake, last_frame, plan_specs, timeline_of

NUMBERS_SHOWN = 5


def track(ob: Any) -> RunningJob:
    """Track the object's driving clip, and those of its reactions.

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    tracked = Tracked(ob)
    job = TrackClipsJob([tracked.job, *tracked.library])

    def finish(ob: Any, performances: list[Performance]) -> str:
        performance, *library = performances
        wanted = tracked.keep(ob, performance, library, job.notes)
        events.clip_tracked.emit(ob)
        neutral = f", neutral frame {performance.neutral}" if performance.neutral else ""  # numbers have none
        said = f"Tracked {performance.frame_count} frames{neutral}"
        return said if wanted else f"{said}; {ob.name} has another clip, neutral frame or face now: track it again"

    return RunningJob("Tracking", job, ob, finish)


def track_shared(ob: Any) -> RunningJob:
    """Track all clips that an object needs for the machines that share its bake; it may need none.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    RunningJob

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    kept = shared_cache(ob)
    items = []
    for face in (ob, *animated_guests(ob)):
        chosen = [] if follows_expressions(face) else [face.portrait]
        items += [*chosen, *object_cache.reactions_with_clips(face)]
    job = TrackClipsJob([object_cache.job_for(item, kept) for item in items])
    return RunningJob("Tracking", job, ob, lambda _ob, tracked: f"Tracked {len(tracked)} clips: {kept.folder}")


def bake(
    ob: Any,
    scene: Any,
    *,
    force: bool = False,
    wait: bool = False,
    preview_range: bool = True,
    film: bool = False,
    only: range | None = None,
) -> RunningJob:
    """Bake the object's frames, its clips tracked first if need be, and show them on its plane.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait. If another one shows its face, that one is baked, with all faces that it shows.
    scene : bpy.types.Scene
        The scene whose frames are baked.
    force : bool
        Compute all frames, also those that are right already.
    wait : bool
        Wait for another bake into the same folder, in place of refusing.
    preview_range : bool
        Whether only the scene's preview range is baked where it is on.
    film : bool
        Whether a film is made of them; see `film_path`.
    only : range, optional
        Scene frames of which those are baked that would be baked anyway. Other machines may bake others into the same
        folder at the same time, and share what one of them has tracked.

    Returns
    -------
    RunningJob

    Raises
    ------
    InputError
        If it cannot even begin.
    """
    ob = host_of(ob)
    picture = masked_picture(ob)
    take = expressions.take(ob, scene, preview_range=preview_range) if follows_expressions(ob) else None
    kept = None if only is None else shared_cache(ob)
    tracked = Tracked(ob, kept) if take is None else TrackedReactions(ob, take.performance, kept)
    outputs, earlier = outputs_of(ob, output_folder(ob), picture), frames_folder(ob)
    guests = [Guest(guest, kept) for guest in animated_guests(ob)]
    ob_uid, scene_uid = ob.session_uid, scene.session_uid
    specs: list[FrameSpec] = []
    frames = range(0)

    def plan(performance: Performance, *others: Performance) -> Sequence[FrameSpec]:
        told = iter(others)
        library = [*islice(told, len(tracked.library))]
        drivers = {guest.name: guest.take(told) for guest in guests}
        specs[:] = plan_own(performance, *library)
        ob, scene = find(bpy.data.objects, ob_uid), find(bpy.data.scenes, scene_uid)
        if [guest.name for guest in guests] != [guest.name for guest in animated_guests(ob)]:
            raise InputError(f"{ob.name}: other faces were chosen meanwhile. Bake again.")
        specs[:] = with_other_faces(ob, scene, specs, frames, drivers) if specs else []
        return specs

    def plan_own(performance: Performance, *library: Performance) -> Sequence[FrameSpec]:
        nonlocal frames
        scene, ob = find(bpy.data.scenes, scene_uid), find(bpy.data.objects, ob_uid)  # a job ends with its object
        if scene is None:
            raise InputError("The scene was deleted while its portrait was baked. Bake again in another scene.")
        if not tracked.is_wanted(ob) or follows_expressions(ob) != (take is not None):
            raise InputError(f"{ob.name}: another clip, neutral frame or face was chosen meanwhile. Bake again.")
        named = dict(zip(tracked.names, library, strict=True))
        if take is not None:
            frames = among(take.frames, only)
            return take.specs(ob, scene, named)[take.frames.index(frames[0]) :][: len(frames)] if frames else []
        timeline = timeline_of(ob, scene, performance, named)
        frames = frames_to_bake(ob, scene, timeline, preview_range=preview_range)
        if not frames:
            raise InputError(
                f"{ob.name}: the clip plays from frame {timeline.start} to {last_frame(timeline, scene)} of the scene, "
                "outside its range. Choose the range Clip, or move Start Frame."
            )
        frames = among(frames, only)
        return plan_specs(ob, scene, performance, named, frames)

    def finish(ob: Any, report: AnimateReport) -> str:
        height, width, channels = picture.pixels.shape
        tracked.keep(ob, report.performance, report.library, job.notes)
        for guest, (driving, library) in zip(guests, report.others, strict=True):
            guest.keep(driving, library)
        if not specs:
            return f"{ob.name}: nothing to bake in these frames"
        first, offset, count = _shown_files(ob, outputs, specs[0].number, frames)
        path = outputs.paths(first)[outputs.suffix]
        baked = events.BakedFrames(path, first, count, (width, height), channels == 4, offset)
        events.frames_baked.emit(ob, baked)
        ob.portrait.baked_passes, ob.portrait.baked_multilayer = " ".join(outputs.passes), outputs.multilayer
        if report.results:
            anchors.key(ob, frames, report.results, sample_surfaces(ob, frames))
        if earlier is not None:
            leftovers.leave(earlier)
        scene = find(bpy.data.scenes, scene_uid)
        if scene is not None:
            synthetic_label.mark(scene)
        staleness.count_asked()
        where = wanted.path if wanted else outputs.folder
        return f"Baked {report.bake.written} frames, kept {report.bake.kept}: {where}"

    options = BakeOptions(
        outputs,
        object_cache.guidance_of(ob),
        force=force,
        earlier=earlier,
        workers=workers(),
        wait=wait,
        shared=only is not None,
    )
    results = anchors_of(ob) is not None
    wanted = Film(film_path(outputs.folder), scene_rate(scene)) if film else None
    others = [guest.request() for guest in guests] if shows_several(ob) else None
    job = AnimateJob(AnimateRequest(picture, tracked.driving, plan, options, tracked.library, results, wanted, others))
    return RunningJob("Baking", job, ob, finish)


def among(frames: range, only: range | None) -> range:
    """Choose those of some frames that are among others too.

    >>> among(range(1, 10), range(8, 20)), among(range(1, 10), None)
    (range(8, 10), range(1, 10))
    """
    return frames if only is None else range(max(frames.start, only.start), min(frames.stop, only.stop))


def film_path(folder: Path) -> Path:
    """Where the film of an object's frames belongs: beside their folder, with its name."""
    return folder.with_name(f"{folder.name}.mp4")


def _shown_files(ob: Any, outputs: Outputs, number: int, frames: range) -> tuple[int, int, int]:
    """First file, its scene frame counted from the start frame, and number of files that the plane shows after a bake.

    What was baked before is still shown if it joins what was baked now: a bake of some frames adds to the others.
    """
    properties = ob.portrait
    first, end = number, number + len(frames)
    offset = frames.start - properties.start_frame
    shown = first_frame(ob)
    if shown is not None and shown.parent == outputs.folder and shown.suffix == f".{outputs.suffix}":
        begin, stop = properties.first_file, properties.first_file + properties.frame_count
        in_step = properties.first_file - properties.first_offset == number - offset
        if in_step and begin <= end and first <= stop:
            offset += min(first, begin) - first
            first, end = min(first, begin), max(end, stop)
    return first, offset, end - first


class TrackedReactions:
    """The reactions of an object whose clips a job tracks: what was chosen when it began, and what it found.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    driving : TrackJob or Performance
        What drives it.
    kept : Cache, optional
        It keeps what is tracked; the user's own unless given.
    """

    def __init__(self, ob: Any, driving: TrackJob | Performance, kept: Cache | None = None) -> None:
        self.driving = driving
        items = object_cache.reactions_with_clips(ob)
        self.names: list[str] = [item.name for item in items]
        self.library = [object_cache.job_for(item, kept) for item in items]
        self._library_keys = [object_cache.clip_key(item) for item in items]

    def is_wanted(self, ob: Any) -> bool:
        """Whether the object still follows what is tracked; no choice of its own makes its sliders another driver."""
        return True

    def keep(self, ob: Any, performance: Performance, library: Sequence[Performance], notes: Sequence[str]) -> bool:
        """Keep what was tracked, and note on the object what is still chosen there; whether it is wanted."""
        named = dict(zip(self.names, zip(self._library_keys, library, strict=True), strict=True))
        for key, of_reaction in named.values():
            object_cache.keep_performance(key, of_reaction)
        for item in ob.portrait.reactions:
            if item.name in named and object_cache.is_chosen(item, named[item.name][0]):
                _, of_reaction = named[item.name]
                item.tracked_frames, item.tracked_neutral = of_reaction.frame_count, of_reaction.neutral
        return self.is_wanted(ob)


class Tracked(TrackedReactions):
    """The same with the driving clip, which the object must have."""

    def __init__(self, ob: Any, kept: Cache | None = None) -> None:
        self.job, self._key = object_cache.job_for(ob.portrait, kept), object_cache.clip_key(ob.portrait)
        super().__init__(ob, self.job, kept)

    def is_wanted(self, ob: Any) -> bool:
        """Whether the object still has the driving clip, neutral frame and face that are tracked."""
        return object_cache.is_chosen(ob.portrait, self._key)

    def keep(self, ob: Any, performance: Performance, library: Sequence[Performance], notes: Sequence[str]) -> bool:
        """Keep and note the driving clip's performance too."""
        object_cache.keep_performance(self._key, performance)
        wanted = super().keep(ob, performance, library, notes)
        if wanted:
            _note_performance(ob.portrait, performance, notes)
        return wanted


class Guest:
    """Another face of a bake: what was chosen when that began, and what it found.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait that follows something.
    kept : Cache, optional
        It keeps what is tracked; the user's own unless given.
    """

    def __init__(self, ob: Any, kept: Cache | None = None) -> None:
        self.name: str = ob.name
        self._uid = ob.session_uid
        self._sliders = follows_expressions(ob)
        at_rest = expressions.performance_of_poses(()) if self._sliders else None
        self._tracked = Tracked(ob, kept) if at_rest is None else TrackedReactions(ob, at_rest, kept)
        self._guidance = object_cache.guidance_of(ob)

    def request(self) -> FaceRequest:
        """What a bake is asked to do for this face."""
        return FaceRequest(self._tracked.driving, self._guidance, self._tracked.library)

    def take(self, told: Iterator[Performance]) -> Drivers:
        """Take what its clips say out of all performances of a bake.

        Raises
        ------
        InputError
            If the artist has chosen another clip meanwhile.
        """
        performance, *library = islice(told, 1 + len(self._tracked.library))
        ob = find(bpy.data.objects, self._uid)
        if ob is None or not self._tracked.is_wanted(ob) or follows_expressions(ob) != self._sliders:
            raise InputError(f"{self.name}: another clip, neutral frame or face was chosen meanwhile. Bake again.")
        return performance, dict(zip(self._tracked.names, library, strict=True))

    def keep(self, performance: Performance, library: Sequence[Performance]) -> None:
        """Keep what was tracked, and note it on the object if that is still there."""
        ob = find(bpy.data.objects, self._uid)
        if ob is not None:
            self._tracked.keep(ob, performance, library, ())


def _note_performance(properties: Any, performance: Performance, notes: Sequence[str]) -> None:
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
