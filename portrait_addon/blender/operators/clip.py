"""File > Import > Driving Clip: the video or performance that the portrait follows, from a file or dropped."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ...errors import InputError
from ..data.blocks import load_block
from ..data.properties import active_portrait, follows_expressions, why_not_editable
from ..data.property_tools import RELATIVE
from ..running import runner
from .jobs import start_job
from .needs import BUSY, set_poll_message


class PORTRAIT_OT_load_clip(bpy.types.Operator):
    """Let the portrait follow a video, a picture sequence or a performance file, and find the face in it"""

    bl_idname = "portrait.load_clip"
    bl_label = "Load Driving Clip"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Driving Clip", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    filter_movie: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default="*.performance;*.csv;*.tsv;*.json;*.dat;*.pgo", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be one portrait that is meant."""
        ob = active_portrait(context)
        if ob is None:
            return set_poll_message(
                cls, "Select the portrait that is to follow the clip, or add one with Add > Image first"
            )
        return set_poll_message(cls, BUSY if runner.is_busy_with(ob) else why_not_editable(ob))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the clip, unless it was dropped; then track it while the artist works on."""
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Load the clip and track it."""
        ob: Any = active_portrait(context)  # there is one, says `poll`
        try:
            clip = load_clip(Path(bpy.path.abspath(self.filepath)))
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.view_layer.objects.active = ob
        ob.portrait.clip = clip
        if follows_expressions(ob):
            ob.portrait.driving_source = "CLIP"
        start_job(self, bpy.ops.portrait.track)
        return {"FINISHED"}


def load_clip(path: Path) -> Any:
    """Load a video, a sequence by one of its pictures, a performance, curves or mouth cues, as a movie clip data-block.

    Blender cannot show the last three, but keeps their path as a video's: relative, remapped, told when missing.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from ...jobs.driving_file import holds_numbers, read_numbers
    from ...jobs.performance_file import is_performance_file, load_performance
    from ...media.clips import open_clip

    if holds_numbers(path):
        read_numbers(path)
    elif is_performance_file(path):
        load_performance(path)
    else:
        open_clip(path)
    return load_block(bpy.data.movieclips, path)


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Import."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_load_clip.bl_idname, text="Driving Clip for a Portrait...", icon="TRACKER")


CLASSES = (PORTRAIT_OT_load_clip,)


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.TOPBAR_MT_file_import.append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menu."""
    bpy.types.TOPBAR_MT_file_import.remove(draw_menu_entry)
