"""What each face of a picture shows, where several are animated on one plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from ...jobs.frame_specs import FrameSpec
from ...pipeline.records.moment import Moment, Shown
from ...pipeline.records.performance import Performance
from ...pipeline.timeline.reactions import Timeline
from ...pipeline.timeline.resting import coming_to_rest
from ..data.faces import animated_guests, shows_several
from ..data.properties import follows_expressions
from . import expressions, object_cache, timing
from .sampling import Sample, sample

Drivers = tuple[Performance | None, Mapping[str, Performance]]
"""What the clip of a face says, if it has one, and its reactions by their names."""


def with_other_faces(
    host: Any, scene: Any, specs: Sequence[FrameSpec], frames: range, drivers: Mapping[str, Drivers]
) -> list[FrameSpec]:
    """Add to the frames of a host what its other faces show.

    Parameters
    ----------
    host : bpy.types.Object
        A portrait.
    scene : bpy.types.Scene
    specs : sequence of FrameSpec
        What the host's own face shows.
    frames : range
        Frames of the scene, one for each.
    drivers : mapping from str to (Performance or None, mapping)
        Of each animated guest, by its name.

    Returns
    -------
    list of FrameSpec
        The same where the host shows only itself.
    """
    if not shows_several(host):
        return list(specs)
    columns = [faces_shown(guest, scene, frames, *drivers[guest.name]) for guest in animated_guests(host)]
    still = not host.portrait.animate_face
    return [
        replace(spec, mix=() if still else spec.mix, others=tuple(column[row] for column in columns))
        for row, spec in enumerate(specs)
    ]


def faces_shown(
    ob: Any, scene: Any, frames: range, performance: Performance | None, library: Mapping[str, Performance]
) -> list[Shown]:
    """Tell what one face shows in frames of a scene.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    scene : bpy.types.Scene
    frames : range
    performance : Performance, optional
        Of its clip.
    library : mapping from str to Performance
        Its reactions, by their names.

    Returns
    -------
    list of Shown
        One a frame.
    """
    if follows_expressions(ob):
        specs = expressions.take(ob, scene, frames=frames).specs(ob, scene, library)
        return [Shown(spec.mix, spec.settings) for spec in specs]
    assert performance is not None, "a face that follows a clip has one"
    timeline = timing.timeline_of(ob, scene, performance, library)
    last = timing.last_frame(timeline, scene)
    at_ends = dict(zip((timeline.start, last), sample(ob, (timeline.start, last)), strict=True))
    return [
        Shown(mix_within(timeline, last, frame, sampled, at_ends.__getitem__), sampled.settings)
        for frame, sampled in zip(frames, sample(ob, frames), strict=True)
    ]


def mix_within(
    timeline: Timeline, last: int, frame: float, sampled: Sample, sampled_at: Callable[[int], Sample]
) -> tuple[Moment, ...]:
    """Tell what a face shows at a scene frame: before its clip begins and after it has ended, the face rests.

    Parameters
    ----------
    timeline : Timeline
        Of the face.
    last : int
        The last frame in which its clip plays.
    frame : float
        Of the scene.
    sampled : Sample
        What is keyed there.
    sampled_at : callable
        Takes the first or the last frame, and tells what is keyed there.

    Returns
    -------
    tuple of Moment
    """
    within = int(min(max(frame, timeline.start), last))
    if timeline.start <= frame <= last:
        return timing.mix_at(timeline, frame, sampled)
    seconds = abs(frame - within) / float(timeline.rate)
    mix = timing.mix_at(timeline, within, sampled_at(within))
    return tuple(chain.from_iterable(coming_to_rest(moment, seconds) for moment in mix))


def drivers_in_memory(host: Any, *, corrected: bool = False) -> dict[str, Drivers] | None:
    """Find what drives the other faces of a host; None if a clip of theirs is not tracked yet.

    Parameters
    ----------
    host : bpy.types.Object
    corrected : bool
        Whether the points of the clips are put right.

    Returns
    -------
    dict from str to (Performance or None, dict), or None
        By the names of the animated guests.

    Raises
    ------
    InputError
        If a clip cannot be opened.
    """
    found: dict[str, Drivers] = {}
    for guest in animated_guests(host):
        performance = None
        if not follows_expressions(guest):
            performance = object_cache.performance_of(guest) if corrected else object_cache.tracked_of(guest)
            if performance is None:
                return None
        library = object_cache.corrected_library_of(guest) if corrected else object_cache.library_of(guest)
        found[guest.name] = performance, library
    return found
