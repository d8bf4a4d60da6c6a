"""The clip's sound in the sequencer, beginning where the clip begins.

Sound and clip both count seconds, so they stay together however long they are, whatever the scene's rate. Strips lie on
whole frames: an in point between two frames of the scene is heard up to half a frame off. What the file says of its
times is kept with the strip, which outlives the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from .. import compat
from ..data import events
from ..data.blocks import load_block, saved_path
from ..data.frame_rate import scene_rate
from . import OWNER

RATE, DELAY, TIMES = "clip_rate", "sound_delay", "frame_times"
"""Custom properties of a strip: frames a second, seconds from picture to sound, and the times of uneven frames."""


def strips_of(ob: Any) -> list[tuple[Any, Any]]:
    """The scenes and strips in which an object's clip is heard."""
    return [
        (scene, strip)
        for scene in bpy.data.scenes
        if scene.sequence_editor is not None
        for strip in scene.sequence_editor.strips_all
        if strip.type == "SOUND" and strip.get(OWNER) == ob
    ]


def add(ob: Any, scene: Any, path: Path, times: Sequence[float] = ()) -> Any:
    """Put the sound of an object's clip into the scene's sequencer, in place of what was there of it.

    Parameters
    ----------
    ob, scene
    path : Path
        The clip.
    times : sequence of float
        Seconds of the clip's frames, if they do not follow each other evenly.

    Raises
    ------
    InputError
        If the clip has no sound.
    """
    from ...media.clips import open_clip  # with all that decodes: not before it is needed

    sound = load_block(bpy.data.sounds, path)
    if sound.channels == "INVALID":
        if not sound.users:
            bpy.data.sounds.remove(sound)
        raise InputError(f"{path.name}: has no sound.")
    clip = open_clip(path)
    editor = scene.sequence_editor or scene.sequence_editor_create()
    for of, strip in strips_of(ob):
        if of == scene:
            editor.strips.remove(strip)
    channel = 1 + max((strip.channel for strip in editor.strips), default=0)
    strip = editor.strips.new_sound(f"{ob.name} sound", str(path), channel, 1)
    strip.sound.filepath = saved_path(path)
    strip[OWNER] = ob
    strip[RATE], strip[DELAY] = float(clip.rate), clip.sound_delay
    if times:
        strip[TIMES] = list(times)
    scene.sync_mode = "AUDIO_SYNC"
    compat.show_in_sequencers(scene)
    follow(ob)
    return strip


def follow(ob: Any) -> None:
    """Bring the sound of an object's clip to where its clip begins, from its in to its out point."""
    properties = ob.portrait
    if properties.clip is None:
        return
    for scene, strip in strips_of(ob):
        rate = float(scene_rate(scene))
        begin = _seconds(strip, properties.clip, max(properties.first_frame, 1))
        delay = strip.get(DELAY, 0.0)
        heard = None
        if properties.last_frame:
            end = _seconds(strip, properties.clip, properties.last_frame + 1)
            heard = max(0, round((end - max(begin, delay)) * rate))
        start = properties.start_frame + max(0, round((delay - begin) * rate))
        compat.place_sound(strip, start, max(0, round((begin - delay) * rate)), heard)


def _seconds(strip: Any, clip: Any, frame: int) -> float:
    """When a frame of the clip is shown; the first at 0. A clip that is missing has no rate of its own."""
    times = strip.get(TIMES)
    step = 1 / (strip.get(RATE) or clip.fps or 25)
    if not times:
        return (frame - 1) * step
    return float(times[min(frame, len(times)) - 1]) + max(0, frame - len(times)) * step


SUBSCRIPTIONS: events.Subscriptions = ((events.start_moved, follow), (events.clip_cut, follow))


def register() -> None:
    """Follow the clip wherever it is moved or cut."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Follow no more."""
    events.unsubscribe_all(SUBSCRIPTIONS)
