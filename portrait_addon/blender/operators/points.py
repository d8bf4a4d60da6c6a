"""Put points right: drag one, place a whole face, choose another face, undo all of it."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatVectorProperty, IntProperty, StringProperty

from ...errors import InputError
from ..data.faces import faces_of
from ..data.properties import SELECT_FIRST, active_portrait, why_not_editable
from ..viewport import areas
from .needs import NeedsPortrait, NeedsTrackedClip

PRECISION = 0.1
"""Of the mouse's way that a point follows while Shift is held."""


class PortraitOperator(NeedsPortrait):
    """What these operators have in common: they need a portrait that can be changed."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait with a picture."""
        if reason := super().why_not(context):
            return reason
        ob = active_portrait(context)
        return SELECT_FIRST if ob.portrait.portrait is None else why_not_editable(ob)


class DragOperator(PortraitOperator):
    """What the operators have in common that follow the mouse from a click until the button is let go."""

    _face_view: Any
    _mouse: Any
    _start: Any
    _place: Any
    _before: Any

    def begin(self) -> Any | None:
        """Say where in the picture the drag begins; None if there is nothing to drag."""
        raise NotImplementedError

    def follow(self, ob: Any) -> None:
        """Bring the object to where `_place` is."""
        raise NotImplementedError

    def restore(self, ob: Any) -> None:
        """Bring the object back to `_before`."""
        raise NotImplementedError

    def take_hold(self, context: Any, event: Any) -> set[str]:
        """Begin to drag what the mouse is on."""
        from ..viewport.face_views import face_view_of

        self._face_view = face_view_of(context)
        if self._face_view is None:
            return {"CANCELLED"}
        self._mouse = self._face_view.in_picture(event.mouse_region_x, event.mouse_region_y)
        self._place = self.begin()
        if self._place is None:
            return {"CANCELLED"}
        self._start = self._place
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Follow the mouse; letting go keeps, Esc and the other button take back."""
        ob = active_portrait(context)
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            self.restore(ob)
            return {"CANCELLED"}
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            return {"FINISHED"}
        if event.type == "MOUSEMOVE":
            mouse = self._face_view.in_picture(event.mouse_region_x, event.mouse_region_y)
            self._place = self._place + (mouse - self._mouse) * (PRECISION if event.shift else 1)
            self._mouse = mouse
            try:
                self.follow(ob)
            except InputError as error:
                self.report({"ERROR"}, str(error))
                return {"CANCELLED"}
        return {"RUNNING_MODAL"}


class PORTRAIT_OT_move_point(DragOperator, bpy.types.Operator):
    """Drag a point to where it belongs; the skin round it follows. Shift: slower. Ctrl: put it back"""

    bl_idname = "portrait.move_point"
    bl_label = "Move Point"
    bl_options = {"REGISTER", "UNDO", "BLOCKING"}

    handle: StringProperty(name="Point", description="Which point, such as right_eye_1", options={"SKIP_SAVE"})
    frame: IntProperty(
        name="Frame", description="Frame of the driving clip; 0 is the portrait", min=0, options={"SKIP_SAVE"}
    )
    offset: FloatVectorProperty(
        name="Offset",
        description="Along the eyes and down, in distances of the outer eye corners",
        size=2,
        options={"SKIP_SAVE"},
    )
    reset: BoolProperty(name="Reset", description="Put the point back where it was found", options={"SKIP_SAVE"})

    def begin(self) -> Any | None:
        """Where the point is that the mouse is on."""
        self.frame = self._face_view.frame
        self._before = self._face_view.ob.portrait.corrections
        return self._face_view.place_of(self.handle) if self.handle else None

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Take hold of a point, or put it back."""
        if event.ctrl:
            from ..viewport.face_views import face_view_of

            face_view = face_view_of(context)
            self.frame, self.reset = face_view.frame if face_view else 0, True
            return self.execute(context)
        return self.take_hold(context, event)

    def follow(self, ob: Any) -> None:
        """Move the point."""
        self.offset = self._face_view.offset_to(self.handle, self._place)
        self._apply(ob)

    def restore(self, ob: Any) -> None:
        """As it was."""
        ob.portrait.corrections = self._before

    def execute(self, context: Any) -> set[str]:
        """Move a point by its name."""
        from ...pipeline.editing.handles import HANDLES

        if self.handle not in HANDLES:
            self.report({"ERROR"}, f"There is no point {self.handle}; they are called {HANDLES[0]} to {HANDLES[-1]}.")
            return {"CANCELLED"}
        if self.frame and active_portrait(context).portrait.clip is None:
            self.report({"ERROR"}, "Choose a driving clip first")
            return {"CANCELLED"}
        try:
            self._apply(active_portrait(context))
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def _apply(self, ob: Any) -> None:
        from ..data import points

        offset = None if self.reset else tuple(self.offset)
        if self.frame:
            points.move_on_clip(ob, self.handle, self.frame, offset)
        else:
            points.move_on_portrait(ob, self.handle, offset)


