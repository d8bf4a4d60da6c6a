"""Preview, track and bake."""

from textwrap import wrap
from typing import Any

import bpy

from ..data.properties import active_portrait
from ..operators.jobs import PORTRAIT_OT_bake, PORTRAIT_OT_film, PORTRAIT_OT_track
from ..operators.performance_file import PORTRAIT_OT_save_performance
from ..viewport import preview
from .workflow import LINE, SidebarPanel


class PORTRAIT_PT_bake(SidebarPanel, bpy.types.Panel):
    """From sliders to frames."""

    bl_idname = "PORTRAIT_PT_bake"
    bl_label = "Preview and Bake"
    bl_options = set()

    def draw(self, context: Any) -> None:
        """The live preview, and the two long jobs."""
        layout, ob = self.layout, active_portrait(context)
        draw_preview(layout, ob)
        column = layout.column(align=True)
        column.operator_context = "INVOKE_DEFAULT"
        row = column.row(align=True)
        row.operator(PORTRAIT_OT_track.bl_idname, icon="TRACKER")
        row.operator(PORTRAIT_OT_save_performance.bl_idname, text="", icon="EXPORT")
        row = column.row(align=True)
        row.operator(PORTRAIT_OT_bake.bl_idname, icon="RENDER_ANIMATION")
        row.prop(ob.portrait, "bake_range", text="")
        row.operator(PORTRAIT_OT_film.bl_idname, text="", icon="FILE_MOVIE")
        draw_unsaved(layout, ob)


def draw_preview(layout: Any, ob: Any) -> None:
    """The switch of the live preview, its size, and why there is none."""
    row = layout.row(align=True)
    row.prop(ob.portrait, "preview", toggle=True, icon="HIDE_OFF" if ob.portrait.preview else "HIDE_ON")
    row.prop(ob.portrait, "preview_size", text="")
    for number, line in enumerate(wrap(preview.problem(ob) or "", LINE)):
        layout.label(text=line, icon="BLANK1" if number else "INFO")


def draw_unsaved(layout: Any, ob: Any) -> None:
    """Where frames go while the file has no name, with the way to give it one."""
    chosen = ob.portrait.output_folder
    if bpy.data.filepath or (chosen and not chosen.startswith("//")):
        return
    row = layout.row(align=True)
    row.label(text="File not saved", icon="ERROR")
    row.operator_context = "INVOKE_AREA"
    row.operator("wm.save_as_mainfile", text="Save As...")


CLASSES = (PORTRAIT_PT_bake,)
