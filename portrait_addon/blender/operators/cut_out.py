"""The person and the background apart."""

from typing import Any

import bpy
from bpy.props import FloatProperty

from ...errors import InputError
from ..data.properties import active_portrait, why_not_editable
from ..running import runner
from ..viewport import cut_out, plane
from .needs import BUSY, NeedsPortrait

ALPHA_DEPTHS = (32, 64, 128)


class PORTRAIT_OT_cut_out(NeedsPortrait, bpy.types.Operator):
    """Cut the person out, and put the background, filled where he was, on a plane of its own behind"""

    bl_idname = "portrait.cut_out"
    bl_label = "Cut Out"
    bl_options = {"REGISTER", "UNDO"}

    distance: FloatProperty(
        name="Distance",
        description="How far the background is behind the person, in the portrait's own space",
        default=1,
        min=0.001,
        subtype="DISTANCE",
    )

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a picture that still has its background."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        if linked := why_not_editable(ob):
            return linked
        image = ob.portrait.portrait
        if image is None:
            return "Choose a portrait first"
        if image.depth in ALPHA_DEPTHS and not plane.is_cut_out(image):
            return "The picture has alpha already"
        return BUSY if runner.is_busy_with(ob) else None

    def execute(self, context: Any) -> set[str]:
        """Cut out; what was cut out before is cut out of its whole picture again."""
        from ...pipeline.portrait.cut_out import CutOut, NoPersonError
        from ...pipeline.portrait.prepared import PreparedPortrait
        from ..running import object_cache

        ob = active_portrait(context)
        whole = cut_out.whole_picture(ob)
        if ob.portrait.portrait != whole:
            ob.portrait.portrait = whole
        try:
            cut = CutOut.of(PreparedPortrait(object_cache.portrait_of(ob)))
        except NoPersonError as error:
            self.report({"ERROR"}, f"{whole.name}: {error}")
            return {"CANCELLED"}
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.view_layer.update()
        cut_out.show(ob, cut, whole, context.scene.camera, self.distance)
        if ob.portrait.tracked_frames:
            self.report({"INFO"}, "Cut out. Bake again: the frames now have alpha")
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_cut_out,)
