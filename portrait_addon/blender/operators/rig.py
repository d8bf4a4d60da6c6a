"""The performance as empties with an Action."""

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty

from ..data.properties import active_portrait
from .timing import ClipOperator


class PORTRAIT_OT_make_rig(ClipOperator, bpy.types.Operator):
    """Key what the portrait shows on empties, to drive other rigs with: 52 expressions, head, gaze and points"""

    bl_idname = "portrait.make_rig"
    bl_label = "Key Performance on Empties"
    bl_options = {"REGISTER", "UNDO"}

    tolerance: FloatProperty(
        name="Tolerance",
        description=(
            "How far curves with few keys may miss the tracked ones: at 1 by 0.01 of an expression, a quarter of a "
            "degree and half a millimetre. 0 keys every frame"
        ),
        default=1,
        min=0,
        soft_max=10,
    )
    points: BoolProperty(name="Points", description="Also the 68 points of the face, as children of the head")

    def execute(self, context: Any) -> set[str]:
        """Make the empties, or give those that are there new curves."""
        from ...pipeline.timeline.rig_channels import rig_channels
        from ..output import rig
        from ..running import object_cache, timing

        ob, scene = active_portrait(context), context.scene
        performance = self.performance(ob)
        if performance is None:
            return {"CANCELLED"}
        specs = timing.plan_specs(ob, scene, performance, object_cache.library_of(ob))
        frames = range(ob.portrait.start_frame, ob.portrait.start_frame + len(specs))
        channels = rig_channels([spec.mix for spec in specs], performance)
        root = rig.make_rig(ob, scene, channels, frames, self.tolerance, points=self.points)
        self.report({"INFO"}, f"Keyed {len(specs)} frames on {root.name}")
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_make_rig,)
