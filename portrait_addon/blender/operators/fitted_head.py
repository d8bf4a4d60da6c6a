"""The head behind the portrait, as a mesh of its own."""

from dataclasses import replace
from math import hypot
from typing import Any

import bpy
from bpy.props import FloatProperty

from ...errors import InputError
from ..data.properties import active_portrait, why_not_editable
from .needs import NeedsPerformance


class PORTRAIT_OT_add_fitted_head(NeedsPerformance, bpy.types.Operator):
    """Make a mesh of the head that fits the portrait, with 52 shape keys and a camera that sees it as the picture does; what the clip says is keyed on it"""  # noqa: E501

    bl_idname = "portrait.add_fitted_head"
    bl_label = "Add Fitted Head"
    bl_options = {"REGISTER", "UNDO"}

    lens: FloatProperty(
        name="Lens",
        description=(
            "Focal length that the picture was taken with, uncut, as converted to 36 x 24 mm. The camera's distance "
            "follows from it. 0 takes the one that the picture's file names; where it names none, 85 mm are assumed"
        ),
        default=0,
        min=0,
        max=1000,
        unit="CAMERA",
    )

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait that can be changed, and it must have a picture."""
        if reason := super().why_not(context):
            return reason
        if context.mode != "OBJECT":
            return "Go to object mode to add a head"
        ob = active_portrait(context)
        return "Choose a portrait first" if ob.portrait.portrait is None else why_not_editable(ob)

    def execute(self, context: Any) -> set[str]:
        """Make it, or give the one that is there the new shape; key it if there is a clip."""
        from ...pipeline.head.camera import FULL_FRAME_DIAGONAL
        from ...pipeline.head.landmarks import load_landmarks
        from ...pipeline.head.model import load_head
        from ...pipeline.head.projecting import PortraitHead
        from ...pipeline.head.resting import change_to_rest
        from ...pipeline.portrait.prepared import PreparedPortrait
        from ...pipeline.timeline.head_motion import head_motion
        from ..output import fitted_head, synthetic_label
        from ..running import object_cache, timing

        ob, scene = active_portrait(context), context.scene
        performance = self.performance(ob, as_chosen=True) if ob.portrait.clip is not None else None
        if performance is None and ob.portrait.clip is not None:
            return {"CANCELLED"}
        try:
            portrait = object_cache.portrait_of(ob)
            taken = replace(portrait, lens=self.lens) if self.lens else portrait
            prepared, model = PreparedPortrait(taken), load_landmarks()
            fit, share = prepared.head, prepared.at_rest.share
            shape = PortraitHead.of(load_head(), fit, fit.weights + share * change_to_rest(model, fit.weights))
            specs = []
            if performance is not None:
                specs = timing.plan_specs(ob, scene, performance, object_cache.library_of(ob))
            motion = head_motion([spec.mix for spec in specs], shape)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        head = fitted_head.make(ob, load_head(), shape, portrait)
        if specs:
            start = ob.portrait.start_frame
            fitted_head.key(head, range(start, start + len(specs)), motion)
        synthetic_label.mark(scene)
        keyed = f", keyed {len(specs)} frames" if specs else ""
        lens = fit.camera.focal * FULL_FRAME_DIAGONAL / hypot(*portrait.size)
        self.report({"INFO"}, f"{head.name}: {fit.pose.distance / 1000:.2f} m from a lens of {lens:.0f} mm{keyed}")
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_add_fitted_head,)
