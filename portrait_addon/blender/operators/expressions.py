"""The sliders of a portrait: back to rest, and keyed all at once."""

from typing import Any

import bpy

from ..data.drive import KEYED
from ..data.properties import active_portrait, has_sliders, why_not_editable
from .needs import NeedsPortrait


class DriveOperator(NeedsPortrait):
    """What these operators have in common: they need a portrait that sliders drive, and that can be changed."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be one."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        return why_not_editable(ob) if has_sliders(ob) else "Let the portrait be driven by Expressions first"


class PORTRAIT_OT_reset_expressions(DriveOperator, bpy.types.Operator):
    """Bring all sliders of the expressions to rest; what is keyed stays"""

    bl_idname = "portrait.reset_expressions"
    bl_label = "Reset to Rest"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """All are 0, and the size is 1."""
        ob = active_portrait(context)
        for name in KEYED:
            ob.portrait.drive.property_unset(name)
        ob.update_tag()
        return {"FINISHED"}


class PORTRAIT_OT_key_expressions(DriveOperator, bpy.types.Operator):
    """Insert a key at the current frame for every slider of the expressions"""

    bl_idname = "portrait.key_expressions"
    bl_label = "Key All Expressions"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """In a group of their own, whatever the keying set."""
        ob, frame = active_portrait(context), context.scene.frame_current_final
        for name in KEYED:
            ob.keyframe_insert(f"portrait.drive.{name}", frame=frame, group="Expressions")
        self.report({"INFO"}, f"Keyed {len(KEYED)} sliders at frame {frame:g}")
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_reset_expressions, PORTRAIT_OT_key_expressions)
