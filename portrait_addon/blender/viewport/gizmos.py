"""The points under the mouse: which one it is, and the operator that drags it.

A gizmo group for each editor. What lies on the screen is drawn by ``overlay``; a gizmo adds the ring round what the
mouse is on, and its name. The operators are named as `bpy.ops` knows them.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..data.properties import active_portrait

REACH = 10
"""Pixels about a handle within which the mouse takes it."""


class FaceViewGizmo:
    """What the gizmos have in common: something on a face view that the mouse can be on."""

    operator: str
    is_highlight: bool
    _place: Any = None
    _name = ""

    def setup(self) -> None:
        """Know the operator that a click starts."""
        self._properties = self.target_set_operator(self.operator)  # type: ignore[attr-defined]

    def test_select(self, context: Any, location: Any) -> int:
        """0 if the mouse is on something, -1 if not; the operator is told on what."""
        from .face_views import face_view_of

        face_view = face_view_of(context)
        found = None
        if face_view is not None:
            found = self.find(face_view, location, REACH * context.preferences.system.ui_scale)
        if found is None:
            return -1
        self._name, place = found
        self._place = face_view.on_screen(place[None])  # type: ignore[union-attr]
        return 0

    def find(self, face_view: Any, location: Any, reach: float) -> tuple[str, Any] | None:
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


class PORTRAIT_GT_point(FaceViewGizmo, bpy.types.Gizmo):
    """The point that the mouse is on."""

    bl_idname = "PORTRAIT_GT_point"
    operator = "portrait.move_point"

    def find(self, face_view: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """The nearest handle."""
        handle = face_view.handle_at(*location, reach)
        if handle is None:
            return None
        self._properties.handle = handle
        return handle.replace("_", " ").capitalize(), face_view.place_of(handle)


class PORTRAIT_GT_gizmo_handle(FaceViewGizmo, bpy.types.Gizmo):
    """The gizmo handle that moves or turns a face that is placed by hand."""

    bl_idname = "PORTRAIT_GT_gizmo_handle"
    operator = "portrait.move_face"

    def find(self, face_view: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """The nearest gizmo handle."""
        gizmo_handle = face_view.gizmo_handle_at(*location, reach)
        if gizmo_handle is None:
            return None
        self._properties.action = gizmo_handle.action
        return gizmo_handle.label, gizmo_handle.place


class PORTRAIT_GT_face(FaceViewGizmo, bpy.types.Gizmo):
    """Another face than the one that is animated or followed."""

    bl_idname = "PORTRAIT_GT_face"
    operator = "portrait.pick_face"

    def find(self, face_view: Any, location: Any, reach: float) -> tuple[str, Any] | None:
        """The other face that the mouse is within."""
        found = face_view.other_face_at(*location)
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
        for kind in (PORTRAIT_GT_face, PORTRAIT_GT_point, PORTRAIT_GT_gizmo_handle):
            gizmo = self.gizmos.new(kind.bl_idname)
            gizmo.use_draw_modal = False


class PORTRAIT_GGT_view(PointsGizmoGroup, bpy.types.GizmoGroup):
    """On the portrait in a 3D view."""

    bl_idname = "PORTRAIT_GGT_view"
    bl_space_type = "VIEW_3D"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where points are shown."""
        return (ob := active_portrait(context)) is not None and ob.portrait.show_points


class PORTRAIT_GGT_clip(PointsGizmoGroup, bpy.types.GizmoGroup):
    """On the clip in a Clip editor."""

    bl_idname = "PORTRAIT_GGT_clip"
    bl_space_type = "CLIP_EDITOR"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where points are shown."""
        return (ob := active_portrait(context)) is not None and ob.portrait.show_clip_points


CLASSES = (PORTRAIT_GT_point, PORTRAIT_GT_gizmo_handle, PORTRAIT_GT_face, PORTRAIT_GGT_view, PORTRAIT_GGT_clip)
