"""The head behind the portrait, as a mesh of its own: in the scene, or in a file for other programs."""

from __future__ import annotations

from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty

from ...errors import InputError
from ..data.properties import active_portrait, scene_of, why_not_editable
from .needs import NeedsPortrait
from .saving import SavesFile

if TYPE_CHECKING:
    from ..running.heads import DrivenHead


class FitsHead(NeedsPortrait):
    """Base class of operators that make the head of a portrait."""

    lens: FloatProperty(
        name="Lens",
        description=(
            "Focal length that the picture was taken with, uncut, as converted to 36 x 24 mm. The camera's distance "
            "follows from it. 0 takes the one that the picture's file names; where it names none, 85 mm are assumed"
        ),
        default=0,
        min=0,
        max=1000,
        unit="CAMERA",
    )

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait with a picture."""
        if reason := super().why_not(context):
            return reason
        return "Choose a portrait first" if active_portrait(context).portrait.portrait is None else None

    def fitted(self, ob: Any) -> DrivenHead | None:
        """The head of a portrait; None, with a word to the user, where there is none."""
        from ..running import heads  # with all that computes: not before it is needed

        try:
            return heads.driven_head(ob, scene_of(ob), self.lens)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return None

    def tell(self, name: str, head: DrivenHead) -> None:
        """Say where the head stands, and what moves it."""
        from ...pipeline.head.camera import FULL_FRAME_DIAGONAL

        fit = head.shape.fit
        lens = fit.camera.focal * FULL_FRAME_DIAGONAL / hypot(*head.portrait.size)
        keyed = f", keyed {len(head.frames)} frames" if head.frames else ""
        self.report({"INFO"}, f"{name}: {fit.pose.distance / 1000:.2f} m from a lens of {lens:.0f} mm{keyed}")


class PORTRAIT_OT_add_fitted_head(FitsHead, bpy.types.Operator):
    """Make a mesh of the head that fits the portrait, with 52 shape keys and a camera that sees it as the picture does; what drives the portrait is keyed on it"""  # noqa: E501

    bl_idname = "portrait.add_fitted_head"
    bl_label = "Add Fitted Head"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """The portrait must be one that can be changed."""
        if reason := super().why_not(context):
            return reason
        if context.mode != "OBJECT":
            return "Go to object mode to add a head"
        return why_not_editable(active_portrait(context))

    def execute(self, context: Any) -> set[str]:
        """Make it, or give the one that is there the new shape; key it if something drives the portrait."""
        from ...pipeline.head.model import load_head
        from ..output import fitted_head, synthetic_label

        ob = active_portrait(context)
        head = self.fitted(ob)
        if head is None:
            return {"CANCELLED"}
        made = fitted_head.make(ob, load_head(), head.shape, head.portrait)
        if head.frames:
            fitted_head.key(made, head.frames, head.motion)
        synthetic_label.mark(context.scene)
        self.tell(made.name, head)
        return {"FINISHED"}


class PORTRAIT_OT_export_fitted_head(FitsHead, SavesFile, bpy.types.Operator):
    """Write the head that fits the portrait into a file for other programs: a mesh with the picture on it, 52 shape keys, what drives the portrait as their animation, and the camera"""  # noqa: E501

    bl_idname = "portrait.export_fitted_head"
    bl_label = "Export Fitted Head"
    bl_options = {"REGISTER"}

    format: EnumProperty(
        name="Format",
        items=(
            (".glb", "glTF", "For game engines and the web"),
            (".fbx", "FBX", "For Maya, Unity and Unreal"),
            (".usdz", "USD", "For Houdini, and what else reads USD"),
            (".blend", "Blender", "A collection to append or to link"),
        ),
    )
    filter_glob: StringProperty(default="*.glb;*.fbx;*.usdz;*.blend", options={"HIDDEN", "SKIP_SAVE"})

    @property
    def filename_ext(self) -> str:  # type: ignore[override]  # as of all exporters, but it depends on the format
        """How the file's name ends."""
        return str(self.format)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for a name; the portrait's is offered."""
        self.filepath = bpy.path.clean_name(active_portrait(context).name) + self.filename_ext
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: Any) -> bool:
        """Give the name the ending of the format."""
        path = Path(self.filepath)
        named = str(path.with_suffix(self.format)) if path.name else self.filepath
        changed, self.filepath = named != self.filepath, named
        return changed

    def draw(self, _context: Any) -> None:
        """The choices, beside the files."""
        self.layout.use_property_split = True
        self.layout.prop(self, "format")
        self.layout.prop(self, "lens")

    def execute(self, context: Any) -> set[str]:
        """Write the file, by its ending where it has one of those that can be written."""
        from ...media.files import check_folder, shown
        from ..output import head_file

        path, ob = self.path, active_portrait(context)
        if path.suffix.lower() not in head_file.EXPORTERS:
            path = Path(f"{path}{self.format}")
        head = self.fitted(ob)
        if head is None:
            return {"CANCELLED"}
        try:
            check_folder(path.parent)
            head_file.write(path, ob, scene_of(ob), head.shape, head.portrait, head.frames, head.motion)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except RuntimeError as error:  # an exporter's own, with all of its traceback
            self.report({"ERROR"}, f"{shown(path)}: cannot be written: {str(error).strip().splitlines()[-1]}")
            return {"CANCELLED"}
        self.tell(shown(path), head)
        return {"FINISHED"}


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Export."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(
        PORTRAIT_OT_export_fitted_head.bl_idname, text="Fitted Head of a Portrait...", icon="MESH_MONKEY"
    )


CLASSES = (PORTRAIT_OT_add_fitted_head, PORTRAIT_OT_export_fitted_head)


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.TOPBAR_MT_file_export.append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menu."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu_entry)
