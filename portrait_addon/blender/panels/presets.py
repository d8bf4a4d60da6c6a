"""The presets, behind a button of the panels that show the parameters."""

from typing import Any

import bpy
from bl_ui.utils import PresetPanel

from ..data.properties import is_portrait
from ..operators.presets import SUBFOLDER, PORTRAIT_OT_add_preset, PORTRAIT_OT_copy_settings


class PORTRAIT_PT_presets(PresetPanel, bpy.types.Panel):
    """Ours and the artist's own presets, with a field to keep one more."""

    bl_label = "Presets"
    preset_subdir = SUBFOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = PORTRAIT_OT_add_preset.bl_idname


def draw_presets(layout: Any, context: Any) -> None:
    """The presets in a panel's header, and the way to give settings to other portraits; both need an active one."""
    row = layout.row(align=True)
    row.enabled = is_portrait(getattr(context, "object", None))
    row.operator(PORTRAIT_OT_copy_settings.bl_idname, text="", icon="COPYDOWN", emboss=False)
    PORTRAIT_PT_presets.draw_panel_header(row)


CLASSES = (PORTRAIT_PT_presets,)
