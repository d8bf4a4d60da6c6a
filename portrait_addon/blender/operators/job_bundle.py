"""File > Export > Job Bundle: what a render farm needs to bake the portraits of the file on several machines."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ...errors import InputError
from ..data.properties import has_driver, is_portrait
from .needs import set_poll_message


class PORTRAIT_OT_export_job_bundle(bpy.types.Operator):
    """Write a folder from which a render farm bakes and renders this file on several machines; nothing is sent"""

    bl_idname = "portrait.export_job_bundle"
    bl_label = "Export Job Bundle"
    bl_options = {"REGISTER"}

    directory: StringProperty(name="Folder", subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    chunk_size: IntProperty(
        name="Frames a Task",
        description="Frames that a machine bakes and renders in one go. A task needs some seconds to begin",
        default=50,
        min=1,
        soft_max=1000,
    )

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """There must be something to bake, in a file that a farm can open."""
        return set_poll_message(cls, why_not())

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for a folder; one beside the file is offered."""
        file = Path(bpy.data.filepath)
        self.directory = str(file.with_name(f"{file.stem} bundle"))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Write the folder."""
        from ...jobs.bundle import write_bundle
        from ..running.farming import job_bundle

        folder = Path(bpy.path.abspath(self.directory))
        try:
            bundle = job_bundle(Path(bpy.data.filepath), context.scene, (), self.chunk_size)
            write_bundle(bundle, folder)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if bpy.data.is_dirty and not bpy.app.background:  # without a window it is never clean
            self.report({"WARNING"}, "The file has changes that are not saved, and a farm reads it from the disk")
        self.report({"INFO"}, f"Job bundle of {len(bundle.portraits)} portraits, {len(bundle.frames)} frames: {folder}")
        return {"FINISHED"}


def why_not() -> str | None:
    """Why there is nothing for a farm; None if there is."""
    if not any(is_portrait(ob) and ob.portrait.portrait and has_driver(ob) for ob in bpy.data.objects):
        return "There is no portrait with a driving clip"
    if not bpy.data.filepath:
        return "Save the file first: a farm reads it from the disk"
    return None


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Export."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    text = "Job Bundle of Living Portraits..."
    self.layout.operator(PORTRAIT_OT_export_job_bundle.bl_idname, text=text, icon="NETWORK_DRIVE")


CLASSES = (PORTRAIT_OT_export_job_bundle,)


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.TOPBAR_MT_file_export.append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menu."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu_entry)
