"""What can be keyframed or bent, as any frame of a scene has it; the artist's frame stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy

from ...pipeline.records.settings import Settings
from ..data.drive import REST, Pose, pose_of
from ..data.properties import follows_expressions, settings_of
from ..output.surface import Surface, surface_of

_sampling = False


@dataclass(frozen=True)
class Sample:
    """What can be keyframed, at one frame.

    Attributes
    ----------
    settings : Settings
    clip_frame : float
    influences : mapping from str to float
        Of reactions, by their names, those that have any.
    pose : Pose
        What the sliders say; rest where a clip drives the portrait.
    """

    settings: Settings
    clip_frame: float
    influences: Mapping[str, float]
    pose: Pose = REST


def sampling() -> bool:
    """Whether settings are sampled just now: handlers then see a scene that is not the artist's."""
    return _sampling


def sample(ob: Any, frames: Iterable[int]) -> list[Sample]:
    """Evaluate an object's properties at scene frames.

    Reading F-curves would miss drivers and NLA; setting the artist's scene to every frame would evaluate all that is
    in it and leave it elsewhere. A scene that holds nothing but the object does neither.
    """
    with _scene_of_its_own(ob) as scene:
        samples = []
        for frame in frames:
            scene.frame_set(frame)
            samples.append(current_sample(ob, scene.view_layers[0].depsgraph))
        return samples


def sample_surfaces(ob: Any, frames: Iterable[int]) -> list[Surface]:
    """Evaluate what an object's picture lies on at scene frames, see `sample`."""
    with _scene_of_its_own(ob) as scene:
        surfaces = []
        for frame in frames:
            scene.frame_set(frame)
            surfaces.append(surface_of(ob, scene.view_layers[0].depsgraph))
        return surfaces


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


def current_sample(ob: Any, depsgraph: Any) -> Sample:
    """The properties as a scene has evaluated them for the frame that it is at."""
    properties = ob.evaluated_get(depsgraph).portrait
    influences = {item.name: item.influence for item in reversed(properties.reactions) if item.influence > 0}
    pose = pose_of(properties.drive) if follows_expressions(ob) else REST
    return Sample(settings_of(properties), properties.clip_frame, influences, pose)
