"""What can be keyframed or bent, as any frame of a scene has it; the artist's frame stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...pipeline.records.expression import REST, Expression
from ...pipeline.records.settings import Settings
from ..data.drive import pose_of
from ..data.frame_rate import scene_rate
from ..data.properties import follows_expressions, has_sliders, scene_of, settings_of
from ..output.performance_strips import strips_at
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
    pose : Expression
        What sliders and idle say; rest where a clip alone drives the portrait.
    added : Expression
        The same where a clip drives the portrait too, to which it is added; else rest.
    strips : tuple of (str, float, float)
        What strips show; see `strips_at`.
    """

    settings: Settings
    clip_frame: float
    influences: Mapping[str, float]
    pose: Expression = REST
    added: Expression = REST
    strips: tuple[tuple[str, float, float], ...] = ()


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
    scene, shown = bpy.data.scenes.new("Living Portraits sampling"), scene_of(ob).render
    scene.render.fps, scene.render.fps_base = shown.fps, shown.fps_base
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
    pose = _pose(properties.drive, depsgraph.scene) if has_sliders(ob) else REST
    added = REST if follows_expressions(ob) else pose
    strips = strips_at(ob, depsgraph.scene.frame_current_final)
    return Sample(settings_of(properties), properties.clip_frame, influences, pose, added, strips)


def _pose(drive: Any, scene: Any) -> Expression:
    """What sliders say, and the idle on top of it; the idle comes round after whole frames."""
    pose = pose_of(drive)
    if drive.idle <= 0:
        return pose
    from ...pipeline.clip.idle import idle_curves  # with all that computes: not before it is needed

    rate = float(scene_rate(scene))
    period = round(drive.idle_period * rate) / rate
    idle = idle_curves(np.array([scene.frame_current_final / rate]), period, drive.idle_seed)
    return pose.plus(idle.row(0), drive.idle)
