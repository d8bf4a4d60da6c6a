"""The sidebar's main panel: the job that runs, what the portrait's state is, and what comes next."""

from textwrap import wrap
from typing import Any

import bpy

from ... import libraries
from ..data.faces import host_of
from ..data.properties import active_portrait, follows_expressions, has_driver, is_portrait
from ..operators.add import PORTRAIT_OT_add
from ..operators.jobs import PORTRAIT_OT_cancel, job_name, progress_text
from ..operators.render import PORTRAIT_OT_use_standard_view, altered_view_settings
from ..operators.view import PORTRAIT_OT_look, PORTRAIT_OT_select, hides_pictures
from ..running import runner, staleness

LINE = 38
"""Letters of a sentence that fit into the sidebar beside an icon."""


class PORTRAIT_PT_workflow(bpy.types.Panel):
    """What is at hand; the panels below it follow in the order of the work."""

    bl_idname = "PORTRAIT_PT_workflow"
    bl_label = "Living Portrait"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Portrait"

    def draw(self, context: Any) -> None:
        """The state of the portrait, or the way to the first one."""
        layout, ob = self.layout, active_portrait(context)
        if reason := libraries.problem():
            for line in wrap(reason, LINE):
                layout.label(text=line, icon="ERROR")
            return
        draw_jobs(layout)
        if ob is None:
            draw_choice(layout, context.scene)
            return
        if ob != getattr(context, "object", None):
            layout.label(text=ob.name, icon="USER")
        if hides_pictures(context.space_data):
            layout.label(text="This shading hides the picture", icon="INFO")
            layout.operator(PORTRAIT_OT_look.bl_idname, icon="HIDE_OFF")
        draw_view(layout, context.scene)
        column = layout.column(align=True)
        for line in state_lines(ob):
            column.label(text=line)
        if not runner.is_busy_with(ob):
            column.label(text=f"Next: {next_step(ob)}", icon="FORWARD")


class SidebarPanel:
    """Base class of the panels below the main one: where they are, and that they need a portrait."""

    bl_parent_id = PORTRAIT_PT_workflow.bl_idname
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Portrait"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only portraits have these settings."""
        return active_portrait(context) is not None


def draw_jobs(layout: Any) -> None:
    """The job that runs, whosever it is, with its way out; and those that wait."""
    running = runner.current()
    if running is not None:
        progress = running.progress
        layout.label(text=job_name(running), icon="SORTTIME")
        row = layout.row(align=True)
        row.progress(factor=progress.done / progress.total if progress.total else 0, text=progress_text(running))
        row.operator(PORTRAIT_OT_cancel.bl_idname, text="", icon="X")
    for job in runner.waiting():
        layout.label(text=f"Next: {job_name(job)}", icon="SORTTIME")


def draw_choice(layout: Any, scene: Any) -> None:
    """The portraits of the scene to choose from, none of which is active; and the way to a new one."""
    portraits = [ob for ob in scene.objects if is_portrait(ob)]
    column = layout.column(align=True)
    for ob in portraits:
        column.operator(PORTRAIT_OT_select.bl_idname, text=ob.name, icon="USER").name = ob.name
    layout.operator_context = "INVOKE_DEFAULT"
    layout.operator(PORTRAIT_OT_add.bl_idname, text="Add Portrait...", icon="ADD")


def draw_view(layout: Any, scene: Any) -> None:
    """A word where the view alters the picture's colours, with the way to see them as they are."""
    if altered := altered_view_settings(scene):
        row = layout.row(align=True)
        row.label(text=altered[0] if len(altered) == 1 else f"{altered[0]} ...", icon="INFO")
        row.operator(PORTRAIT_OT_use_standard_view.bl_idname)


def state_lines(ob: Any) -> list[str]:
    """What tracking found and baking wrote, and how much of it is still right."""
    properties, lines, host = ob.portrait, [], host_of(ob)
    if properties.tracked_frames and not follows_expressions(ob):
        neutral = f", neutral frame {properties.tracked_neutral}" if properties.tracked_neutral else ""
        lines.append(f"Tracked {properties.tracked_frames} clip frames{neutral}")
        lines += [part for line in properties.notes.splitlines() for part in wrap(line, LINE)]
    if host != ob:
        lines.append(f"Shown by {host.name}")
    if host.portrait.frames is not None:
        lines.append(f"Baked {host.portrait.frame_count} scene frames")
        lines += _unfinished(staleness.known(host))
    return lines


def _unfinished(count: staleness.Count | None) -> list[str]:
    if count is None:
        return []
    faults = [
        f"{number} {what}" for number, what in ((count.missing, "missing"), (count.stale, "out of date")) if number
    ]
    return [f"{' and '.join(faults)}: bake again" if faults else "All up to date"]


def next_step(ob: Any) -> str:
    """What the artist would do next with a portrait, in a few words."""
    properties, host = ob.portrait, host_of(ob)
    if properties.portrait is None:
        return "choose a portrait"
    if not has_driver(ob):
        return "choose a driving clip"
    if host.portrait.frames is None:
        at_hand = properties.tracked_frames or follows_expressions(ob)
        return "move the sliders, then bake" if at_hand else "track the clip, or bake"
    count = staleness.known(host)
    return "bake again" if count is not None and (count.missing or count.stale) else "render"


CLASSES = (PORTRAIT_PT_workflow,)
