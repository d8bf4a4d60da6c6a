"""When what plays, in the sidebar: the driving clip's time, and the library of reactions."""

from typing import Any

import bpy

from ..data.properties import active_portrait, follows_expressions
from ..operators.reactions import (
    PORTRAIT_OT_add_reaction,
    PORTRAIT_OT_call_reaction,
    PORTRAIT_OT_remove_reaction,
    chosen_reaction,
)
from ..operators.strips import PORTRAIT_OT_add_reaction_strip, PORTRAIT_OT_markers_to_strips
from ..operators.timing import (
    PORTRAIT_OT_add_sound,
    PORTRAIT_OT_find_loop,
    PORTRAIT_OT_match_scene,
    PORTRAIT_OT_start_retiming,
)
from ..running import runner
from .source import draw_automatic
from .workflow import SidebarPanel


class PORTRAIT_PT_timing(SidebarPanel, bpy.types.Panel):
    """The driving clip's time."""

    bl_idname = "PORTRAIT_PT_timing"
    bl_label = "Timing"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where a clip drives the portrait."""
        ob = active_portrait(context)
        return ob is not None and not follows_expressions(ob)

    def draw(self, context: Any) -> None:
        """Its own speed with in and out point, or a curve."""
        layout, ob = self.layout, active_portrait(context)
        properties = ob.portrait
        column = layout.column(align=True)
        column.operator(PORTRAIT_OT_match_scene.bl_idname, icon="TIME")
        column.operator(PORTRAIT_OT_add_sound.bl_idname, icon="SOUND")
        row = layout.row(align=True)
        if properties.retime:
            row.prop(properties, "retime", text="", icon="FCURVE")
            row.prop(properties, "clip_frame")
        else:
            row.operator(PORTRAIT_OT_start_retiming.bl_idname, text="Retime", icon="FCURVE")
        column = layout.column()
        column.enabled = not properties.retime
        draw_played(column, properties, of_reaction=False)


class PORTRAIT_UL_reactions(bpy.types.UIList):
    """The reactions, each with a sign of whether its clip is tracked."""

    bl_idname = "PORTRAIT_UL_reactions"

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: int, _active: Any, _name: str, _index: int
    ) -> None:
        """One reaction."""
        layout.prop(item, "name", text="", emboss=False, icon=reaction_icon(item))


def reaction_icon(item: Any) -> str:
    """The sign of a reaction: its clip is missing, is to be tracked, or is tracked."""
    if item.clip is None:
        return "ERROR"
    tracked = item.tracked_frames and item.neutral_frame in (0, item.tracked_neutral)
    return "CHECKMARK" if tracked else "TRACKER"


class PORTRAIT_PT_reactions(SidebarPanel, bpy.types.Panel):
    """The library."""

    bl_idname = "PORTRAIT_PT_reactions"
    bl_label = "Reactions"

    def draw(self, context: Any) -> None:
        """The clips, the chosen one's settings, and how they follow each other."""
        layout, ob = self.layout, active_portrait(context)
        properties = ob.portrait
        row = layout.row()
        row.template_list(
            PORTRAIT_UL_reactions.bl_idname, "", properties, "reactions", properties, "reaction_index", rows=3
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
        row = layout.row(align=True)
        row.operator(PORTRAIT_OT_add_reaction_strip.bl_idname, text=f"Strip: {item.name}", icon="NLA")
        row.operator(PORTRAIT_OT_markers_to_strips.bl_idname)
        layout.use_property_split = True
        column = layout.column()
        column.use_property_decorate = False
        column.prop(properties, "reaction_blend")
        column.prop(properties, "between")
        chosen = layout.column()
        chosen.enabled = not runner.is_busy_with(ob)
        chosen.template_ID(item, "clip", open="clip.open", text="Clip")
        draw_automatic(chosen, item, "neutral_frame")
        draw_played(layout, item, of_reaction=True)
        column = layout.column(align=True)
        column.prop(item, "influence", slider=True)
        if item.influence > 0:
            column.prop(item, "start_frame")


def draw_played(layout: Any, properties: Any, *, of_reaction: bool) -> None:
    """In and out point, and what comes after."""
    layout.use_property_split = True
    column = layout.column()
    column.use_property_decorate = False
    for name in ("first_frame", "last_frame"):
        draw_automatic(column, properties, name)
    column.prop(properties, "repeat")
    if properties.repeat != "ONCE":
        column.prop(properties, "seam")
    column.operator(PORTRAIT_OT_find_loop.bl_idname, icon="FILE_REFRESH").of_reaction = of_reaction


CLASSES = (PORTRAIT_PT_timing, PORTRAIT_UL_reactions, PORTRAIT_PT_reactions)
