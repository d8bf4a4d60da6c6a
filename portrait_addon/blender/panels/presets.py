"""The presets, behind a button of the panels that show the parameters."""

from typing import Any

import bpy
from bl_ui.utils import PresetPanel

from ..operators.presets import SUBFOLDER, PORTRAIT_OT_add_preset, PORTRAIT_OT_copy_settings


class PORTRAIT_PT_presets(PresetPanel, bpy.types.Panel):
    """Ours and the artist's own presets, with a field to keep one more."""

    bl_label = "Presets"
    preset_subdir = SUBFOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = PORTRAIT_OT_add_preset.bl_idname


def draw_presets(layout: Any) -> None:
    """The presets, and the way to give settings to other portraits."""
    row = layout.row(align=True)
    PORTRAIT_PT_presets.draw_menu(row)
    row.operator(PORTRAIT_OT_copy_settings.bl_idname, text="", icon="COPYDOWN")


CLASSES = (PORTRAIT_PT_presets,)
