"""The settings in the Object properties."""

from typing import Any

import bpy

from ...pipeline.records.masks import MASKS
from ...pipeline.records.settings import parameters
from ..data.properties import is_portrait
from ..operators.clip import PORTRAIT_OT_load_clip
from ..operators.cut_out import PORTRAIT_OT_cut_out
from .presets import PORTRAIT_PT_presets

INPUTS = ("portrait", "image.open"), ("clip", PORTRAIT_OT_load_clip.bl_idname)
"""The two data-blocks, and the operators that load them from files."""


class ObjectPanel:
    """Where the settings are, in the Properties editor."""

    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "object"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only portraits have these settings."""
        return is_portrait(context.object)


class PORTRAIT_PT_object(ObjectPanel, bpy.types.Panel):
    """Portrait and driving clip."""

    bl_idname = "PORTRAIT_PT_object"
    bl_label = "Living Portrait"

    def draw(self, context: Any) -> None:
        """What is animated, by what, when, and where to."""
        self.layout.use_property_split = True
        for name, open_file in INPUTS:
            label = context.object.portrait.bl_rna.properties[name].name
            self.layout.template_ID(context.object.portrait, name, open=open_file, text=label)
        column = self.layout.column()
        column.use_property_decorate = False
        for name in ("neutral_frame", "start_frame"):
            column.prop(context.object.portrait, name)


class PORTRAIT_PT_parameters(ObjectPanel, bpy.types.Panel):
    """The creative parameters, all animatable."""

    bl_idname = "PORTRAIT_PT_parameters"
    bl_parent_id = "PORTRAIT_PT_object"
    bl_label = "Performance"

    def draw_header_preset(self, _context: Any) -> None:
        """The presets, where Blender has its own."""
        PORTRAIT_PT_presets.draw_panel_header(self.layout)

    def draw(self, context: Any) -> None:
        """One slider a parameter, with its keyframe dot."""
        self.layout.use_property_split = True
        draw_parameters(self.layout, context.object.portrait)


class PORTRAIT_PT_masks(ObjectPanel, bpy.types.Panel):
    """What is painted over the portrait."""

    bl_idname = "PORTRAIT_PT_masks"
    bl_parent_id = "PORTRAIT_PT_object"
    bl_label = "Masks"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """An image for each."""
        self.layout.use_property_split = True
        for mask in MASKS:
            name = f"{mask.name}_mask"
            self.layout.template_ID(context.object.portrait, name, new="image.new", open="image.open", text=mask.label)


class PORTRAIT_PT_output(ObjectPanel, bpy.types.Panel):
    """What a bake writes, and where."""

    bl_idname = "PORTRAIT_PT_output"
    bl_parent_id = "PORTRAIT_PT_object"
    bl_label = "Output"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Folder, format and passes."""
        layout, properties = self.layout, context.object.portrait
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(properties, "shading")
        layout.operator(PORTRAIT_OT_cut_out.bl_idname, icon="MOD_MASK")
        layout.prop(properties, "output_folder")
        layout.prop(properties, "frame_format")
        layout.column().prop(properties, "passes")
        layout.prop(properties, "multilayer")


def draw_parameters(layout: Any, properties: Any) -> None:
    """Every creative parameter."""
    for parameter in parameters():
        layout.prop(properties, parameter.name, slider=True)


CLASSES = (PORTRAIT_PT_object, PORTRAIT_PT_parameters, PORTRAIT_PT_masks, PORTRAIT_PT_output)
