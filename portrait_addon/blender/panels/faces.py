"""The faces of a picture in the sidebar: each switched on and off, one of them chosen for the other panels."""

from typing import Any

import bpy

from ..data.faces import faces_of, host_of
from ..data.properties import active_portrait, has_driver
from ..operators.faces import PORTRAIT_OT_add_face, PORTRAIT_OT_choose_face, PORTRAIT_OT_remove_face
from ..running import runner
from .workflow import SidebarPanel


class PORTRAIT_PT_faces(SidebarPanel, bpy.types.Panel):
    """The list, and which portrait shows the chosen face."""

    bl_idname = "PORTRAIT_PT_faces"
    bl_label = "Faces"

    def draw(self, context: Any) -> None:
        """A line a face; the chosen one is the active object."""
        layout, ob = self.layout, active_portrait(context)
        row = layout.row()
        row.enabled = not runner.is_busy_with(host_of(ob))
        column = row.column(align=True)
        for place, face in enumerate(faces_of(ob)):
            draw_face(column, face, place, chosen=face == ob)
        buttons = row.column(align=True)
        buttons.operator(PORTRAIT_OT_add_face.bl_idname, text="", icon="ADD")
        buttons.operator(PORTRAIT_OT_remove_face.bl_idname, text="", icon="REMOVE")
        layout.use_property_split = True
        column = layout.column()
        column.use_property_decorate = False
        column.enabled = not runner.is_busy_with(ob)
        column.prop(ob.portrait, "host")


def draw_face(layout: Any, ob: Any, place: int, *, chosen: bool) -> None:
    """One face: its number and name, a sign where nothing drives it, and its switch."""
    row = layout.row(align=True)
    number = "by hand" if ob.portrait.place_by_hand else ob.portrait.face
    icon = "USER" if has_driver(ob) else "ERROR"
    row.operator(
        PORTRAIT_OT_choose_face.bl_idname, text=f"{number}: {ob.name}", icon=icon, depress=chosen
    ).place = place
    shown = "HIDE_OFF" if ob.portrait.animate_face else "HIDE_ON"
    row.prop(ob.portrait, "animate_face", text="", icon=shown, toggle=True)


CLASSES = (PORTRAIT_PT_faces,)
