"""Performances as Actions, whose one curve is the clip's frame; and what strips of them show.

Blender mixes the values of strips, and a mean of the frames of two clips is a frame of neither. So what strips show is
read from them: each its clip's frame, and how far it covers what lies below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
from bpy.props import PointerProperty

from ...pipeline.timeline.strips import Strip, strip_at
from . import pose_actions

TAG = "Portrait Performance"
"""Of the assets."""

PATH = "portrait.strip_frame"


def make_action(name: str, clip: Any, frames: Sequence[tuple[float, float]]) -> Any:
    """Make the Action of a performance, and mark it as an asset.

    Parameters
    ----------
    name : str
        Blender adds a number if there is one already.
    clip : bpy.types.MovieClip
        A video, picture sequence, performance or curves.
    frames : sequence of (float, float)
        Frames of the scene from 1, and the clip's frames that show there.

    Returns
    -------
    bpy.types.Action
    """
    action = bpy.data.actions.new(name)
    action.portrait_clip = clip
    keys = pose_actions.new_curves(action).new(PATH).keyframe_points
    for frame, number in frames:
        keys.insert(frame, number).interpolation = "LINEAR"
    pose_actions.mark(action, TAG, "A performance for living portraits")
    return action


def action_of(clip: Any) -> Any | None:
    """The Action of a clip's performance, if this file has one."""
    return next((action for action in bpy.data.actions if action.portrait_clip == clip), None)


def add_strip(
    ob: Any,
    action: Any,
    frame: int,
    blends: tuple[float, float],
    length: float | None = None,
    *,
    repeats: bool = False,
) -> Any:
    """Put a strip of a performance on an object, above all strips of performances that it meets.

    Parameters
    ----------
    ob : bpy.types.Object
    action : bpy.types.Action
        See `make_action`.
    frame : int
        Of the scene, in which it begins.
    blends : tuple of two float
        Frames over which it comes and goes, at most half of its length each.
    length : float, optional
        In frames: less than the Action's cuts it; that of the Action if left out.
    repeats : bool
        Whether a longer strip plays the Action again, in place of holding its last frame.

    Returns
    -------
    bpy.types.NlaStrip
    """
    begin, end = action.curve_frame_range
    whole = max(end - begin, 1.0)
    length = whole if length is None else max(length, 1.0)
    track = _free_track(ob.animation_data_create().nla_tracks, frame, frame + length)
    strip = track.strips.new(action.name, frame, action)
    strip.extrapolation, strip.use_sync_length = "NOTHING", False
    if repeats and length > whole:
        strip.repeat = length / whole
    else:
        strip.action_frame_end = begin + length
    strip.blend_in, strip.blend_out = (min(blend, length / 2) for blend in blends)
    return strip


def _free_track(tracks: Any, begin: float, end: float) -> Any:
    """A track above all performances in a range of frames that has nothing there itself; a new one if there is none."""
    for row in range(len(tracks)):
        above = tracks[row:]
        ours = all(_clip(strip) is not None for strip in tracks[row].strips) and len(tracks[row].strips)
        met = [
            strip
            for track in above
            for strip in track.strips
            if _clip(strip) is not None and strip.frame_start < end and begin < strip.frame_end
        ]
        if ours and not met:
            return tracks[row]
    track = tracks.new()
    track.name = "Performances"
    return track


def strips_at(ob: Any, frame: float) -> tuple[tuple[str, float, float], ...]:
    """Read what an object's strips of performances show.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    frame : float
        Of the scene.

    Returns
    -------
    tuple of (str, float, float)
        From the lowest track up: name of the reaction with the strip's clip, the clip's frame, and how far it covers
        what lies below, 0..1.
    """
    if ob.animation_data is None:
        return ()
    names = {item.clip: item.name for item in reversed(ob.portrait.reactions) if item.clip is not None}
    shown = []
    for track in _audible(ob.animation_data.nla_tracks):
        strips = [strip for strip in track.strips if _clip(strip) in names and not strip.mute]
        records = [_record(strip, frame) for strip in strips]
        row = strip_at(records, frame)
        if row is None:
            continue
        strip, record = strips[row], records[row]
        curve = next((curve for curve in pose_actions.curves_of(strip.action) if curve.data_path == PATH), None)
        at = _animated(strip, "strip_time", frame) if strip.use_animated_time else record.action_frame(frame)
        if curve is not None and at is not None:
            shown.append((names[_clip(strip)], round(curve.evaluate(at), 4), round(record.weight(frame), 4)))
    return tuple(shown)


def _audible(tracks: Any) -> list[Any]:
    """The tracks that count: one that is solo silences the others."""
    solo = [track for track in tracks if track.is_solo]
    return solo or [track for track in tracks if not track.mute]


def _clip(strip: Any) -> Any | None:
    return strip.action.portrait_clip if strip.action is not None else None


def _record(strip: Any, frame: float) -> Strip:
    keyed = strip.use_animated_influence  # its own influence is then all that counts; else Blender writes over it
    influence = _animated(strip, "influence", frame) if keyed else 1.0
    return Strip(
        strip.frame_start,
        strip.frame_end,
        strip.action_frame_start,
        strip.action_frame_end,
        max(strip.scale, 1e-4),
        strip.use_reverse,
        0.0 if keyed else strip.blend_in,
        0.0 if keyed else strip.blend_out,
        strip.influence if influence is None else influence,
        strip.extrapolation == "HOLD",
        strip.extrapolation != "NOTHING",
    )


def _animated(strip: Any, name: str, frame: float) -> float | None:
    """A value that a strip keys by itself; None if it has no curve."""
    curve = strip.fcurves.find(name)
    return None if curve is None else float(curve.evaluate(frame))


def register() -> None:
    """Let Actions know their clip."""
    bpy.types.Action.portrait_clip = PointerProperty(
        type=bpy.types.MovieClip, name="Clip", description="Whose frames the Action plays on a living portrait"
    )


def unregister() -> None:
    """Take the property away."""
    del bpy.types.Action.portrait_clip
