"""Look straight at a portrait in the 3D view."""

from typing import Any

import bpy

from .needs import NeedsPortrait


class PORTRAIT_OT_look(NeedsPortrait, bpy.types.Operator):
    """Look straight at the portrait in this view, as large as the view; shows its picture if the shading hides it"""

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
        region = next(region for region in area.regions if region.type == "WINDOW")
        with context.temp_override(region=region, selected_objects=[context.object]):
            bpy.ops.view3d.view_axis(type="FRONT", align_active=True)
            bpy.ops.view3d.view_selected()
        if hides_pictures(area.spaces.active):
            area.spaces.active.shading.type = "MATERIAL"
        return {"FINISHED"}


def hides_pictures(space: Any | None) -> bool:
    """Whether a 3D view shows a plane without its picture."""
    if space is None or space.type != "VIEW_3D":
        return False
    shading = space.shading
    return shading.type == "WIREFRAME" or (shading.type == "SOLID" and shading.color_type != "TEXTURE")


CLASSES = (PORTRAIT_OT_look,)
