"""The clip's sound in the sequencer, beginning where the clip begins.

Sound and clip both count seconds, so they stay together however long they are, whatever the scene's rate. Strips lie on
whole frames: an in point between two frames of the scene is heard up to half a frame off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...errors import InputError
from .. import compat
from ..data import events
from ..data.blocks import load_block, saved_path
from ..data.frame_rate import scene_rate
from . import OWNER


def strips_of(ob: Any) -> list[tuple[Any, Any]]:
    """The scenes and strips in which an object's clip is heard."""
    return [
        (scene, strip)
        for scene in bpy.data.scenes
        if scene.sequence_editor is not None
        for strip in scene.sequence_editor.strips_all
        if strip.type == "SOUND" and strip.get(OWNER) == ob
    ]


def add(ob: Any, scene: Any, path: Path) -> Any:
    """Put the sound of an object's clip into the scene's sequencer, in place of what was there of it.

    Raises
    ------
    InputError
        If the clip has no sound.
    """
    sound = load_block(bpy.data.sounds, path)
    if sound.channels == "INVALID":
        if not sound.users:
            bpy.data.sounds.remove(sound)
        raise InputError(f"{path.name}: has no sound.")
    editor = scene.sequence_editor or scene.sequence_editor_create()
    for of, strip in strips_of(ob):
        if of == scene:
            editor.strips.remove(strip)
    channel = 1 + max((strip.channel for strip in editor.strips), default=0)
    strip = editor.strips.new_sound(f"{ob.name} sound", str(path), channel, 1)
    strip.sound.filepath = saved_path(path)
    strip[OWNER] = ob
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
        scale = float(scene_rate(scene)) / properties.clip.fps
        first = max(properties.first_frame, 1)
        skipped = round((first - 1) * scale)
        heard = round((properties.last_frame - first + 1) * scale) if properties.last_frame else None
        compat.place_sound(strip, properties.start_frame, skipped, heard)


SUBSCRIPTIONS: events.Subscriptions = ((events.start_moved, follow), (events.clip_cut, follow))


def register() -> None:
    """Follow the clip wherever it is moved or cut."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Follow no more."""
    events.unsubscribe_all(SUBSCRIPTIONS)
