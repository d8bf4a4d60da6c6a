"""The points under the mouse: which one it is, and the operator that drags it.

A gizmo group for each editor. What lies on the screen is drawn by ``overlay``; a gizmo adds the ring round what the
mouse is on, and its name.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..data.properties import is_portrait
from ..operators.points import PORTRAIT_OT_move_face, PORTRAIT_OT_move_point, PORTRAIT_OT_pick_face

REACH = 10
"""Pixels about a handle within which the mouse takes it."""


class SheetGizmo:
    """What the gizmos have in common: something on a sheet that the mouse can be on."""

    operator: str
    is_highlight: bool
    _place: Any = None
    _name = ""

    def setup(self) -> None:
        """Know the operator that a click starts."""
        self._properties = self.target_set_operator(self.operator)  # type: ignore[attr-defined]

    def test_select(self, context: Any, location: Any) -> int:
        """0 if the mouse is on something, -1 if not; the operator is told on what."""
        from .sheets import sheet_of

        sheet = sheet_of(context)
        found = None
        if sheet is not None:
            found = self.find(sheet, location, REACH * context.preferences.system.ui_scale)
        if found is None:
            return -1
        self._name, place = found
        self._place = sheet.on_screen(place[None])  # type: ignore[union-attr]
        return 0

    def find(self, sheet: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """Name and place in the picture of what is at a location, None if nothing is; tells the operator."""
        raise NotImplementedError

    def draw(self, context: Any) -> None:
        """Mark what the mouse is on."""
        if not self.is_highlight or self._place is None:
            return
        from . import overlay

        scale = context.preferences.system.ui_scale
        overlay.draw_dots(self._place, overlay.MOVED, 6 * scale)
        overlay.draw_text(self._place[0] + [0, 18 * scale], self._name, overlay.HANDLE, overlay.TEXT_SIZE * scale)


class PORTRAIT_GT_point(SheetGizmo, bpy.types.Gizmo):
    """The point that the mouse is on."""

    bl_idname = "PORTRAIT_GT_point"
    operator = PORTRAIT_OT_move_point.bl_idname

    def find(self, sheet: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """The nearest handle."""
        handle = sheet.handle_at(*location, reach)
        if handle is None:
            return None
        self._properties.handle = handle
        return handle.replace("_", " ").capitalize(), sheet.place_of(handle)


class PORTRAIT_GT_knob(SheetGizmo, bpy.types.Gizmo):
    """The knob that moves or turns a face that is placed by hand."""

    bl_idname = "PORTRAIT_GT_knob"
    operator = PORTRAIT_OT_move_face.bl_idname

    def find(self, sheet: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """The nearest knob."""
        knob = sheet.knob_at(*location, reach)
        if knob is None:
            return None
        self._properties.action = knob.action
        return knob.label, knob.place


class PORTRAIT_GT_face(SheetGizmo, bpy.types.Gizmo):
    """Another face than the one that is animated or followed."""

    bl_idname = "PORTRAIT_GT_face"
    operator = PORTRAIT_OT_pick_face.bl_idname

    def find(self, sheet: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """The other face that the mouse is within."""
        found = sheet.other_face_at(*location)
        if found is None:
            return None
        self._properties.face, outline = found
        return f"Face {self._properties.face}", outline.mean(axis=0)


class PointsGizmoGroup:
    """What the gizmo groups of both editors have in common."""

    bl_label = "Portrait Points"
    bl_region_type = "WINDOW"
    bl_options = {"PERSISTENT", "SHOW_MODAL_ALL"}
    gizmos: Any

    def setup(self, _context: Any) -> None:
        """One gizmo of each kind; which of many it stands for, the mouse decides."""
        for kind in (PORTRAIT_GT_face, PORTRAIT_GT_point, PORTRAIT_GT_knob):
            gizmo = self.gizmos.new(kind.bl_idname)
            gizmo.use_draw_modal = False


class PORTRAIT_GGT_view(PointsGizmoGroup, bpy.types.GizmoGroup):
    """On the portrait in a 3D view."""

    bl_idname = "PORTRAIT_GGT_view"
    bl_space_type = "VIEW_3D"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where points are shown."""
        return is_portrait(context.object) and context.object.portrait.show_points


class PORTRAIT_GGT_clip(PointsGizmoGroup, bpy.types.GizmoGroup):
    """On the clip in a Clip editor."""

    bl_idname = "PORTRAIT_GGT_clip"
    bl_space_type = "CLIP_EDITOR"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where points are shown."""
        return is_portrait(context.object) and context.object.portrait.show_clip_points


CLASSES = (PORTRAIT_GT_point, PORTRAIT_GT_knob, PORTRAIT_GT_face, PORTRAIT_GGT_view, PORTRAIT_GGT_clip)
