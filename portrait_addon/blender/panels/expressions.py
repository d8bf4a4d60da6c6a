"""The sliders of a portrait that is driven by numbers, in the sidebar."""

from collections.abc import Sequence
from typing import Any, ClassVar

import bpy

from ..data import drive
from ..data.properties import active_portrait, has_sliders
from ..operators.curves_file import PORTRAIT_OT_key_curves, PORTRAIT_OT_save_curves
from ..operators.expressions import PORTRAIT_OT_key_expressions, PORTRAIT_OT_reset_expressions
from ..operators.poses import PORTRAIT_OT_add_ready_poses, PORTRAIT_OT_apply_pose, PORTRAIT_OT_save_pose
from .workflow import SidebarPanel


class PORTRAIT_PT_expressions(SidebarPanel, bpy.types.Panel):
    """Head and gaze; the expressions stand in the panels below."""

    bl_idname = "PORTRAIT_PT_expressions"
    bl_label = "Expressions"
    bl_options = set()

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where they drive the portrait, or add to its clip."""
        ob = active_portrait(context)
        return ob is not None and has_sliders(ob)

    def draw(self, context: Any) -> None:
        """All keys at once, rest, symmetric editing, head and gaze."""
        layout, properties = self.layout, active_portrait(context).portrait.drive
        row = layout.row(align=True)
        row.operator(PORTRAIT_OT_key_expressions.bl_idname, text="Key All", icon="KEY_HLT")
        row.operator(PORTRAIT_OT_reset_expressions.bl_idname, icon="LOOP_BACK")
        row = layout.row(align=True)
        row.operator_menu_enum(PORTRAIT_OT_apply_pose.bl_idname, "pose", icon="POSE_HLT")
        row.operator_context = "INVOKE_DEFAULT"
        row.operator(PORTRAIT_OT_save_pose.bl_idname, text="", icon="ADD")
        row.operator(PORTRAIT_OT_add_ready_poses.bl_idname, text="", icon="ASSET_MANAGER")
        row = layout.row(align=True)
        row.operator_context = "INVOKE_DEFAULT"
        row.operator(PORTRAIT_OT_key_curves.bl_idname, text="Import Keys...", icon="IMPORT")
        row.operator(PORTRAIT_OT_save_curves.bl_idname, text="Export...", icon="EXPORT")
        layout.prop(properties, "symmetric", toggle=True, icon="MOD_MIRROR")
        layout.use_property_split = True
        for names in (("turn", "nod", "tilt"), ("shift_right", "shift_up", "size"), ("gaze_right", "gaze_up")):
            column = layout.column(align=True)
            for name in names:
                column.prop(properties, name, slider=name.startswith("gaze"))
        column = layout.column(align=True)
        column.prop(properties, "idle", slider=True)
        if properties.idle > 0:
            column.prop(properties, "idle_period")
            column.prop(properties, "idle_seed")


class SlidersPanel:
    """Base class of the panels that hold sliders of one part of the face."""

    bl_parent_id = PORTRAIT_PT_expressions.bl_idname
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Portrait"
    bl_options = {"DEFAULT_CLOSED"}

    sliders: ClassVar[Sequence[drive.Slider]]
    layout: Any

    def draw(self, context: Any) -> None:
        """Those of both sides beside each other: the sitter's right is on your left, as in the picture."""
        properties = active_portrait(context).portrait.drive
        column = self.layout.column(align=True)
        if any(len(slider.names) == 2 for slider in self.sliders):
            _, sides = _split(column)
            for side in ("Right", "Left"):
                sides.label(text=side)
        for slider in self.sliders:
            label, values = _split(column)
            label.label(text=slider.label)
            for name in slider.names:
                values.prop(properties, name, text="", slider=True)


def _split(layout: Any) -> tuple[Any, Any]:
    """Room for a label, and for what it says."""
    split = layout.split(factor=0.4, align=True)
    label = split.row()
    label.alignment = "RIGHT"
    return label, split.row(align=True)


class PORTRAIT_PT_brows(SlidersPanel, bpy.types.Panel):
    """The brows."""

    bl_idname = "PORTRAIT_PT_brows"
    bl_label = "Brows"
    sliders = drive.BROWS


class PORTRAIT_PT_eyes(SlidersPanel, bpy.types.Panel):
    """Lids, and each eye's gaze."""

    bl_idname = "PORTRAIT_PT_eyes"
    bl_label = "Eyes"
    sliders = drive.EYES


class PORTRAIT_PT_jaw(SlidersPanel, bpy.types.Panel):
    """The jaw."""

    bl_idname = "PORTRAIT_PT_jaw"
    bl_label = "Jaw"
    sliders = drive.JAW


class PORTRAIT_PT_lips(SlidersPanel, bpy.types.Panel):
    """The lips."""

    bl_idname = "PORTRAIT_PT_lips"
    bl_label = "Lips"
    sliders = drive.LIPS


class PORTRAIT_PT_cheeks(SlidersPanel, bpy.types.Panel):
    """Cheeks and nose."""

    bl_idname = "PORTRAIT_PT_cheeks"
    bl_label = "Cheeks and Nose"
    sliders = drive.CHEEKS


CLASSES = (
    PORTRAIT_PT_expressions,
    PORTRAIT_PT_brows,
    PORTRAIT_PT_eyes,
    PORTRAIT_PT_jaw,
    PORTRAIT_PT_lips,
    PORTRAIT_PT_cheeks,
)
