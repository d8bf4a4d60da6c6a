"""Depth on a portrait's plane: what lamps, shadows and a camera's focus need."""

from typing import Any

import bpy
import numpy as np
from bpy.props import FloatProperty

from ...errors import InputError
from ..data.properties import active_portrait, scene_of, why_not_editable
from .needs import NeedsPortrait

LONGER_SIDE = 512
"""Of the picture of heights, in pixels."""


class PORTRAIT_OT_add_depth(NeedsPortrait, bpy.types.Operator):
    """Let the person rise out of the plane as the head that fits the portrait does: lamps and depth of field then see a face, no board"""  # noqa: E501

    bl_idname = "portrait.add_depth"
    bl_label = "Add Depth"
    bl_options = {"REGISTER", "UNDO"}

    strength: FloatProperty(
        name="Depth",
        description="How far the person stands out; 1 is as deep as a head",
        default=0.5,
        min=0,
        soft_max=1,
        max=4,
    )

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait with a picture, and it must be one that can be changed."""
        if reason := super().why_not(context):
            return reason
        if context.mode != "OBJECT":
            return "Go to object mode to add depth"
        ob = active_portrait(context)
        return "Choose a portrait first" if ob.portrait.portrait is None else why_not_editable(ob)

    def execute(self, context: Any) -> set[str]:
        """Compute the relief, and lay it under the plane's picture."""
        from ...pipeline.portrait.prepared import PreparedPortrait
        from ...pipeline.portrait.relief import relief
        from ..output import displacement
        from ..running import object_cache

        ob = active_portrait(context)
        try:
            heights = relief(PreparedPortrait(object_cache.portrait_of(ob)), LONGER_SIDE)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        displacement.displace(ob, heights, self.strength, _eye(ob, scene_of(ob).camera))
        return {"FINISHED"}


def _eye(ob: Any, camera: Any | None) -> Any:
    """Where the scene's camera stands in the portrait's space; without one before the plane, two heights away."""
    place = ob.matrix_world.inverted() @ camera.matrix_world.translation if camera is not None else None
    height = ob.dimensions.z / ob.scale.z
    before = place is not None and place.y < -height / 2
    return np.array(place if before else (0.0, -2 * height, 0.0), np.float64)


CLASSES = (PORTRAIT_OT_add_depth,)
