"""When the clip plays: scene and clip together, loops, retiming, sound."""

from typing import Any

import bpy
from bpy.props import BoolProperty, IntProperty

from ...errors import InputError
from ..data.frame_rate import rate_settings, scene_rate
from ..data.properties import active_portrait, why_not_editable
from ..output import sound
from .needs import NeedsPerformance


class ClipOperator(NeedsPerformance):
    """What these operators have in common: they need a portrait with a clip."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait that can be changed, and it must have a clip."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        return "Choose a driving clip first" if ob.portrait.clip is None else why_not_editable(ob)


class PORTRAIT_OT_match_scene(ClipOperator, bpy.types.Operator):
    """Give the scene the clip's frame rate, exactly, and the range of frames in which it plays"""

    bl_idname = "portrait.match_scene"
    bl_label = "Match Scene to Clip"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """One frame of the scene for each of the clip."""
        from ..running import object_cache, timing

        ob, scene = active_portrait(context), context.scene
        performance = self.performance(ob)
        if performance is None:
            return {"CANCELLED"}
        scene.render.fps, scene.render.fps_base = rate_settings(1 / performance.mean_frame_seconds)
        timeline = timing.timeline_of(ob, scene, performance, object_cache.library_of(ob))
        scene.frame_start = max(timeline.start, 0)
        scene.frame_end = timing.last_frame(timeline, scene)
        sound.follow(ob)
        shown = f"{float(scene_rate(scene)):.2f}".rstrip("0").rstrip(".")
        self.report({"INFO"}, f"{shown} frames a second, from {scene.frame_start} to {scene.frame_end}")
        return {"FINISHED"}


class PORTRAIT_OT_add_sound(ClipOperator, bpy.types.Operator):
    """Put the clip's sound into the scene's sequencer, where the clip begins, and again at each turn of a loop"""

    bl_idname = "portrait.add_sound"
    bl_label = "Add Sound"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Add the strip, or put the one that is there anew."""
        from ..data.sources import clip_path
        from ..running import object_cache

        ob = active_portrait(context)
        try:
            performance = object_cache.any_performance_of(ob)
            times = [] if performance is None or performance.is_even else performance.times.tolist()
            sound.add(ob, context.scene, clip_path(ob.portrait.clip), times)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if ob.portrait.retime or ob.portrait.repeat == "PING_PONG":
            self.report({"WARNING"}, f"{ob.name}: the strip plays once, at the clip's own speed. Film has it in step.")
        return {"FINISHED"}


class PORTRAIT_OT_start_retiming(ClipOperator, bpy.types.Operator):
    """Key Clip Frame so that the clip plays as it does now; then move the keys to change its time"""

    bl_idname = "portrait.start_retiming"
    bl_label = "Start Retiming"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Two keys on a straight line, from the in to the out point."""
        from ..running import timing

        ob, scene = active_portrait(context), context.scene
        performance = self.performance(ob)
        if performance is None:
            return {"CANCELLED"}
        if _is_keyed(ob):  # what was retimed before is taken up again
            ob.portrait.retime = True
            return {"FINISHED"}
        timeline = timing.timeline_of(ob, scene, performance, {})
        for number in timeline.clip.span:
            frame = timeline.shows(number)
            if frame is not None:
                ob.portrait.clip_frame = number
                ob.keyframe_insert("portrait.clip_frame", frame=frame)
        curve = ob.animation_data.action.fcurve_ensure_for_datablock(ob, "portrait.clip_frame")
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
        ob.portrait.retime = True
        return {"FINISHED"}


def _is_keyed(ob: Any) -> bool:
    action = ob.animation_data.action if ob.animation_data else None
    return action is not None and bool(action.fcurve_ensure_for_datablock(ob, "portrait.clip_frame").keyframe_points)


class PORTRAIT_OT_find_loop(ClipOperator, bpy.types.Operator):
    """Find the stretch of the clip whose end looks most like its beginning, and loop it"""

    bl_idname = "portrait.find_loop"
    bl_label = "Find Loop"
    bl_options = {"REGISTER", "UNDO"}

    of_reaction: BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
    shortest: IntProperty(
        name="Shortest", description="Least length of the loop in frames of the clip", default=50, min=2, soft_max=500
    )

    def execute(self, context: Any) -> set[str]:
        """Set in and out point."""
        from ...pipeline.timeline.loops import find_loop
        from ..running import object_cache

        ob = active_portrait(context)
        properties, performance = ob.portrait, None
        if properties.retime and not self.of_reaction:
            self.report({"ERROR"}, "Retime is on, so Clip Frame says what plays. Switch it off to loop.")
            return {"CANCELLED"}
        if self.of_reaction and 0 <= properties.reaction_index < len(properties.reactions):
            properties = properties.reactions[properties.reaction_index]
            performance = object_cache.library_of(ob).get(properties.name)
            if performance is None:
                self.report({"ERROR"}, f"{properties.name}: is not tracked. Track first.")
        else:
            performance = self.performance(ob)
        if performance is None:
            return {"CANCELLED"}
        shortest = min(self.shortest, performance.frame_count)
        try:
            found = find_loop(performance, properties.seam, shortest)
        except ValueError as error:
            self.report({"ERROR"}, f"The clip {error}. Choose a shorter seam.")
            return {"CANCELLED"}
        properties.first_frame, properties.last_frame = found
        properties.repeat = "LOOP"
        self.report({"INFO"}, f"Loops from frame {found[0]} to {found[1]} of the clip")
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_match_scene, PORTRAIT_OT_add_sound, PORTRAIT_OT_start_retiming, PORTRAIT_OT_find_loop)
