"""Anchors and channels, in the sidebar."""

from typing import Any

import bpy

from ..operators.anchors import PORTRAIT_OT_add_anchors
from .workflow import SidebarPanel


class PORTRAIT_PT_anchors(SidebarPanel, bpy.types.Panel):
    """Something to hang a hat on."""

    bl_idname = "PORTRAIT_PT_anchors"
    bl_label = "Anchors"

    def draw(self, context: Any) -> None:
        """The button; how deep the face is before the plane."""
        layout, root = self.layout, context.object.portrait.result
        layout.operator(PORTRAIT_OT_add_anchors.bl_idname, icon="EMPTY_ARROWS")
        if root is not None:
            layout.label(text=f"Keyed on {root.name}", icon="ACTION")
            layout.prop(root, "scale", index=1, text="Relief")


class PORTRAIT_PT_channels(SidebarPanel, bpy.types.Panel):
    """What drivers can read of a portrait."""

    bl_idname = "PORTRAIT_PT_channels"
    bl_parent_id = PORTRAIT_PT_anchors.bl_idname
    bl_label = "Channels"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be anchors."""
        return super().poll(context) and context.object.portrait.result is not None

    def draw(self, context: Any) -> None:
        """Each as it is now, to be copied as a driver."""
        from ...pipeline.frame.result import CHANNELS

        root, column = context.object.portrait.result, self.layout.column(align=True)
        for name in CHANNELS:
            if name in root:
                column.prop(root, f'["{name}"]', text=name)


CLASSES = (PORTRAIT_PT_anchors, PORTRAIT_PT_channels)