class PORTRAIT_OT_move_face(DragOperator, bpy.types.Operator):
    """Drag the whole face that is placed by hand. Shift: slower"""

    bl_idname = "portrait.move_face"
    bl_label = "Move Face"
    bl_options = {"REGISTER", "UNDO", "BLOCKING"}

    action: EnumProperty(
        name="Action",
        items=(
            ("MOVE", "Move", "Put it elsewhere"),
            ("SIZE", "Scale and Roll", "Make it larger or smaller, and roll it"),
            ("TURN", "Turn and Nod", "Turn it aside, up and down"),
        ),
        options={"SKIP_SAVE"},
    )
    offset: FloatVectorProperty(
        name="Offset", description="In pixels of the picture, right and down", size=2, options={"SKIP_SAVE"}
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Take hold of a gizmo handle."""
        return self.take_hold(context, event)

    def begin(self) -> Any | None:
        """Where the gizmo handle is."""
        from ..data import points

        self._before = points.placement_of(self._face_view.ob)
        return next(
            (handle.place for handle in self._face_view.gizmo_handles if handle.action == self.action),
            None,
        )

    def follow(self, ob: Any) -> None:
        """Place the face anew."""
        from ..data import points
        from ..viewport import gizmo_handles

        size = self._face_view.size
        placed = gizmo_handles.dragged(self._before, self.action, self._start, self._place, size)
        points.keep_placement(ob, placed)
        self.offset = self._place - self._start

    def restore(self, ob: Any) -> None:
        """As it was."""
        from ..data import points

        points.keep_placement(ob, self._before)

    def execute(self, context: Any) -> set[str]:
        """Move a placed face by so many pixels of its gizmo handle."""
        from ..data import points
        from ..viewport import gizmo_handles

        ob = active_portrait(context)
        before, size = points.placement_of(ob), tuple(ob.portrait.size)
        if before is None:
            self.report({"ERROR"}, "The face is not placed by hand. Switch Place by Hand on first.")
            return {"CANCELLED"}
        start = next(
            handle.place for handle in gizmo_handles.gizmo_handles_of(before, size) if handle.action == self.action
        )
        points.keep_placement(ob, gizmo_handles.dragged(before, self.action, start, start + tuple(self.offset), size))
        return {"FINISHED"}


class PORTRAIT_OT_place_face(PortraitOperator, bpy.types.Operator):
    """Place the face by hand: begins where a face was found, else in the middle of the picture"""

    bl_idname = "portrait.place_face"
    bl_label = "Place by Hand"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Put the canonical face into the picture, and show its points."""
        from ...pipeline.editing.placing import Placement, placement_of
        from ..data import points
        from ..running import object_cache

        ob, placement = active_portrait(context), Placement()
        try:
            found = object_cache.uncorrected_portrait_of(ob)
            placement = placement_of(found.points, found.size)
        except InputError:  # which is why it is placed by hand
            pass
        points.keep_placement(ob, placement)
        ob.portrait.show_points = True
        return {"FINISHED"}


class PORTRAIT_OT_pick_face(PortraitOperator, bpy.types.Operator):
    """Choose this face"""

    bl_idname = "portrait.pick_face"
    bl_label = "Choose Face"
    bl_options = {"REGISTER", "UNDO"}

    face: IntProperty(name="Face", description="1 is the largest", default=1, min=1, options={"SKIP_SAVE"})
    driving: BoolProperty(name="Driving Clip", description="In the clip, not the portrait", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Of the picture that was clicked on."""
        self.driving = context.space_data is not None and context.space_data.type == "CLIP_EDITOR"
        return self.execute(context)

    def execute(self, context: Any) -> set[str]:
        """Set the number."""
        if self.driving:
            active_portrait(context).portrait.driving_face = self.face
            self.report({"INFO"}, f"Track the clip to follow face {self.face}")
            return {"FINISHED"}
        ob = active_portrait(context)
        others = [face for face in faces_of(ob) if face != ob and not face.portrait.place_by_hand]
        animated = next((face for face in others if face.portrait.face == self.face), None)
        if animated is None:
            ob.portrait.face = self.face
        else:  # it is another portrait's: the points of that one are put right from now on
            ob.portrait.show_points, animated.portrait.show_points = False, True
            choose(context, animated)
        return {"FINISHED"}


def choose(context: Any, ob: Any) -> None:
    """Make a portrait the active object, and the only one that is selected."""
    for other in context.view_layer.objects.selected[:]:
        other.select_set(False)
    ob.select_set(True)
    context.view_layer.objects.active = ob


class PORTRAIT_OT_find_faces(NeedsTrackedClip, bpy.types.Operator):
    """Go to the first frame of the clip that shows several faces, and outline them in the Clip editor to click on"""

    bl_idname = "portrait.find_faces"
    bl_label = "Show Faces of Clip"

    def execute(self, context: Any) -> set[str]:
        """Look for them, once; show them."""
        from ..running import object_cache

        ob = active_portrait(context)
        try:
            frame, faces = object_cache.faces_in_clip(ob)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if not faces:
            self.report({"WARNING"}, "The beginning of the clip shows one face only.")
            return {"CANCELLED"}
        bpy.ops.portrait.show_clip()
        clip = ob.portrait.clip
        context.scene.frame_set(frame + clip.frame_start - 1 - clip.frame_offset)
        self.report({"INFO"}, f"{len(faces)} faces; click on one in the Clip editor")
        return {"FINISHED"}


class PORTRAIT_OT_reset_points(PortraitOperator, bpy.types.Operator):
    """Put all points back where they were found"""

    bl_idname = "portrait.reset_points"
    bl_label = "Reset Points"
    bl_options = {"REGISTER", "UNDO"}

    clip: BoolProperty(name="Clip", description="Those of the clip, not of the portrait", options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Forget what was moved."""
        from ..data import points

        points.reset(active_portrait(context), clip=self.clip)
        return {"FINISHED"}


class PORTRAIT_OT_show_clip(NeedsPortrait, bpy.types.Operator):
    """Show the driving clip in a Clip editor, with its points; divides the view if no such editor is open"""

    bl_idname = "portrait.show_clip"
    bl_label = "Show Clip"

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a clip."""
        if reason := super().why_not(context):
            return reason
        return "Choose a driving clip first" if active_portrait(context).portrait.clip is None else None

    def execute(self, context: Any) -> set[str]:
        """Find or make the editor."""
        ob = active_portrait(context)
        ob.portrait.show_clip_points = True
        if bpy.app.background:
            return {"FINISHED"}
        space = areas.clip_editor(context, ob).spaces.active
        space.clip, space.mode, space.view = ob.portrait.clip, "TRACKING", "CLIP"
        return {"FINISHED"}


CLASSES = (
    PORTRAIT_OT_move_point,
    PORTRAIT_OT_move_face,
    PORTRAIT_OT_place_face,
    PORTRAIT_OT_pick_face,
    PORTRAIT_OT_find_faces,
    PORTRAIT_OT_reset_points,
    PORTRAIT_OT_show_clip,
)
