"""Look straight at a portrait in the 3D view."""

from typing import Any

import bpy
from bpy.props import StringProperty

from ..data.properties import active_portrait, is_portrait
from ..viewport import areas
from .needs import NeedsPortrait


class PORTRAIT_OT_look(NeedsPortrait, bpy.types.Operator):
    """Look straight at the portrait in this view, beside the sidebar; shows its picture if the shading hides it"""

    bl_idname = "portrait.look"
    bl_label = "Look at Portrait"

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait, and a view."""
        in_view = context.area is not None and context.area.type == "VIEW_3D"
        return super().why_not(context) or (None if in_view else "Use this in a 3D view")

    def execute(self, context: Any) -> set[str]:
        """Turn the view, and its shading if need be."""
        area = context.area
        areas.look_at(area, active_portrait(context))
        if hides_pictures(area.spaces.active):
            area.spaces.active.shading.type = "MATERIAL"
        return {"FINISHED"}


class PORTRAIT_OT_select(bpy.types.Operator):
    """Select this portrait and make it the active object"""

    bl_idname = "portrait.select"
    bl_label = "Select Portrait"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Portrait", description="Name of the object", options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Select it, and nothing else."""
        ob = context.view_layer.objects.get(self.name)
        if ob is None or not is_portrait(ob):
            self.report({"ERROR"}, f"There is no portrait {self.name} in this view layer.")
            return {"CANCELLED"}
        for other in context.selected_objects:
            other.select_set(False)
        ob.select_set(True)
        context.view_layer.objects.active = ob
        return {"FINISHED"}


def hides_pictures(space: Any | None) -> bool:
    """Whether a 3D view shows a plane without its picture."""
    if space is None or space.type != "VIEW_3D":
        return False
    shading = space.shading
    return shading.type == "WIREFRAME" or (shading.type == "SOLID" and shading.color_type != "TEXTURE")


CLASSES = (PORTRAIT_OT_look, PORTRAIT_OT_select)
