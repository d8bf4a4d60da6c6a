"""The clip's sound in the sequencer, beginning where the clip begins; of a loop, a strip for each turn.

Sound and clip both count seconds, so they stay together however long they are, whatever the scene's rate. Strips lie on
whole frames: an in point between two frames of the scene is heard up to half a frame off. What the file says of its
times is kept with the strip, which outlives the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from .. import compat
from ..data import events
from ..data.blocks import load_block, saved_path
from ..data.frame_rate import scene_rate
from ..data.library import clip_length
from . import OWNER

RATE, DELAY, TIMES, TURN = "clip_rate", "sound_delay", "frame_times", "turn"
"""Custom properties of a strip: frames a second, seconds from picture to sound, the times of uneven frames, and
the number of turns of a loop before it."""

MOST_TURNS = 1000
"""Strips of a loop, however long the scene is."""


def strips_of(ob: Any) -> list[tuple[Any, Any]]:
    """The scenes and strips in which an object's clip is heard."""
    return [
        (scene, strip)
        for scene in bpy.data.scenes
        if scene.sequence_editor is not None
        for strip in scene.sequence_editor.strips_all
        if strip.type == "SOUND" and strip.get(OWNER) == ob
    ]


def add(ob: Any, scene: Any, path: Path, times: Sequence[float] = ()) -> None:
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
    for turn in range(MOST_TURNS):
        strip = editor.strips.new_sound(f"{ob.name} sound", str(path), channel, 1)
        strip.sound.filepath = saved_path(path)
        strip[OWNER], strip[TURN] = ob, turn
        strip[RATE], strip[DELAY] = float(clip.rate), clip.sound_delay
        if times:
            strip[TIMES] = list(times)
        heard = _heard(ob.portrait, strip, scene)
        heard.place(strip)
        if not heard.period or heard.first(turn + 1) > scene.frame_end:
            break
    scene.sync_mode = "AUDIO_SYNC"
    compat.show_in_sequencers(scene)


def follow(ob: Any) -> None:
    """Bring the sound of an object's clip to where its clip begins, from its in to its out point.

    The turns of a loop follow each other for as long as the scene lasted when they were added.
    """
    if ob.portrait.clip is not None:
        for scene, strip in strips_of(ob):
            _heard(ob.portrait, strip, scene).place(strip)


@dataclass(frozen=True)
class _Heard:
    """What is heard of a clip, and when.

    Attributes
    ----------
    start, rate
        Scene frame at which the clip begins, and scene frames a second.
    begin, end
        Seconds of the clip from its first frame, at the in and the out point; None for the sound's end.
    period
        Seconds after which the clip begins anew; 0 if it is played once.
    """

    start: int
    rate: float
    begin: float
    end: float | None
    period: float

    def first(self, turn: int) -> int:
        """The scene frame at which a turn begins."""
        return self.start + round(turn * self.period * self.rate)

    def place(self, strip: Any) -> None:
        """Bring the strip of a turn to its place."""
        turn, delay = strip.get(TURN, 0), strip.get(DELAY, 0.0)
        start = self.first(turn) + max(0, round((delay - self.begin) * self.rate))
        length = None
        if self.period:
            length = max(0, self.first(turn + 1) - start)
        elif self.end is not None:
            length = max(0, round((self.end - max(self.begin, delay)) * self.rate))
        strip.mute = turn > 0 and not self.period
        compat.place_sound(strip, start, max(0, round((self.begin - delay) * self.rate)), length)


def _heard(properties: Any, strip: Any, scene: Any) -> _Heard:
    rate, clip = float(scene_rate(scene)), properties.clip
    loops = properties.repeat == "LOOP" and not properties.retime
    last = properties.last_frame or (clip_length(properties) if loops else 0)
    begin = _seconds(strip, clip, max(properties.first_frame, 1))
    end = _seconds(strip, clip, last + 1) if last else None
    period = 0.0
    if loops and end is not None:
        period = end - begin - min(properties.seam * _step(strip, clip), (end - begin) / 2)  # as `Playback` has it
    return _Heard(properties.start_frame, rate, begin, end, period if period * rate >= 1 else 0.0)


def _seconds(strip: Any, clip: Any, frame: int) -> float:
    """When a frame of the clip is shown; the first at 0."""
    times = strip.get(TIMES)
    if not times:
        return (frame - 1) * _step(strip, clip)
    return float(times[min(frame, len(times)) - 1]) + max(0, frame - len(times)) * _step(strip, clip)


def _step(strip: Any, clip: Any) -> float:
    """Seconds from frame to frame. A clip that is missing has no rate of its own."""
    return float(1 / (strip.get(RATE) or clip.fps or 25))


SUBSCRIPTIONS: events.Subscriptions = ((events.start_moved, follow), (events.clip_cut, follow))


def register() -> None:
    """Follow the clip wherever it is moved or cut."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Follow no more."""
    events.unsubscribe_all(SUBSCRIPTIONS)
