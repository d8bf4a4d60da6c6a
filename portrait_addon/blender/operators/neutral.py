"""The neutral frame: take the current one, step through the rests that tracking found, go to where it is."""

from typing import Any

import bpy
from bpy.props import BoolProperty

from ..data.properties import active_portrait
from ..running import runner
from .needs import BUSY, NeedsTrackedClip


def candidates_of(properties: Any) -> list[int]:
    """Numbers of the frames that may be neutral, the best first; none before tracking."""
    return [int(number) for number in properties.candidates.split()]


class ChangesNeutralFrame(NeedsTrackedClip):
    """Base class of the operators that choose another neutral frame: not while the clip is tracked."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a tracked clip and no job of the portrait."""
        return super().why_not(context) or (BUSY if runner.is_busy_with(active_portrait(context)) else None)


class PORTRAIT_OT_use_current_frame(ChangesNeutralFrame, bpy.types.Operator):
    """Take the clip's frame that is shown now as the neutral frame"""

    bl_idname = "portrait.use_current_frame"
    bl_label = "Use Current Frame"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Note the number; tracking again puts it to use."""
        from ..running import timing

        ob, scene = active_portrait(context), context.scene
        performance = self.performance(ob)
        if performance is None:
            return {"CANCELLED"}
        number = timing.frame_shown(ob, scene, performance, context.evaluated_depsgraph_get())
        if number is None:
            self.report({"ERROR"}, "The driving clip is not shown in this frame. Choose another frame.")
            return {"CANCELLED"}
        if not performance.found[number - 1]:
            self.report({"ERROR"}, f"No face was found in frame {number} of the clip. Choose another frame.")
            return {"CANCELLED"}
        ob.portrait.neutral_frame = number
        return {"FINISHED"}


class PORTRAIT_OT_step_neutral(ChangesNeutralFrame, bpy.types.Operator):
    """Take the next frame of the clip whose face is at rest as the neutral frame, and go there"""

    bl_idname = "portrait.step_neutral"
    bl_label = "Next Rest"
    bl_options = {"REGISTER", "UNDO"}

    forward: BoolProperty(name="Forward", description="To the next best rest, else to a better one", default=True)

    def execute(self, context: Any) -> set[str]:
        """From the best to the worst and round again."""
        properties = active_portrait(context).portrait
        candidates = candidates_of(properties)
        if not candidates:
            self.report({"ERROR"}, "Track the clip again to find its rests.")
            return {"CANCELLED"}
        now = properties.neutral_frame or properties.tracked_neutral
        step = 1 if self.forward else -1
        place = candidates.index(now) + step if now in candidates else 0
        properties.neutral_frame = candidates[place % len(candidates)]
        bpy.ops.portrait.go_to_neutral()
        return {"FINISHED"}


class PORTRAIT_OT_go_to_neutral(NeedsTrackedClip, bpy.types.Operator):
    """Go to the scene's frame that shows the neutral frame"""

    bl_idname = "portrait.go_to_neutral"
    bl_label = "Go to Neutral Frame"

    def execute(self, context: Any) -> set[str]:
        """Move the current frame."""
        from ..running import timing

        ob, scene = active_portrait(context), context.scene
        performance = self.performance(ob)
        if performance is None:
            return {"CANCELLED"}
        number = ob.portrait.neutral_frame or ob.portrait.tracked_neutral
        if not 1 <= number <= performance.frame_count:
            self.report({"ERROR"}, f"The clip has no frame {number}. Choose one from 1 to {performance.frame_count}.")
            return {"CANCELLED"}
        frame = timing.timeline_of(ob, scene, performance, {}).shows(number)
        if frame is None:
            self.report({"ERROR"}, f"Frame {number} is not played: Retime is on, or it lies outside In and Out.")
            return {"CANCELLED"}
        scene.frame_set(frame)
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_use_current_frame, PORTRAIT_OT_step_neutral, PORTRAIT_OT_go_to_neutral)
