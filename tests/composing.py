"""Composing in tests: one compositor a portrait, kept from call to call."""

from collections.abc import Collection
from functools import lru_cache

from portrait_addon.pipeline.frame.compositor import Compositor, Frame
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Mix, Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings


@lru_cache(maxsize=4)
def compositor_of(portrait: Portrait) -> Compositor:
    return Compositor(PreparedPortrait(portrait))


def compose_mix(portrait: Portrait, mix: Mix, settings: Settings, passes: Collection[str] = ()) -> Frame:
    return compositor_of(portrait).frame(mix, settings, passes)


def compose(
    portrait: Portrait, performance: Performance, settings: Settings, t: float, passes: Collection[str] = ()
) -> Frame:
    return compose_mix(portrait, (Moment(performance, t),), settings, passes)
