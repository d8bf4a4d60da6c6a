"""The creative parameters in the sidebar: those that are moved most, and the finer ones."""

from typing import Any

import bpy

from ...pipeline.records.settings import PARTS, parameters
from ..data.properties import active_portrait
from .presets import draw_presets
from .workflow import SidebarPanel

MAIN = ("head_motion", "expression", "eyes", "brows", "mouth", "absolute", "wrinkles")
"""Parameters that are always in sight."""

CAMERA = ("camera_distance", "camera_turn", "camera_nod", "camera_tilt", "stereo_eye", "background_distance")
"""Those that stand in a panel of their own, see `camera`."""


class PORTRAIT_PT_performance(SidebarPanel, bpy.types.Panel):
    """How much of the performance is taken over."""

    bl_idname = "PORTRAIT_PT_performance"
    bl_label = "Performance"
    bl_options = set()

    def draw_header_preset(self, context: Any) -> None:
        """The presets, where Blender has its own."""
        draw_presets(self.layout, context)

    def draw(self, context: Any) -> None:
        """The sliders that are moved most."""
        draw_parameters(self.layout, active_portrait(context).portrait, MAIN)


class PORTRAIT_PT_parts(SidebarPanel, bpy.types.Panel):
    """Strengths of parts of the face."""

    bl_idname = "PORTRAIT_PT_parts"
    bl_parent_id = PORTRAIT_PT_performance.bl_idname
    bl_label = "Parts of the Face"

    def draw(self, context: Any) -> None:
        """On top of those of eyes, brows and mouth."""
        draw_parameters(self.layout, active_portrait(context).portrait, PARTS)


class PORTRAIT_PT_fine_tuning(SidebarPanel, bpy.types.Panel):
    """The other parameters."""

    bl_idname = "PORTRAIT_PT_fine_tuning"
    bl_parent_id = PORTRAIT_PT_performance.bl_idname
    bl_label = "Fine Tuning"

    def draw(self, context: Any) -> None:
        """The rest of the sliders."""
        names = [parameter.name for parameter in parameters() if parameter.name not in (*MAIN, *PARTS, *CAMERA)]
        draw_parameters(self.layout, active_portrait(context).portrait, names)


def draw_parameters(layout: Any, properties: Any, names: Any) -> None:
    """One slider a parameter, with its keyframe dot."""
    layout.use_property_split = True
    column = layout.column(align=True)
    for name in names:
        column.prop(properties, name, slider=True)


CLASSES = (PORTRAIT_PT_performance, PORTRAIT_PT_parts, PORTRAIT_PT_fine_tuning)
