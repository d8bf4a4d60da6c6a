"""The portrait among other things in a scene: cut out, with anchors and channels; in the sidebar."""

from typing import Any

import bpy

from ..data.anchors import anchors_of
from ..data.properties import active_portrait
from ..operators.anchors import PORTRAIT_OT_add_anchors
from ..operators.cut_out import PORTRAIT_OT_cut_out
from ..operators.depth import PORTRAIT_OT_add_depth
from ..operators.fitted_head import PORTRAIT_OT_add_fitted_head
from .workflow import SidebarPanel


class PORTRAIT_PT_in_scene(SidebarPanel, bpy.types.Panel):
    """Before a background of its own, with something to hang a hat on."""

    bl_idname = "PORTRAIT_PT_in_scene"
    bl_label = "In the Scene"

    def draw(self, context: Any) -> None:
        """The buttons; how deep the face is before the plane."""
        layout, root = self.layout, anchors_of(active_portrait(context))
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator(PORTRAIT_OT_cut_out.bl_idname, icon="MOD_MASK")
        layout.operator(PORTRAIT_OT_add_anchors.bl_idname, icon="EMPTY_ARROWS")
        if root is not None:
            layout.label(text=f"On {root.name}", icon="ACTION")
            layout.prop(root, "scale", index=1, text="Relief")
        layout.operator(PORTRAIT_OT_add_depth.bl_idname, icon="MOD_DISPLACE")
        layout.operator(PORTRAIT_OT_add_fitted_head.bl_idname, icon="MESH_MONKEY")


class PORTRAIT_PT_channels(SidebarPanel, bpy.types.Panel):
    """What drivers can read of a portrait."""

    bl_idname = "PORTRAIT_PT_channels"
    bl_parent_id = PORTRAIT_PT_in_scene.bl_idname
    bl_label = "Channels"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be anchors."""
        return super().poll(context) and anchors_of(active_portrait(context)) is not None

    def draw(self, context: Any) -> None:
        """Each as it is now, to be copied as a driver."""
        from ...pipeline.frame.result import CHANNELS

        root, column = anchors_of(active_portrait(context)), self.layout.column(align=True)
        for name in CHANNELS:
            if root is not None and name in root:
                column.prop(root, f'["{name}"]', text=name)


CLASSES = (PORTRAIT_PT_in_scene, PORTRAIT_PT_channels)
