"""The performance for other rigs, in the sidebar."""

from typing import Any

import bpy

from ..data.properties import active_portrait
from ..operators.rig import PORTRAIT_OT_make_rig
from .workflow import SidebarPanel


class PORTRAIT_PT_rig(SidebarPanel, bpy.types.Panel):
    """Empties with an Action."""

    bl_idname = "PORTRAIT_PT_rig"
    bl_label = "Performance for Rigs"

    def draw(self, context: Any) -> None:
        """The button; which empties are keyed."""
        rig = active_portrait(context).portrait.rig
        self.layout.operator(PORTRAIT_OT_make_rig.bl_idname, icon="EMPTY_AXIS")
        if rig is not None:
            self.layout.label(text=f"Keyed on {rig.name}", icon="ACTION")


CLASSES = (PORTRAIT_PT_rig,)
