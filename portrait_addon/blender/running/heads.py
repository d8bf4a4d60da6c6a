"""The head that fits the portrait of an object, and how what drives the portrait moves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ...pipeline.head.landmarks import load_landmarks
from ...pipeline.head.model import load_head
from ...pipeline.head.projecting import PortraitHead
from ...pipeline.head.resting import change_to_rest
from ...pipeline.portrait.prepared import PreparedPortrait
from ...pipeline.records.portrait import Portrait
from ...pipeline.timeline.head_motion import HeadMotion, head_motion
from ..data.properties import has_driver
from . import object_cache
from .driving import driven_specs


@dataclass(frozen=True, eq=False)
class DrivenHead:
    """The head of a portrait and its motion.

    Attributes
    ----------
    portrait : Portrait
    shape : PortraitHead
    frames : range
        Of the scene; none where nothing drives the portrait.
    motion : HeadMotion
        In these frames.
    """

    portrait: Portrait
    shape: PortraitHead
    frames: range
    motion: HeadMotion


def driven_head(ob: Any, scene: Any, lens: float = 0.0) -> DrivenHead:
    """Fit a head to an object's portrait, and move it as its clip or its sliders say.

    Parameters
    ----------
    ob : bpy.types.Object
    scene : bpy.types.Scene
    lens : float, optional
        Focal length that the picture was taken with, as converted to 36 x 24 mm; 0 takes that which its file names.

    Returns
    -------
    DrivenHead

    Raises
    ------
    InputError
        If its clip is not tracked, or something cannot be read.
    """
    portrait = object_cache.portrait_of(ob)
    prepared, model = PreparedPortrait(replace(portrait, lens=lens) if lens else portrait), load_landmarks()
    fit, share = prepared.head, prepared.at_rest.share
    shape = PortraitHead.of(load_head(), fit, fit.weights + share * change_to_rest(model, fit.weights))
    frames, specs = driven_specs(ob, scene) if has_driver(ob) else (range(0), ())
    return DrivenHead(portrait, shape, frames, head_motion([spec.mix for spec in specs], shape))
