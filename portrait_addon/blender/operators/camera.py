"""The portrait's own camera: as it was fitted, as the scene's camera moves, or as two eyes see."""

from typing import Any

import bpy

from ...errors import InputError
from ..data.properties import active_portrait, why_not_editable
from ..output import scene_camera, stereo
from .jobs import reason_not_to_run, start_job
from .needs import NeedsPortrait


class NeedsEditablePortrait(NeedsPortrait):
    """Is grey until there is a portrait with a picture, which can be changed."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be something to fit a head to."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        return "Choose a portrait first" if ob.portrait.portrait is None else why_not_editable(ob)


class PORTRAIT_OT_auto_distance(NeedsEditablePortrait, bpy.types.Operator):
    """Put the camera where the portrait was taken; or, if it is there, write that distance down, to start from it"""

    bl_idname = "portrait.auto_distance"
    bl_label = "Auto"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Change between 0, which is where it was taken, and that distance."""
        from ..running import object_cache

        ob = active_portrait(context)
        try:
            own = object_cache.own_camera_of(ob).metres if ob.portrait.camera_distance == 0 else 0.0
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        ob.portrait.camera_distance = own
        return {"FINISHED"}


class PORTRAIT_OT_follow_camera(NeedsEditablePortrait, bpy.types.Operator):
    """Let the portrait answer the scene's camera as it moves about the plane, up to 15 degrees to each side"""

    bl_idname = "portrait.follow_camera"
    bl_label = "From Scene Camera"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a camera."""
        return super().why_not(context) or (None if context.scene.camera else "The scene has no camera")

    def execute(self, context: Any) -> set[str]:
        """Make the drivers, or bring them up to date."""
        from ..running import object_cache

        ob, camera = active_portrait(context), context.scene.camera
        try:
            own = object_cache.own_camera_of(ob)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        scene_camera.follow(ob, camera, own)
        self.report({"INFO"}, f"{ob.name} answers {camera.name}, by drivers on Camera Distance, Turn and Nod")
        return {"FINISHED"}


class PORTRAIT_OT_leave_camera(NeedsEditablePortrait, bpy.types.Operator):
    """Let the portrait answer the scene's camera no more; its own camera stays where it is"""

    bl_idname = "portrait.leave_camera"
    bl_label = "Leave Scene Camera"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """It must answer one."""
        if reason := super().why_not(context):
            return reason
        return None if scene_camera.seen_camera(active_portrait(context)) else "The portrait answers no camera"

    def execute(self, context: Any) -> set[str]:
        """Take the drivers away."""
        scene_camera.leave(active_portrait(context))
        return {"FINISHED"}


class PORTRAIT_OT_make_stereo_pair(NeedsEditablePortrait, bpy.types.Operator):
    """Let the portrait be seen by the left eye, and a copy of it by the right one"""

    bl_idname = "portrait.make_stereo_pair"
    bl_label = "Make Stereo Pair"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Make the copy."""
        right = stereo.make_pair(active_portrait(context))
        self.report({"INFO"}, f"{right.name} is what the right eye sees. Anaglyph bakes and composites both")
        return {"FINISHED"}


class PORTRAIT_OT_anaglyph(NeedsEditablePortrait, bpy.types.Operator):
    """Bake what both eyes see, and composite it over the scene, for glasses with a red left eye and a cyan right one"""

    bl_idname = "portrait.anaglyph"
    bl_label = "Anaglyph"
    bl_options = {"UNDO"}  # as the bake itself

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be something to bake."""
        return super().why_not(context) or reason_not_to_run(context)

    def execute(self, context: Any) -> set[str]:
        """Make the pair and the nodes, or bring them up to date, and bake both eyes; frames that are right stay."""
        left = active_portrait(context)
        right = stereo.make_pair(left)
        stereo.set_up(context.scene, left, right)
        for eye in (left, right):
            with context.temp_override(object=eye, active_object=eye):
                start_job(self, bpy.ops.portrait.bake)
        return {"FINISHED"}


CLASSES = (
    PORTRAIT_OT_auto_distance,
    PORTRAIT_OT_follow_camera,
    PORTRAIT_OT_leave_camera,
    PORTRAIT_OT_make_stereo_pair,
    PORTRAIT_OT_anaglyph,
)
