"""The settings as keyframes, drivers and NLA strips make them at any frame, the artist's frame left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..pipeline.settings import Settings
from .properties import settings_of

_sampling = False


def sampling() -> bool:
    """Whether settings are sampled just now: handlers then see a scene that is not the artist's."""
    return _sampling


def sample_settings(ob: Any, frames: Iterable[int]) -> list[Settings]:
    """Evaluate an object's settings at scene frames.

    Reading F-curves would miss drivers and NLA; setting the artist's scene to every frame would evaluate all that is
    in it and leave it elsewhere. A scene that holds nothing but the object does neither.
    """
    with _scene_of_its_own(ob) as scene:
        settings = []
        for frame in frames:
            scene.frame_set(frame)
            settings.append(settings_of(ob.evaluated_get(scene.view_layers[0].depsgraph).portrait))
        return settings


@contextmanager
def _scene_of_its_own(ob: Any) -> Iterator[Any]:
    global _sampling
    _sampling = True
    scene = bpy.data.scenes.new("Living Portraits sampling")
    try:
        scene.collection.objects.link(ob)
        yield scene
    finally:
        bpy.data.scenes.remove(scene)
        _sampling = False


def current_settings(ob: Any, depsgraph: Any) -> Settings:
    """The settings as the artist's scene has evaluated them for the frame that it is at."""
    return settings_of(ob.evaluated_get(depsgraph).portrait)
