"""File > Export > Performance: what the driving clip says, in a file to share without the driver's video."""

from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ...errors import InputError
from ..data.properties import active_portrait
from .needs import NeedsTrackedClip
from .saving import SavesFile


class PORTRAIT_OT_save_performance(SavesFile, NeedsTrackedClip, bpy.types.Operator):
    """Save what the driving clip says in one file, which other portraits and other people can use in its place"""

    bl_idname = "portrait.save_performance"
    bl_label = "Save Performance"
    bl_options = {"REGISTER"}

    filename_ext = ".performance"
    filter_glob: StringProperty(default="*.performance", options={"HIDDEN", "SKIP_SAVE"})
    with_mouth: BoolProperty(
        name="Picture of the Mouth",
        description="Keep the driver's teeth and tongue. Without, a portrait opens its lips over nothing",
        default=True,
    )

    def draw(self, context: Any) -> None:
        """What goes into the file, and how large that makes it."""
        self.layout.prop(self, "with_mouth")
        from ..running import object_cache

        performance = object_cache.performance_in_memory(active_portrait(context))
        if performance is not None:
            self.layout.label(text=f"{performance.frame_count} frames, {_size(self._chosen(performance))}")

    def execute(self, context: Any) -> set[str]:
        """Write the file."""
        from ...jobs.performance_file import check_performance_target, save_performance

        performance = self.performance(active_portrait(context), as_chosen=True)
        if performance is None:
            return {"CANCELLED"}
        chosen = self._chosen(performance)
        try:
            check_performance_target(self.path)
            save_performance(chosen, self.path)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        mouth = "" if self.with_mouth else ", without the mouth"
        self.report({"INFO"}, f"Saved {chosen.frame_count} frames{mouth}, {_size(chosen)}: {self.path}")
        return {"FINISHED"}

    def _chosen(self, performance: Any) -> Any:
        return performance if self.with_mouth else performance.without_mouth()


def _size(performance: Any) -> str:
    from ...jobs.performance_file import performance_bytes

    return f"{performance_bytes(performance) / 1e6:.1f} MB"


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Export."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_save_performance.bl_idname, text="Performance of a Portrait...", icon="TRACKER")


CLASSES = (PORTRAIT_OT_save_performance,)


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.TOPBAR_MT_file_export.append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menu."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu_entry)
