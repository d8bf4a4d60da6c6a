"""Add > Image > Living Portrait."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, StringProperty
from mathutils import Vector

from ...errors import InputError
from ..data.preferences import preferences
from ..data.properties import SCHEMA, is_portrait
from ..data.property_tools import RELATIVE
from ..viewport import plane
from .needs import set_poll_message

ROOM = 4.0
"""What is so many times as large as a new plane is a room for it, not something in its way."""

GAP = 0.02
"""Between a new plane and what stands beside it or behind its background, in heights of the plane."""

BEHIND = 1.0
"""Room for a background that is cut out, behind a plane that stepped out of something, in heights of the plane."""


class PORTRAIT_OT_add(bpy.types.Operator):
    """Add a plane that shows a portrait, ready to follow a driving clip; several pictures stand side by side"""

    bl_idname = "portrait.add"
    bl_label = "Add Living Portrait"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Portrait", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE", *RELATIVE})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    height: FloatProperty(name="Height", description="Height of the plane", default=1, min=0.001, subtype="DISTANCE")
    look: BoolProperty(
        name="Look at It",
        description="Turn the view to the first portrait of a scene, in a shading that shows pictures",
        default=True,
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Objects are added in object mode."""
        return set_poll_message(cls, None if context.mode == "OBJECT" else "Go to object mode to add a portrait")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the picture, unless it was dropped."""
        if self.filepath or self.files:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Add a plane for each picture at the 3D cursor and select them; the first is the active one."""
        from ..data.sources import load_portrait

        added = []
        for path in self._paths():
            try:
                image = load_portrait(path)
            except InputError as error:
                self.report({"ERROR"}, str(error))
                continue
            added.append(add_portrait(context, path.stem, image, self.height))
        if not added:
            return {"CANCELLED"}
        bpy.ops.object.select_all(action="DESELECT")
        for ob in added:
            ob.select_set(True)
            ob.portrait.preview = True
        context.view_layer.objects.active = added[0]
        if not bpy.app.background:
            self._welcome(context, added)
        return {"FINISHED"}

    def _paths(self) -> list[Path]:
        """The chosen or dropped files."""
        names = [file.name for file in self.files if file.name]
        if not names:
            return [Path(bpy.path.abspath(self.filepath))]
        folder = Path(bpy.path.abspath(self.directory))
        return [folder / name for name in names]

    def _welcome(self, context: Any, added: list[Any]) -> None:
        """Let the first portraits of a scene be seen at once, and say what comes next."""
        from ..running import object_cache

        first = sum(map(is_portrait, context.scene.objects)) == len(added)
        space = context.space_data
        in_view = space is not None and space.type == "VIEW_3D" and space.region_3d.view_perspective != "CAMERA"
        if first and in_view and self.look:
            bpy.ops.portrait.look()
        try:
            faces = object_cache.portrait_of(added[0]).faces
        except InputError as error:
            self.report({"WARNING"}, str(error))
            return
        if faces > 1:
            self.report({"WARNING"}, f"{faces} faces found: choose one under Points in the Portrait tab (N)")
        else:
            self.report({"INFO"}, "Drop a driving clip on the view, or choose one in the Portrait tab (N)")


def add_portrait(context: Any, name: str, image: Any, height: float) -> Any:
    """Add a plane that shows a picture at the 3D cursor, or beside what stands there.

    Parameters
    ----------
    context : bpy.types.Context
    name : str
        Of the object.
    image : bpy.types.Image
    height : float
        Of the plane, in scene units.

    Returns
    -------
    bpy.types.Object
    """
    ob = plane.add_plane(name, height)
    ob.location = context.scene.cursor.location
    ob.portrait.schema = SCHEMA
    ob.portrait.portrait = image
    ob.portrait.preview_size = preferences().preview_size
    ob.portrait.start_frame = context.scene.frame_start
    context.collection.objects.link(ob)
    step_out_of_objects(context, ob)
    step_beside_portraits(context, ob)
    return ob


def step_out_of_objects(context: Any, ob: Any) -> None:
    """Move a new plane to before the things that it stands in, such as a new file's cube, and would be hidden by.

    They would hide a background behind it, too. What is much larger than the plane is a room, and the plane may well
    stand in it.
    """
    context.view_layer.update()
    low, high = _bounds(ob)
    reach = ROOM * max(high - low)
    for other in context.visible_objects:
        if other == ob or other.type != "MESH" or is_portrait(other):
            continue
        other_low, other_high = _bounds(other)
        inside = all(other_low[axis] < high[axis] and low[axis] < other_high[axis] for axis in range(3))
        if inside and max(other_high - other_low) < reach:
            ob.location.y = min(ob.location.y, other_low[1] - (BEHIND + GAP) * (high[2] - low[2]))


def step_beside_portraits(context: Any, ob: Any) -> None:
    """Move a new plane to the right until it stands in no other portrait."""
    others = [other for other in context.visible_objects if other != ob and is_portrait(other)]
    for _ in others:
        context.view_layer.update()
        low, high = _bounds(ob)
        for other in others:
            other_low, other_high = _bounds(other)
            if all(other_low[axis] < high[axis] and low[axis] < other_high[axis] for axis in range(3)):
                ob.location.x += other_high[0] - low[0] + GAP * (high[2] - low[2])
                break


def _bounds(ob: Any) -> tuple[Vector, Vector]:
    """Lowest and highest corner of an object in the world; a plane has some thickness."""
    corners = [ob.matrix_world @ Vector(corner) for corner in ob.bound_box]
    low, high = (Vector(pick(corner[axis] for corner in corners) for axis in range(3)) for pick in (min, max))
    return low - Vector((0, 1e-4, 0)), high + Vector((0, 1e-4, 0))


def draw_menu_entry(self: Any, _context: Any) -> None:
    """Add > Image, File > Import."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_add.bl_idname, text="Living Portrait...", icon="USER")


CLASSES = (PORTRAIT_OT_add,)
MENUS = ("VIEW3D_MT_image_add", "TOPBAR_MT_file_import")


def register() -> None:
    """Put the entry into the menus."""
    for menu in MENUS:
        getattr(bpy.types, menu).append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menus."""
    for menu in MENUS:
        getattr(bpy.types, menu).remove(draw_menu_entry)
