"""The person and the background apart."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import FloatProperty

from ..data.properties import SELECT_FIRST, active_portrait, why_not_editable
from ..running import runner
from ..viewport import cut_out, plane
from .jobs import JobOperator
from .needs import BUSY, set_poll_message

if TYPE_CHECKING:
    from ...pipeline.portrait.cut_out import CutOut

ALPHA_DEPTHS = (32, 64, 128)


class PORTRAIT_OT_cut_out(JobOperator, bpy.types.Operator):
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
    def poll(cls, context: Any) -> bool:
        """There must be a picture that still has its background; a clip is not needed."""
        return set_poll_message(cls, _reason_not_to_cut(active_portrait(context)))

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Cut out; what was cut out before is cut out of its whole picture again."""
        distance = self.distance

        def start(ob: Any, scene: Any) -> runner.RunningJob:
            from ..running import cutting_out  # with all that computes: not before it is needed

            scene_uid = scene.session_uid

            def show(ob: Any, cut: "CutOut", whole: Any) -> None:
                scene = runner.find(bpy.data.scenes, scene_uid)
                for layer in scene.view_layers if scene is not None else ():
                    layer.update()  # where the camera is
                cut_out.show(ob, cut, whole, scene.camera if scene is not None else None, distance)

            return cutting_out.cut_out(ob, cut_out.whole_picture(ob), show)

        return start


def _reason_not_to_cut(ob: Any | None) -> str | None:
    if ob is None:
        return SELECT_FIRST
    if linked := why_not_editable(ob):
        return linked
    image = ob.portrait.portrait
    if image is None:
        return "Choose a portrait first"
    if image.depth in ALPHA_DEPTHS and not plane.is_cut_out(image):
        return "The picture has alpha already"
    return BUSY if runner.is_busy_with(ob) else None


CLASSES = (PORTRAIT_OT_cut_out,)
