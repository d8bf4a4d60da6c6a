"""When what plays, in the sidebar: the driving clip's time, and the library of reactions."""

from typing import Any

import bpy

from ..operators.reactions import (
    PORTRAIT_OT_add_reaction,
    PORTRAIT_OT_call_reaction,
    PORTRAIT_OT_remove_reaction,
    chosen_reaction,
)
from ..operators.timing import (
    PORTRAIT_OT_add_sound,
    PORTRAIT_OT_find_loop,
    PORTRAIT_OT_match_scene,
    PORTRAIT_OT_start_retiming,
)
from .workflow import SidebarPanel


class PORTRAIT_PT_timing(SidebarPanel, bpy.types.Panel):
    """The driving clip's time."""

    bl_idname = "PORTRAIT_PT_timing"
    bl_label = "Timing"

    def draw(self, context: Any) -> None:
        """Its own speed with in and out point, or a curve."""
        layout, properties = self.layout, context.object.portrait
        column = layout.column(align=True)
        column.operator(PORTRAIT_OT_match_scene.bl_idname, icon="TIME")
        column.operator(PORTRAIT_OT_add_sound.bl_idname, icon="SOUND")
        row = layout.row(align=True)
        if properties.retime:
            row.prop(properties, "retime", text="", icon="FCURVE")
            row.prop(properties, "clip_frame")
        else:
            row.operator(PORTRAIT_OT_start_retiming.bl_idname, icon="FCURVE")
        draw_played(layout, properties, of_reaction=False)


class PORTRAIT_PT_reactions(SidebarPanel, bpy.types.Panel):
    """The library."""

    bl_idname = "PORTRAIT_PT_reactions"
    bl_label = "Reactions"

    def draw(self, context: Any) -> None:
        """The clips, the chosen one's settings, and how they follow each other."""
        layout, properties = self.layout, context.object.portrait
        row = layout.row()
        row.template_list(
            "UI_UL_list", "portrait_reactions", properties, "reactions", properties, "reaction_index", rows=3
        )
        column = row.column(align=True)
        column.operator(PORTRAIT_OT_add_reaction.bl_idname, text="", icon="ADD")
        column.operator(PORTRAIT_OT_remove_reaction.bl_idname, text="", icon="REMOVE")
        item = chosen_reaction(properties)
        if item is None:
            return
        row = layout.row(align=True)
        row.operator(PORTRAIT_OT_call_reaction.bl_idname, text=f"Marker: {item.name}", icon="MARKER_HLT").idle = False
        row.operator(PORTRAIT_OT_call_reaction.bl_idname, text="Idle", icon="MARKER").idle = True
        layout.prop(properties, "reaction_blend")
        layout.prop(properties, "between")
        layout.template_ID(item, "clip", open="clip.open")
        layout.prop(item, "neutral_frame")
        draw_played(layout, item, of_reaction=True)
        column = layout.column(align=True)
        column.prop(item, "influence", slider=True)
        if item.influence > 0:
            column.prop(item, "start_frame")


def draw_played(layout: Any, properties: Any, *, of_reaction: bool) -> None:
    """In and out point, and what comes after."""
    row = layout.row(align=True)
    row.prop(properties, "first_frame")
    row.prop(properties, "last_frame")
    layout.prop(properties, "repeat")
    row = layout.row(align=True)
    if properties.repeat != "ONCE":
        row.prop(properties, "seam")
    row.operator(PORTRAIT_OT_find_loop.bl_idname, icon="FILE_REFRESH").of_reaction = of_reaction


CLASSES = (PORTRAIT_PT_timing, PORTRAIT_PT_reactions)
