"""Object > Living Portrait, and the same in the context menu of objects: so that search finds the operators too."""

from typing import Any

import bpy

from ..data.properties import active_portrait, is_portrait
from . import (
    anchors,
    camera,
    clip,
    curves_file,
    cut_out,
    depth,
    expressions,
    faces,
    fitted_head,
    job_bundle,
    jobs,
    living_profile,
    neutral,
    performance_file,
    points,
    poses,
    presets,
    reactions,
    render,
    rig,
    strips,
    timing,
    view,
)

GROUPS: tuple[tuple[Any, ...], ...] = (
    (
        clip.PORTRAIT_OT_load_clip,
        jobs.PORTRAIT_OT_track,
        jobs.PORTRAIT_OT_bake,
        jobs.PORTRAIT_OT_film,
        jobs.PORTRAIT_OT_cancel,
    ),
    (faces.PORTRAIT_OT_add_face, faces.PORTRAIT_OT_remove_face),
    (view.PORTRAIT_OT_look, points.PORTRAIT_OT_show_clip, points.PORTRAIT_OT_find_faces, points.PORTRAIT_OT_place_face),
    (
        neutral.PORTRAIT_OT_use_current_frame,
        neutral.PORTRAIT_OT_go_to_neutral,
        presets.PORTRAIT_OT_copy_settings,
    ),
    camera.CLASSES,
    (
        expressions.PORTRAIT_OT_key_expressions,
        expressions.PORTRAIT_OT_reset_expressions,
        curves_file.PORTRAIT_OT_key_curves,
        poses.PORTRAIT_OT_apply_pose,
        poses.PORTRAIT_OT_save_pose,
        poses.PORTRAIT_OT_add_ready_poses,
    ),
    (
        timing.PORTRAIT_OT_match_scene,
        timing.PORTRAIT_OT_add_sound,
        timing.PORTRAIT_OT_start_retiming,
        timing.PORTRAIT_OT_find_loop,
        reactions.PORTRAIT_OT_add_reaction,
        strips.PORTRAIT_OT_add_reaction_strip,
        strips.PORTRAIT_OT_markers_to_strips,
    ),
    (
        render.PORTRAIT_OT_frame_camera,
        render.PORTRAIT_OT_use_standard_view,
        render.PORTRAIT_OT_set_up_render,
        render.PORTRAIT_OT_bake_passes,
        render.PORTRAIT_OT_rebuild_in_compositor,
        render.PORTRAIT_OT_add_strip,
    ),
    (
        cut_out.PORTRAIT_OT_cut_out,
        anchors.PORTRAIT_OT_add_anchors,
        depth.PORTRAIT_OT_add_depth,
        fitted_head.PORTRAIT_OT_add_fitted_head,
    ),
    (
        rig.PORTRAIT_OT_make_rig,
        performance_file.PORTRAIT_OT_save_performance,
        curves_file.PORTRAIT_OT_save_curves,
        fitted_head.PORTRAIT_OT_export_fitted_head,
        job_bundle.PORTRAIT_OT_export_job_bundle,
        living_profile.PORTRAIT_OT_export_living_profile,
    ),
)
"""The operators in the order of the work, with a line between groups."""


class PORTRAIT_MT_object(bpy.types.Menu):
    """What can be done with a portrait."""

    bl_idname = "PORTRAIT_MT_object"
    bl_label = "Living Portrait"

    def draw(self, _context: Any) -> None:
        """All of it."""
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        for number, group in enumerate(GROUPS):
            if number:
                layout.separator()
            for operator in group:
                layout.operator(operator.bl_idname)


def draw_in_object_menu(self: Any, context: Any) -> None:
    """Object > Living Portrait, where there is one to work on."""
    if active_portrait(context) is not None:
        self.layout.separator()
        self.layout.menu(PORTRAIT_MT_object.bl_idname, icon="USER")


def draw_in_context_menu(self: Any, context: Any) -> None:
    """The same under the mouse, where the active object is a portrait."""
    if is_portrait(getattr(context, "object", None)):
        self.layout.separator()
        self.layout.menu(PORTRAIT_MT_object.bl_idname, icon="USER")


CLASSES = (PORTRAIT_MT_object,)
MENUS = {"VIEW3D_MT_object": draw_in_object_menu, "VIEW3D_MT_object_context_menu": draw_in_context_menu}


def register() -> None:
    """Put the entries into the menus."""
    for menu, draw in MENUS.items():
        getattr(bpy.types, menu).append(draw)


def unregister() -> None:
    """Take the entries out of the menus."""
    for menu, draw in MENUS.items():
        getattr(bpy.types, menu).remove(draw)
