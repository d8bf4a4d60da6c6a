"""What is animated, and by what."""

from typing import Any

import bpy

from ..data.properties import active_portrait, follows_expressions
from ..operators.clip import PORTRAIT_OT_load_clip
from ..operators.neutral import PORTRAIT_OT_go_to_neutral, PORTRAIT_OT_step_neutral, PORTRAIT_OT_use_current_frame
from ..running import runner
from .workflow import SidebarPanel


class PORTRAIT_PT_source(SidebarPanel, bpy.types.Panel):
    """Portrait and clip."""

    bl_idname = "PORTRAIT_PT_source"
    bl_label = "Source"
    bl_options = set()

    def draw(self, context: Any) -> None:
        """Both, and the frame at rest."""
        draw_source(self.layout, active_portrait(context))


def draw_source(layout: Any, ob: Any) -> None:
    """Portrait and what drives it, of a clip also neutral and start frame; grey while a job works with them."""
    layout.use_property_split = True
    column = layout.column()
    column.use_property_decorate = False
    column.enabled = not runner.is_busy_with(ob)
    column.template_ID(ob.portrait, "portrait", open="image.open", text="Portrait")
    column.row().prop(ob.portrait, "driving_source", expand=True)
    if follows_expressions(ob):
        return
    column.template_ID(ob.portrait, "clip", open=PORTRAIT_OT_load_clip.bl_idname, text="Driving Clip")
    draw_neutral(column, ob.portrait)
    column.prop(ob.portrait, "start_frame")


def draw_neutral(layout: Any, properties: Any) -> None:
    """The neutral frame, with ways to another and to where it is; what is chosen but not yet tracked is said."""
    draw_automatic(layout, properties, "neutral_frame")
    if properties.tracked_frames and not properties.auto_neutral_frame:
        row = layout.row(align=True)
        row.alignment = "RIGHT"
        row.operator(PORTRAIT_OT_step_neutral.bl_idname, text="", icon="TRIA_LEFT").forward = False
        row.operator(PORTRAIT_OT_step_neutral.bl_idname, text="", icon="TRIA_RIGHT").forward = True
        row.operator(PORTRAIT_OT_use_current_frame.bl_idname, text="", icon="EYEDROPPER")
        row.operator(PORTRAIT_OT_go_to_neutral.bl_idname, text="", icon="TIME")
    if properties.tracked_neutral and properties.neutral_frame not in (0, properties.tracked_neutral):
        layout.label(text=f"Track again to use neutral frame {properties.neutral_frame}", icon="INFO")


def draw_automatic(layout: Any, properties: Any, name: str) -> None:
    """A frame number that is found by itself, grey, until its switch says that it is chosen."""
    row = layout.row(align=True)
    row.use_property_decorate = False
    automatic = getattr(properties, f"auto_{name}")
    value = row.row(align=True)
    value.enabled = not automatic
    value.prop(properties, f"found_{name}" if automatic else name)
    switch = row.row(align=True)
    switch.use_property_split, switch.ui_units_x = False, 2.2
    switch.prop(properties, f"auto_{name}", text="Auto", toggle=True)


CLASSES = (PORTRAIT_PT_source,)
