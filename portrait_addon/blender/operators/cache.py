"""Clear the cache, from the preferences."""

from typing import Any

import bpy


def cache_size() -> str:
    """How large the cache is, for the artist."""
    from ..data.sources import cache  # with all that reads pictures: not before it is needed

    return _readable(cache().size())


class PORTRAIT_OT_clear_cache(bpy.types.Operator):
    """Let go of all clips that were tracked. Each is tracked again when it is next needed"""

    bl_idname = "portrait.clear_cache"
    bl_label = "Clear Cache"

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask first: tracking takes its time."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, _context: Any) -> set[str]:
        """Remove the files."""
        from ..data.sources import cache

        freed = cache().clear()
        self.report({"INFO"}, f"The cache is empty: {_readable(freed)} are free again")
        return {"FINISHED"}


def _readable(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


CLASSES = (PORTRAIT_OT_clear_cache,)
