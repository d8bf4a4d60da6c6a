"""Presets of the creative parameters, and the way to give one portrait's settings to others."""

from pathlib import Path
from typing import Any

import bpy
from bl_operators.presets import AddPresetBase
from bpy_extras.anim_utils import action_get_channelbag_for_slot

from ...pipeline.records.settings import parameters
from ..data.properties import is_portrait, why_not_editable
from .needs import set_poll_message

SUBFOLDER = "living_portraits"
"""Of Blender's folders of presets."""

OURS = Path(__file__).parents[1]
"""Holds the presets that come with the extension, in ``presets/living_portraits``."""


class PORTRAIT_OT_add_preset(AddPresetBase, bpy.types.Operator):
    """Keep the settings of this portrait as a preset, or remove one"""

    bl_idname = "portrait.add_preset"
    bl_label = "Add Portrait Preset"
    preset_menu = "PORTRAIT_PT_presets"
    preset_subdir = SUBFOLDER
    preset_defines = ("properties = bpy.context.object.portrait",)
    preset_values = tuple(f"properties.{parameter.name}" for parameter in parameters())

    def remove(self, _context: Any, path: str) -> None:
        """Remove a preset of the artist's own."""
        if Path(path).is_relative_to(OURS):
            self.report({"WARNING"}, "This preset comes with Living Portraits and stays")
        else:
            Path(path).unlink()


class PORTRAIT_OT_copy_settings(bpy.types.Operator):
    """Give the settings of the active portrait to the other selected ones"""

    bl_idname = "portrait.copy_settings"
    bl_label = "Copy Settings to Selected"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be portraits to copy from and to."""
        if not is_portrait(getattr(context, "object", None)):
            return set_poll_message(cls, "Make the portrait active whose settings are to be copied")
        return set_poll_message(cls, None if _others(context) else "Select other portraits too, this one last")

    def execute(self, context: Any) -> set[str]:
        """Copy what the sliders show now; keyframes and drivers stay as they are."""
        source, others = context.object.portrait, _others(context)
        for other in others:
            for parameter in parameters():
                setattr(other.portrait, parameter.name, getattr(source, parameter.name))
        animated = [other.name for other in others if _is_animated(other)]
        if animated:
            self.report({"WARNING"}, f"{', '.join(animated)}: keyframes or drivers there stay, and go on to count")
        self.report({"INFO"}, f"Copied the settings to {len(others)} portraits")
        return {"FINISHED"}


def _others(context: Any) -> list[Any]:
    return [
        ob
        for ob in getattr(context, "selected_objects", ())
        if ob != context.object and is_portrait(ob) and why_not_editable(ob) is None
    ]


def _is_animated(ob: Any) -> bool:
    """Whether a creative parameter of an object has keyframes or a driver."""
    data = ob.animation_data
    if data is None:
        return False
    bag = action_get_channelbag_for_slot(data.action, data.action_slot) if data.action else None
    curves = [*data.drivers, *(bag.fcurves if bag else ())]
    return not {curve.data_path for curve in curves}.isdisjoint(f"portrait.{item.name}" for item in parameters())


CLASSES = (PORTRAIT_OT_add_preset, PORTRAIT_OT_copy_settings)


def register() -> None:
    """Let Blender find our presets beside the artist's."""
    bpy.utils.register_preset_path(str(OURS))


def unregister() -> None:
    """Take our presets away."""
    bpy.utils.unregister_preset_path(str(OURS))
