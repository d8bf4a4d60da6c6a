"""File > Export > Expressions: what the driving clip says as numbers, for other portraits and other programs."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ...errors import InputError
from ..data.properties import active_portrait
from ..data.property_tools import RELATIVE
from .needs import NeedsTrackedClip

SUFFIX = ".csv"


class PORTRAIT_OT_save_curves(NeedsTrackedClip, bpy.types.Operator):
    """Save the driver's expressions and head motion as numbers, a line a frame, as Live Link Face writes them"""

    bl_idname = "portrait.save_curves"
    bl_label = "Save Curves of Expressions"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="Curves", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    filename_ext = SUFFIX
    filter_glob: StringProperty(default=f"*{SUFFIX}", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for a name; the clip's own is offered."""
        clip = Path(bpy.path.abspath(active_portrait(context).portrait.clip.filepath))
        self.filepath = str(clip.with_suffix(SUFFIX))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: Any) -> bool:
        """Give the name its ending."""
        named = bpy.path.ensure_ext(self.filepath, SUFFIX)
        changed, self.filepath = named != self.filepath, named
        return changed

    def execute(self, context: Any) -> set[str]:
        """Write the file."""
        from ...jobs.curves_file import check_curves_target, save_curves

        performance = self.performance(active_portrait(context), as_chosen=True)
        if performance is None:
            return {"CANCELLED"}
        path = Path(bpy.path.abspath(self.filepath))
        try:
            check_curves_target(path)
            save_curves(performance, path)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved {performance.frame_count} frames: {path}")
        return {"FINISHED"}


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Export."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_save_curves.bl_idname, text="Expressions of a Portrait...", icon="FCURVE")


CLASSES = (PORTRAIT_OT_save_curves,)


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.TOPBAR_MT_file_export.append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menu."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu_entry)
