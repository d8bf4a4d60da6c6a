"""Frames shown as they are tracked, before the clip's neutral frame and wrinkles are known."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..data.properties import settings_of
from . import preview

if TYPE_CHECKING:
    from ...pipeline.records.progress import TrackedFace

SHARE = 0.25
"""Largest share of the time that these frames may take; tracking has the rest."""

_rests_until = 0.0


def show(ob: Any, tracked: TrackedFace) -> None:
    """Show the face that was tracked last on an object whose preview is on, if it is time for another frame.

    Parameters
    ----------
    ob : bpy.types.Object
        The portrait whose clip is tracked.
    tracked : TrackedFace
        What was found.
    """
    global _rests_until
    began = monotonic()
    if began < _rests_until or not ob.portrait.preview or ob.portrait.show_points:
        return
    from ...pipeline.clip.provisional import FRAMES, provisional_performance
    from ...pipeline.records.moment import Moment
    from ..running import object_cache

    try:
        compositor = object_cache.compositor_of(ob, ob.portrait.preview_size)
    except InputError:  # the job ends with it, or the preview says it afterwards
        return
    palette = compositor.prepared.portrait.palette
    performance = provisional_performance(tracked.first, tracked.newest, tracked.size, palette)
    frame = compositor.frame([Moment(performance, float(FRAMES), 1.0)], settings_of(ob.portrait))
    preview.show_while_tracked(ob, frame.picture)
    now = monotonic()
    _rests_until = now + (now - began) * (1 - SHARE) / SHARE
