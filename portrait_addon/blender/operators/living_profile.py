"""File > Export > Living Profile: a portrait for web pages, which waits and reacts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, FloatVectorProperty, IntProperty, StringProperty

from ..data.properties import SELECT_FIRST, active_portrait
from ..running import runner
from .jobs import JobOperator, start_job
from .needs import BUSY, set_poll_message


class PORTRAIT_OT_export_living_profile(JobOperator, bpy.types.Operator):
    """Write a folder with a web page on which the portrait blinks and breathes, and reacts to who looks at it"""

    bl_idname = "portrait.export_living_profile"
    bl_label = "Export Living Profile"
    bl_options = {"REGISTER"}

    directory: StringProperty(name="Folder", subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    side: IntProperty(
        name="Size",
        description="Longer side of the films in pixels; never more than the portrait's",
        default=512,
        min=64,
        max=2048,
        subtype="PIXEL",
    )
    background: FloatVectorProperty(
        name="Background",
        description="Colour of the page, and behind a portrait that was cut out where a browser knows no transparency",
        default=(1, 1, 1),
        min=0,
        max=1,
        size=3,
        subtype="COLOR_GAMMA",
    )
    origins: StringProperty(
        name="Messages from",
        description="Web sites that may call reactions by messages, such as https://example.org, with spaces between",
    )

    _asked = False

    @classmethod
    def poll(cls, context: Any) -> bool:
        """There must be a picture; nothing has to drive it."""
        return set_poll_message(cls, _why_not(context))

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Compose and write all states."""
        folder = Path(bpy.path.abspath(self.directory))
        side, background, origins = self.side, tuple(self.background), self.origins.split()

        def start(ob: Any, _scene: Any) -> runner.RunningJob:
            from ..running import profiling  # with all that computes: not before it is needed

            return profiling.living_profile(ob, folder, side, background, origins)

        return start

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for a folder, unless it is known; one beside the file is offered."""
        if self.directory:
            return super().invoke(context, event)
        self._asked = True
        name = bpy.path.clean_name(active_portrait(context).name)
        self.directory = str(Path(bpy.path.abspath("//") or Path.home()) / f"{name} profile")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Run; where a window has asked for the folder, by the timer of an operator that knows it."""
        if self._asked:
            given = self.as_keywords(ignore=("filter_folder",))
            start_job(self, lambda how: bpy.ops.portrait.export_living_profile(how, **given))
            return {"FINISHED"}
        if not self.directory:
            self.report({"ERROR"}, "Choose a folder for the living profile")
            return {"CANCELLED"}
        return super().execute(context)


def _why_not(context: Any) -> str | None:
    ob = active_portrait(context)
    if ob is None:
        return SELECT_FIRST
    if runner.is_busy_with(ob):
        return BUSY
    return None if ob.portrait.portrait is not None else "Choose a portrait first"


def draw_menu_entry(self: Any, _context: Any) -> None:
    """File > Export."""
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(PORTRAIT_OT_export_living_profile.bl_idname, text="Living Profile...", icon="WORLD")


CLASSES = (PORTRAIT_OT_export_living_profile,)


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.TOPBAR_MT_file_export.append(draw_menu_entry)


def unregister() -> None:
    """Take the entry out of the menu."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_menu_entry)
