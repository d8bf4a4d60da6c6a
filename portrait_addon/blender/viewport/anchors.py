"""Anchors follow the live preview, and the portrait's start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ..data import events
from ..data.anchors import anchors_of

if TYPE_CHECKING:
    from ...pipeline.frame.result import Result


_following: set[int] = set()
"""Portraits whose anchors are where a preview has put them."""


def follow(ob: Any, result: Result | None) -> None:
    """Lay what the preview shows over the anchors' curves; without a result the curves count again."""
    if anchors_of(ob) is None or (result is None and ob.session_uid not in _following):
        return
    from ..output import anchors  # with all that computes: not before it is needed
    from ..output.surface import surface_of

    if result is None:
        _following.discard(ob.session_uid)
        anchors.play(ob)
    else:
        _following.add(ob.session_uid)
        anchors.follow(ob, result, surface_of(ob, bpy.context.view_layer.depsgraph))


def shift(ob: Any) -> None:
    """Move the keys to where the portrait now begins, as its baked frames move."""
    if anchors_of(ob) is not None:
        from ..output import anchors

        anchors.shift(ob)


SUBSCRIPTIONS: events.Subscriptions = ((events.frame_previewed, follow), (events.start_moved, shift))


def register() -> None:
    """Listen."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Listen no more."""
    events.unsubscribe_all(SUBSCRIPTIONS)
    _following.clear()
