"""Expressions as numbers: those of a clip or of sliders into a file, and a file's onto sliders as keys."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import FloatProperty, StringProperty

from ...errors import InputError
from ..data.properties import active_portrait, has_sliders, why_not_editable
from ..data.property_tools import RELATIVE
from ..running import runner
from .needs import BUSY, NeedsPortrait, NeedsTrackedClip
from .saving import SavesFile

GLOB = "*.csv;*.tsv;*.json;*.dat;*.pgo"


class PORTRAIT_OT_save_curves(SavesFile, NeedsTrackedClip, bpy.types.Operator):
    """Save the expressions of the driving clip, or of the sliders, as numbers, as Live Link Face writes them"""

    bl_idname = "portrait.save_curves"
    bl_label = "Save Curves of Expressions"
    bl_options = {"REGISTER"}

    filename_ext = ".csv"
    filter_glob: StringProperty(default="*.csv", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """Sliders need no clip."""
        ob = active_portrait(context)
        return None if ob is not None and has_sliders(ob) else super().why_not(context)

    def execute(self, context: Any) -> set[str]:
        """Write the file."""
        from ...jobs.curves_file import check_curves_target, save_curves, write_curves
        from ..running import expressions

        ob = active_portrait(context)
        try:
            check_curves_target(self.path)
            if has_sliders(ob):
                curves = expressions.curves_of_sliders(ob, context.scene)
                write_curves(curves, self.path)
                frames = len(curves.times)
            else:
                performance = self.performance(ob, as_chosen=True)
                if performance is None:
                    return {"CANCELLED"}
                save_curves(performance, self.path)
                frames = performance.frame_count
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved {frames} frames: {self.path}")
        return {"FINISHED"}


class PORTRAIT_OT_key_curves(NeedsPortrait, bpy.types.Operator):
    """Key the sliders as a file of curves or mouth cues says, from the current frame on"""

    bl_idname = "portrait.key_curves"
    bl_label = "Key Sliders from File"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Curves", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    filter_glob: StringProperty(default=GLOB, options={"HIDDEN", "SKIP_SAVE"})
    tolerance: FloatProperty(
        name="Tolerance",
        description="How far the curves may be from the file's values; larger means fewer keys, 0 one a frame",
        default=0.005,
        min=0,
        max=0.5,
        precision=3,
    )

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait that can be changed, and no job of it."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        return BUSY if runner.is_busy_with(ob) else why_not_editable(ob)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file, unless it was dropped."""
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Keys before and after stay; curves that say nothing and have no keys get none."""
        from ...jobs.driving_file import holds_numbers, read_numbers
        from ..running import expressions

        ob, path = active_portrait(context), Path(bpy.path.abspath(self.filepath))
        try:
            if not holds_numbers(path):
                raise InputError(f"{path.name}: is no file of curves or mouth cues. Choose one of {GLOB}.")
            curves, notes = read_numbers(path)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for note in notes:
            self.report({"WARNING"}, f"{path.name}: {note}.")
        if not has_sliders(ob):
            ob.portrait.driving_source = "EXPRESSIONS" if ob.portrait.clip is None else "BOTH"
        keyed = expressions.key_sliders(ob, context.scene, curves, self.tolerance)
        self.report({"INFO"}, f"Keyed {keyed} sliders from frame {context.scene.frame_current} on")
        return {"FINISHED"}


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Export."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_save_curves.bl_idname, text="Expressions of a Portrait...", icon="FCURVE")


def draw_import_entry(self: Any, _context: Any) -> None:
    """File > Import."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_key_curves.bl_idname, text="Expressions as Keys of a Portrait...", icon="FCURVE")


CLASSES = (PORTRAIT_OT_save_curves, PORTRAIT_OT_key_curves)


def register() -> None:
    """Put the entries into the menus."""
    bpy.types.TOPBAR_MT_file_export.append(draw_menu_entry)
    bpy.types.TOPBAR_MT_file_import.append(draw_import_entry)


def unregister() -> None:
    """Take the entries out of the menus."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu_entry)
    bpy.types.TOPBAR_MT_file_import.remove(draw_import_entry)
