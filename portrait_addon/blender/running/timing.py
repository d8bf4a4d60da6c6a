"""Scene frames, files and clip time.

At its own speed, a scene frame shows the moment of the clip that lies as many seconds after the in point as the frame
lies after the start frame: a clip of 30 frames a second plays at its true speed in a scene of 24. What else an artist
can say about time is gathered here into a `Timeline`, which knows nothing of Blender.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...jobs.frame_specs import FrameSpec
from ...pipeline.records.moment import Moment
from ...pipeline.records.performance import Performance
from ...pipeline.timeline.playback import Playback
from ...pipeline.timeline.reactions import IDLE, Timeline, frame_count, plan_stretches
from ..data.frame_rate import scene_rate
from ..data.library import IDLE_MARKER
from .sampling import Sample, current_sample, sample


def file_number(frame: int, start: int) -> int:
    """Number of the file for a scene frame: the same number, but that files do not count below 0.

    >>> file_number(12, start=1), file_number(-48, start=-50)
    (12, 2)
    """
    return frame - min(start, 0)


def scene_frame(number: int, start: int) -> int:
    """Scene frame that a file's number stands for.

    >>> scene_frame(12, start=1), scene_frame(2, start=-50)
    (12, -48)
    """
    return number + min(start, 0)


def timeline_of(ob: Any, scene: Any, performance: Performance, library: Mapping[str, Performance]) -> Timeline:
    """What an object shows, frame by frame.

    Parameters
    ----------
    ob, scene
    performance : Performance
        What the driving clip says.
    library : mapping from str to Performance
        What the reactions say, by their names; those that are missing are left out.
    """
    properties, rate = ob.portrait, scene_rate(scene)
    items = {item.name: item for item in reversed(properties.reactions) if item.name in library}
    reactions = {name: playback_of(item, library[name]) for name, item in items.items()}
    return Timeline(
        clip=playback_of(properties, performance),
        start=properties.start_frame,
        rate=rate,
        retimed=properties.retime,
        rests=properties.between == "REST",
        reactions=reactions,
        starts={name: item.start_frame for name, item in items.items()},
        stretches=plan_stretches(
            _calls(scene, list(items)),
            {
                name: frame_count(played.seconds, rate) if played.repeat == "ONCE" else float("inf")
                for name, played in reactions.items()
            },
            properties.reaction_blend,
        ),
    )


def playback_of(properties: Any, performance: Performance) -> Playback:
    """How the clip of an object or a reaction is played."""
    return Playback(performance, properties.first_frame, properties.last_frame, properties.repeat, properties.seam)


def _calls(scene: Any, names: list[str]) -> list[tuple[int, str]]:
    """Which reactions the scene's markers call, whatever the case; other markers are none of ours."""
    known = {IDLE_MARKER.casefold(): IDLE} | {name.strip().casefold(): name for name in names}
    found = [(marker.frame, known.get(marker.name.strip().casefold())) for marker in scene.timeline_markers]
    return [(frame, name) for frame, name in found if name is not None and names]


def last_frame(timeline: Timeline, scene: Any) -> int:
    """The last scene frame in which the clip plays: its own, or the scene's end where the clip alone does not say."""
    length = timeline.own_length
    if length is not None:
        return timeline.start + length - 1
    ends = (scene.frame_end, scene.frame_preview_end) if scene.use_preview_range else (scene.frame_end,)
    return max(timeline.start, *ends)


def frames_to_bake(ob: Any, scene: Any, timeline: Timeline, *, preview_range: bool = True) -> range:
    """Choose the scene frames to bake.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait; its `bake_range` says whether the scene's range counts.
    scene : bpy.types.Scene
    timeline : Timeline
        Of the object.
    preview_range : bool
        Whether the scene's preview range counts where it is on. Renders do not know it.

    Returns
    -------
    range
        Empty if the clip does not play in the scene's range.
    """
    first, last = timeline.start, last_frame(timeline, scene)
    if ob.portrait.bake_range == "SCENE":
        begins, ends = scene.frame_start, scene.frame_end
        if preview_range and scene.use_preview_range:
            begins, ends = scene.frame_preview_start, scene.frame_preview_end
        first, last = max(first, begins), min(last, ends)
    return range(first, last + 1)


def plan_specs(
    ob: Any,
    scene: Any,
    performance: Performance,
    library: Mapping[str, Performance],
    frames: range | None = None,
) -> list[FrameSpec]:
    """Plan scene frames, all of the clip if none are named: the file of each, what it shows and its settings."""
    timeline = timeline_of(ob, scene, performance, library)
    if frames is None:
        frames = range(timeline.start, last_frame(timeline, scene) + 1)
    return plan_frames(timeline, frames, sample(ob, frames))


def plan_frames(timeline: Timeline, frames: range, samples: Sequence[Sample]) -> list[FrameSpec]:
    """Plan scene frames of which it is known already what is keyed there."""
    return [
        FrameSpec(
            number=file_number(frame, timeline.start),
            mix=mix_at(timeline, frame, sampled),
            settings=sampled.settings,
        )
        for frame, sampled in zip(frames, samples, strict=True)
    ]


def mix_at(timeline: Timeline, frame: float, sampled: Sample) -> tuple[Moment, ...]:
    """What shows at a scene frame with what was sampled there."""
    mix = timeline.mix(frame, sampled.clip_frame, sampled.influences, sampled.strips)
    return tuple(replace(moment, added=sampled.added) for moment in mix)


def frame_shown(ob: Any, scene: Any, performance: Performance, depsgraph: Any) -> int | None:
    """Number of the driving clip's frame that shows most just now; None if only reactions do."""
    timeline = timeline_of(ob, scene, performance, {})
    mix = mix_at(timeline, scene.frame_current_final, current_sample(ob, depsgraph))
    return round(max(mix, key=lambda moment: moment.weight).t) if mix else None
