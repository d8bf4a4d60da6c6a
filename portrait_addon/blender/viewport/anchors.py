"""Anchors follow the live preview, and the portrait's start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data import events
from ..data.properties import anchors_of

if TYPE_CHECKING:
    from ...pipeline.frame.result import Result


def follow(ob: Any, result: Result | None) -> None:
    """Lay what the preview shows over the anchors' curves; without a result the curves count again."""
    if anchors_of(ob) is not None:
        from ..output import anchors  # with all that computes: not before it is needed

        anchors.follow(ob, result)


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
