"""The camera that sees the portrait: its distance, and how far to the side it stands; in the sidebar."""

from typing import Any

import bpy

from ..data.properties import active_portrait
from ..operators.camera import (
    PORTRAIT_OT_anaglyph,
    PORTRAIT_OT_auto_distance,
    PORTRAIT_OT_follow_camera,
    PORTRAIT_OT_leave_camera,
    PORTRAIT_OT_make_stereo_pair,
)
from ..output import scene_camera
from .performance import CAMERA, PORTRAIT_PT_performance, draw_parameters
from .workflow import SidebarPanel


class PORTRAIT_PT_camera(SidebarPanel, bpy.types.Panel):
    """Distance with the lens that goes with it, angles, eye, background."""

    bl_idname = "PORTRAIT_PT_camera"
    bl_parent_id = PORTRAIT_PT_performance.bl_idname
    bl_label = "Camera"

    def draw(self, context: Any) -> None:
        """The fitted distance in words, where that is chosen."""
        from ..running import object_cache

        layout, ob = self.layout, active_portrait(context)
        properties, own = ob.portrait, object_cache.own_camera_in_memory(ob)
        auto = properties.camera_distance == 0
        draw_parameters(layout, properties, CAMERA[:1])
        layout.operator(PORTRAIT_OT_auto_distance.bl_idname, depress=auto)
        if own is not None:
            metres = own.metres if auto else properties.camera_distance
            sure = "" if own.sure else ", assumed"
            layout.label(text=f"{metres:.2f} m, lens {own.lens * metres / own.metres:.0f} mm{sure}", icon="CAMERA_DATA")
        draw_parameters(layout, properties, CAMERA[1:])
        row = layout.row(align=True)
        row.operator(PORTRAIT_OT_follow_camera.bl_idname, icon="VIEW_CAMERA")
        if scene_camera.seen_camera(ob) is not None:
            row.operator(PORTRAIT_OT_leave_camera.bl_idname, text="", icon="X")
        row = layout.row(align=True)
        row.operator(PORTRAIT_OT_make_stereo_pair.bl_idname, icon="CAMERA_STEREO")
        row.operator(PORTRAIT_OT_anaglyph.bl_idname)


CLASSES = (PORTRAIT_PT_camera,)
