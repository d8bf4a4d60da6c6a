"""The points of the face in the sidebar: seen, chosen, put right."""

from typing import Any

import bpy

from ..data.properties import active_portrait
from ..operators.points import (
    PORTRAIT_OT_find_faces,
    PORTRAIT_OT_place_face,
    PORTRAIT_OT_reset_points,
    PORTRAIT_OT_show_clip,
)
from ..operators.view import PORTRAIT_OT_look
from ..running import runner
from .workflow import SidebarPanel


class PORTRAIT_PT_points(SidebarPanel, bpy.types.Panel):
    """Points of the portrait, then of the clip."""

    bl_idname = "PORTRAIT_PT_points"
    bl_label = "Points"

    def draw(self, context: Any) -> None:
        """Shown or not, and what was put right."""
        layout, properties = self.layout, active_portrait(context).portrait
        draw_portrait(layout, properties)
        if properties.clip is not None:
            layout.separator()
            draw_clip(layout, properties)
        if properties.show_points or properties.show_clip_points:
            layout.prop(properties, "show_head")
            layout.label(text="Drag a point; Ctrl-click puts it back", icon="INFO")


def draw_portrait(layout: Any, properties: Any) -> None:
    """Which face, and how it is placed."""
    layout.label(text="Portrait")
    row = layout.row(align=True)
    row.prop(properties, "show_points", toggle=True, icon="POINTCLOUD_POINT")
    row.operator(PORTRAIT_OT_look.bl_idname, text="", icon="VIEWZOOM")
    if properties.place_by_hand:
        layout.prop(properties, "place_by_hand")
        column = layout.column(align=True)
        column.prop(properties, "place_location")
        column.prop(properties, "place_size")
        column.prop(properties, "place_rotation")
    else:
        layout.prop(properties, "face")
        layout.operator(PORTRAIT_OT_place_face.bl_idname, icon="USER")
    draw_moved(layout, moved_points(properties)[0], clip=False)


def draw_clip(layout: Any, properties: Any) -> None:
    """Which face is followed, and what was put right in the clip."""
    layout.label(text="Driving Clip")
    row = layout.row(align=True)
    row.prop(properties, "show_clip_points", text="Show Points", toggle=True, icon="POINTCLOUD_POINT")
    row.operator(PORTRAIT_OT_show_clip.bl_idname, text="", icon="TRACKER")
    row = layout.row(align=True)
    row.enabled = not runner.is_busy_with(properties.id_data)
    row.prop(properties, "driving_face", text="Face")
    row.operator(PORTRAIT_OT_find_faces.bl_idname, text="", icon="COMMUNITY")
    layout.prop(properties, "ease")
    draw_moved(layout, moved_points(properties)[1], clip=True)


def draw_moved(layout: Any, count: int, *, clip: bool) -> None:
    """How many points were moved, with the way back."""
    if count:
        row = layout.row(align=True)
        row.label(text=f"{count} point{'s' if count > 1 else ''} moved", icon="HANDLE_FREE")
        row.operator(PORTRAIT_OT_reset_points.bl_idname, text="", icon="X").clip = clip


def moved_points(properties: Any) -> tuple[int, int]:
    """How many points were moved on the portrait, and on the clip; 0 where that cannot be read."""
    if not properties.corrections:  # what reads them is not loaded before it is needed
        return 0, 0
    from ...errors import InputError
    from ..data import points

    try:
        corrections = points.corrections_of(properties.id_data)
    except InputError:
        return 1, 0
    return len(corrections.portrait), len(corrections.clip)


CLASSES = (PORTRAIT_PT_points,)
