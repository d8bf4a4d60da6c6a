"""The workflow in the sidebar."""

from textwrap import wrap
from typing import Any

import bpy

from ... import libraries
from ..data.properties import is_portrait
from ..operators.add import PORTRAIT_OT_add
from ..operators.jobs import (
    PORTRAIT_OT_bake,
    PORTRAIT_OT_cancel,
    PORTRAIT_OT_film,
    PORTRAIT_OT_track,
    progress_text,
)
from ..operators.neutral import PORTRAIT_OT_go_to_neutral, PORTRAIT_OT_step_neutral, PORTRAIT_OT_use_current_frame
from ..operators.performance_file import PORTRAIT_OT_save_performance
from ..operators.render import (
    PORTRAIT_OT_add_strip,
    PORTRAIT_OT_frame_camera,
    PORTRAIT_OT_rebuild_in_compositor,
    PORTRAIT_OT_set_up_render,
    PORTRAIT_OT_use_standard_view,
    altered_view_settings,
)
from ..operators.view import PORTRAIT_OT_look, hides_pictures
from ..running import runner, staleness
from ..viewport import preview
from .presets import draw_presets
from .settings import INPUTS, draw_parameters

LINE = 38
"""Letters of a sentence that fit into the sidebar beside an icon."""


class PORTRAIT_PT_workflow(bpy.types.Panel):
    """From picture to render, from top to bottom."""

    bl_idname = "PORTRAIT_PT_workflow"
    bl_label = "Living Portrait"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Portrait"

    def draw(self, context: Any) -> None:
        """The next steps for the selected portrait, or the way to the first one."""
        layout, ob = self.layout, context.object
        if reason := libraries.problem():
            for line in wrap(reason, LINE):
                layout.label(text=line, icon="ERROR")
            return
        if not is_portrait(ob):
            layout.operator_context = "INVOKE_DEFAULT"
            layout.operator(PORTRAIT_OT_add.bl_idname, text="Add Portrait...", icon="ADD")
            return
        if hides_pictures(context.space_data):
            layout.label(text="This shading hides the picture", icon="INFO")
            layout.operator(PORTRAIT_OT_look.bl_idname, icon="HIDE_OFF")
        for name, open_file in INPUTS:
            column = layout.column(align=True)
            column.label(text=ob.portrait.bl_rna.properties[name].name)
            column.template_ID(ob.portrait, name, open=open_file)
        draw_neutral(layout, ob.portrait)
        layout.prop(ob.portrait, "start_frame")
        draw_presets(layout)
        draw_parameters(layout.column(align=True), ob.portrait)
        layout.separator()
        draw_preview(layout, ob)
        draw_jobs(layout, ob)
        layout.separator()
        draw_render(layout, context.scene)


class SidebarPanel:
    """Base class of the closed panels below the workflow: where they are, and that they need a portrait."""

    bl_parent_id = PORTRAIT_PT_workflow.bl_idname
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Portrait"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only portraits have these settings."""
        return is_portrait(context.object)


def draw_neutral(layout: Any, properties: Any) -> None:
    """The neutral frame, with ways to another and to where it is; what is chosen but not yet tracked is said."""
    row = layout.row(align=True)
    row.operator(PORTRAIT_OT_step_neutral.bl_idname, text="", icon="TRIA_LEFT").forward = False
    row.prop(properties, "neutral_frame")
    row.operator(PORTRAIT_OT_step_neutral.bl_idname, text="", icon="TRIA_RIGHT").forward = True
    row.operator(PORTRAIT_OT_use_current_frame.bl_idname, text="", icon="EYEDROPPER")
    row.operator(PORTRAIT_OT_go_to_neutral.bl_idname, text="", icon="TIME")
    if properties.tracked_neutral and properties.neutral_frame not in (0, properties.tracked_neutral):
        layout.label(text=f"Track again to use neutral frame {properties.neutral_frame}", icon="INFO")


def draw_preview(layout: Any, ob: Any) -> None:
    """The switch of the live preview, its size, and why there is none."""
    row = layout.row(align=True)
    row.prop(ob.portrait, "preview", toggle=True, icon="HIDE_OFF" if ob.portrait.preview else "HIDE_ON")
    row.prop(ob.portrait, "preview_size", text="")
    for number, line in enumerate(wrap(preview.problem(ob) or "", LINE)):
        layout.label(text=line, icon="BLANK1" if number else "INFO")


def draw_jobs(layout: Any, ob: Any) -> None:
    """Track and Bake with what they found, or the progress of what runs."""
    running = runner.current()
    if running is not None:
        progress = running.progress
        row = layout.row(align=True)
        row.progress(factor=progress.done / progress.total if progress.total else 0, text=progress_text(running))
        row.operator(PORTRAIT_OT_cancel.bl_idname, text="", icon="X")
    for job in runner.waiting():
        layout.label(text=f"Next: {job.title} {job.object.name if job.object else ''}", icon="SORTTIME")
    column = layout.column(align=True)
    column.operator_context = "INVOKE_DEFAULT"
    row = column.row(align=True)
    row.operator(PORTRAIT_OT_track.bl_idname, icon="TRACKER")
    row.operator(PORTRAIT_OT_save_performance.bl_idname, text="", icon="EXPORT")
    row = column.row(align=True)
    row.operator(PORTRAIT_OT_bake.bl_idname, icon="RENDER_ANIMATION")
    row.operator(PORTRAIT_OT_film.bl_idname, text="", icon="FILE_MOVIE")
    for line in state_lines(ob):
        layout.label(text=line)


def state_lines(ob: Any) -> list[str]:
    """What tracking found and baking wrote, and how much of it is still right."""
    properties, lines = ob.portrait, []
    if properties.tracked_frames:
        lines.append(f"Tracked {properties.tracked_frames} clip frames, neutral frame {properties.tracked_neutral}")
        lines += properties.notes.splitlines()
    if properties.frames is not None:
        lines.append(f"Baked {properties.frame_count} scene frames")
        lines += _unfinished(staleness.known(ob))
    return lines


def _unfinished(count: staleness.Count | None) -> list[str]:
    if count is None:
        return []
    faults = [
        f"{number} {what}" for number, what in ((count.missing, "missing"), (count.stale, "out of date")) if number
    ]
    return [f"{' and '.join(faults)}: bake again" if faults else "All up to date"]


def draw_render(layout: Any, scene: Any) -> None:
    """The way to the finished picture, with a word where the view will alter its colours."""
    column = layout.column(align=True)
    column.operator(PORTRAIT_OT_frame_camera.bl_idname, icon="CAMERA_DATA")
    column.operator(PORTRAIT_OT_set_up_render.bl_idname, icon="NODE_COMPOSITING")
    column.operator(PORTRAIT_OT_rebuild_in_compositor.bl_idname, icon="NODETREE")
    column.operator(PORTRAIT_OT_add_strip.bl_idname, icon="SEQUENCE")
    altered = altered_view_settings(scene)
    if altered:
        box = layout.box()
        box.label(text="The view alters the colours:", icon="INFO")
        for setting in altered:
            box.label(text=setting)
        box.operator(PORTRAIT_OT_use_standard_view.bl_idname)


CLASSES = (PORTRAIT_PT_workflow,)
