"""The way to the finished picture, in the sidebar."""

from typing import Any

import bpy

from ..data.properties import active_portrait
from ..operators.render import (
    PORTRAIT_OT_add_strip,
    PORTRAIT_OT_bake_passes,
    PORTRAIT_OT_frame_camera,
    PORTRAIT_OT_rebuild_in_compositor,
    PORTRAIT_OT_set_up_render,
    can_be_rebuilt,
)
from .workflow import SidebarPanel


class PORTRAIT_PT_render(SidebarPanel, bpy.types.Panel):
    """Camera, compositor, sequencer."""

    bl_idname = "PORTRAIT_PT_render"
    bl_label = "Render"

    def draw(self, context: Any) -> None:
        """A button each."""
        column = self.layout.column(align=True)
        column.operator(PORTRAIT_OT_frame_camera.bl_idname, icon="CAMERA_DATA")
        column.operator(PORTRAIT_OT_set_up_render.bl_idname, icon="NODE_COMPOSITING")
        if can_be_rebuilt(active_portrait(context)):
            column.operator(PORTRAIT_OT_rebuild_in_compositor.bl_idname, icon="NODETREE")
        else:
            row = column.row(align=True)
            row.operator_context = "INVOKE_DEFAULT"
            row.operator(PORTRAIT_OT_bake_passes.bl_idname, icon="NODETREE")
        column.operator(PORTRAIT_OT_add_strip.bl_idname, icon="SEQUENCE")


CLASSES = (PORTRAIT_PT_render,)
