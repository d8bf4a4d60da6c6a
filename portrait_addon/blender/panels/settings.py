"""The settings in the Object properties."""

from typing import Any

import bpy

from ...pipeline.records.masks import MASKS
from ...pipeline.records.settings import PARTS, parameters
from ..data.properties import is_portrait
from ..operators.cut_out import PORTRAIT_OT_cut_out
from ..viewport import plane
from .performance import draw_parameters
from .presets import draw_presets
from .source import draw_source


class ObjectPanel:
    """Where the settings are, in the Properties editor."""

    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "object"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only portraits have these settings."""
        return is_portrait(getattr(context, "object", None))


class PORTRAIT_PT_object(ObjectPanel, bpy.types.Panel):
    """Portrait and driving clip."""

    bl_idname = "PORTRAIT_PT_object"
    bl_label = "Living Portrait"

    def draw(self, context: Any) -> None:
        """What is animated, by what, when, and where to."""
        draw_source(self.layout, context.object)


class PORTRAIT_PT_parameters(ObjectPanel, bpy.types.Panel):
    """The creative parameters, all animatable."""

    bl_idname = "PORTRAIT_PT_parameters"
    bl_parent_id = "PORTRAIT_PT_object"
    bl_label = "Performance"

    def draw_header_preset(self, context: Any) -> None:
        """The presets, where Blender has its own."""
        draw_presets(self.layout, context)

    def draw(self, context: Any) -> None:
        """One slider a parameter, with its keyframe dot."""
        names = [parameter.name for parameter in parameters() if parameter.name not in PARTS]
        draw_parameters(self.layout, context.object.portrait, names)


class PORTRAIT_PT_object_parts(ObjectPanel, bpy.types.Panel):
    """Strengths of parts of the face."""

    bl_idname = "PORTRAIT_PT_object_parts"
    bl_parent_id = "PORTRAIT_PT_parameters"
    bl_label = "Parts of the Face"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """On top of those of eyes, brows and mouth."""
        draw_parameters(self.layout, context.object.portrait, PARTS)


class PORTRAIT_PT_masks(ObjectPanel, bpy.types.Panel):
    """What is painted over the portrait, and its teeth."""

    bl_idname = "PORTRAIT_PT_masks"
    bl_parent_id = "PORTRAIT_PT_object"
    bl_label = "Masks and Teeth"
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
        if properties.shading == "LIT" and not plane.lamps_before(context.object, context.scene):
            layout.label(text="No lamp stands before the plane", icon="INFO")
        layout.operator(PORTRAIT_OT_cut_out.bl_idname, icon="MOD_MASK")
        layout.prop(properties, "output_folder")
        layout.prop(properties, "bake_range")
        layout.prop(properties, "frame_format")
        layout.column().prop(properties, "passes")
        layout.prop(properties, "multilayer")


CLASSES = (
    PORTRAIT_PT_object,
    PORTRAIT_PT_parameters,
    PORTRAIT_PT_object_parts,
    PORTRAIT_PT_masks,
    PORTRAIT_PT_output,
)
