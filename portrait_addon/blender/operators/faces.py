"""Add another face of a picture, take one away, choose which one the panels show."""

from typing import Any

import bpy
from bpy.props import IntProperty

from ...errors import InputError
from ..data.faces import faces_of, host_of, is_used
from ..data.properties import SCHEMA, active_portrait
from ..viewport import plane
from .points import PortraitOperator, choose


class PORTRAIT_OT_add_face(PortraitOperator, bpy.types.Operator):
    """Animate another face of the picture, with a clip, settings and keys of its own; one plane shows all of them"""

    bl_idname = "portrait.add_face"
    bl_label = "Add Face"
    bl_options = {"REGISTER", "UNDO"}

    face: IntProperty(
        name="Face",
        description="Which face of the picture, 1 being the largest; 0 takes the largest that is still free",
        min=0,
        options={"SKIP_SAVE"},
    )

    def execute(self, context: Any) -> set[str]:
        """Make a portrait of the face that the host shows, and make it the active object."""
        from ..running import object_cache

        host = host_of(active_portrait(context))
        try:
            count = len(object_cache.faces_in_portrait(host))
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        free = [number for number in range(1, count + 1) if not is_used(host, number)]
        face = self.face or (free[0] if free else 0)
        if face not in free:
            had = f"face {face} is animated already" if is_used(host, face) else "there is no other face"
            self.report({"ERROR"}, f"{host.name}: {had}; the picture has {count}. Place one by hand under Points.")
            return {"CANCELLED"}
        ob = plane.add_plane(f"{host.name} face {face}", 2 * host.data.vertices[2].co.z or 1.0)
        for collection in host.users_collection:
            collection.objects.link(ob)
        properties = ob.portrait
        properties.schema, properties.portrait, properties.face = SCHEMA, host.portrait.portrait, face
        properties.preview_size, properties.start_frame = host.portrait.preview_size, host.portrait.start_frame
        properties.host = host
        choose(context, ob)
        return {"FINISHED"}


class PORTRAIT_OT_remove_face(PortraitOperator, bpy.types.Operator):
    """Delete this face's clip, settings and keys; in the picture it stays as it is"""

    bl_idname = "portrait.remove_face"
    bl_label = "Remove Face"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """The face of the plane itself stays."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        return "Choose a face that another portrait shows" if host_of(ob) == ob else None

    def execute(self, context: Any) -> set[str]:
        """Delete the object, and make its host active."""
        ob = active_portrait(context)
        host = host_of(ob)
        choose(context, host)
        bpy.data.objects.remove(ob)
        host.update_tag()
        return {"FINISHED"}


class PORTRAIT_OT_choose_face(PortraitOperator, bpy.types.Operator):
    """Show this face's clip, settings and points in the panels"""

    bl_idname = "portrait.choose_face"
    bl_label = "Choose Face"
    bl_options = {"INTERNAL", "UNDO"}

    place: IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Make it the active object."""
        faces = faces_of(active_portrait(context))
        choose(context, faces[min(max(self.place, 0), len(faces) - 1)])
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_add_face, PORTRAIT_OT_remove_face, PORTRAIT_OT_choose_face)
