"""How many baked frames a changed key or slider has made stale, for a panel that is drawn all the time.

To know it, the settings of every frame must be sampled, which is not allowed while Blender draws and not cheap. So a
panel asks for what is known, and asking alone keeps it up to date: after a change, the count is made anew in Blender's
next idle moment, and the panel is drawn again. What no panel shows is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..data import events
from ..data.app_handlers import append_handlers, remove_handlers
from ..data.properties import scene_of
from . import sampling
from .runner import find

PAUSE = 0.4
"""Seconds of rest after a change before frames are counted: a slider that is dragged is not counted at every pixel."""


@dataclass(frozen=True)
class Count:
    """How many frames are missing and how many are out of date."""

    missing: int
    stale: int


_known: dict[int, Count] = {}
_asked: set[int] = set()
_scene_then: dict[int, tuple[Any, ...]] = {}
"""What the scene said of time when an object was counted: Blender reports no moved marker and no other rate."""


def known(ob: Any) -> Count | None:
    """What was last counted for an object; None while nothing was. Counts anew, soon, if something has changed."""
    _asked.add(ob.session_uid)
    if ob.session_uid not in _known or _scene_then.get(ob.session_uid) != _time_of(scene_of(ob)):
        _count_soon()
    return _known.get(ob.session_uid)


def count_asked() -> None:
    """Count anew for all that was asked about."""
    for uid in tuple(_asked):
        ob = find(bpy.data.objects, uid)
        if ob is None or ob.portrait.frames is None:
            _asked.discard(uid)
            _known.pop(uid, None)
        else:
            from . import unfinished

            scene = scene_of(ob)
            found = unfinished.count_unfinished(ob, scene)
            _known[uid], _scene_then[uid] = Count(found.missing, found.stale), _time_of(scene)


def _time_of(scene: Any) -> tuple[Any, ...]:
    render, markers = scene.render, scene.timeline_markers
    preview_range = (scene.frame_preview_start, scene.frame_preview_end) if scene.use_preview_range else ()
    bounds = scene.frame_start, scene.frame_end, preview_range
    return render.fps, render.fps_base, bounds, [(marker.name, marker.frame) for marker in markers]


def _count_soon() -> None:
    if bpy.app.timers.is_registered(_count_when_idle):
        bpy.app.timers.unregister(_count_when_idle)
    bpy.app.timers.register(_count_when_idle, first_interval=PAUSE)


def _count_when_idle() -> None:
    before = dict(_known)
    count_asked()
    if _known != before:
        events.counts_changed.emit()


@persistent
def on_update(_scene: Any, depsgraph: Any) -> None:
    """Settings may have changed: on an object, in its keys, or in what its drivers read."""
    if _asked and not sampling.sampling() and any(map(_concerns, depsgraph.updates)):
        _count_soon()


def _concerns(update: Any) -> bool:
    """Whether settings may have changed; sampling them, and selecting, tag objects for their shading alone."""
    if isinstance(update.id, bpy.types.Object):
        return update.is_updated_transform or update.is_updated_geometry
    return isinstance(update.id, bpy.types.Action)


@persistent
def on_load(*_arguments: Any) -> None:
    """Another file was opened, or undo has put other data in place."""
    _known.clear()


HANDLERS = {"depsgraph_update_post": on_update, "load_post": on_load, "undo_post": on_load, "redo_post": on_load}


def register() -> None:
    """Listen."""
    append_handlers(HANDLERS)


def unregister() -> None:
    """Listen no more."""
    remove_handlers(HANDLERS)
    if bpy.app.timers.is_registered(_count_when_idle):
        bpy.app.timers.unregister(_count_when_idle)
    for kept in (_known, _asked, _scene_then):
        kept.clear()
