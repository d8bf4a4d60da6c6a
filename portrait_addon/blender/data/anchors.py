"""The anchors of a portrait."""

from __future__ import annotations

from typing import Any


def anchors_of(ob: Any) -> Any | None:
    """The empty that holds the anchors of a portrait; None if it has none.

    A duplicate may point to those of its original, and what an artist has deleted is in no collection any more.
    """
    root = ob.portrait.result
    return root if root is not None and root.parent == ob and root.users_collection else None
