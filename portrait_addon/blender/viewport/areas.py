"""The editors that are open."""

from __future__ import annotations

from functools import partial
from math import radians
from typing import Any, NamedTuple

import bpy
from mathutils import Quaternion, Vector

from ..data import events

PANELS = {("VIEW_3D", "UI"), ("PROPERTIES", "WINDOW")}
"""Editors and their regions that have our panels."""

MARGIN = 1.1
"""A portrait that is looked at has so much room, in its own size."""

SENSOR, ZOOM = 36, 2
"""Of a 3D view's own camera: width of its sensor in millimetres, and how much more than that it shows."""

STRAIGHT = radians(1)
"""A view that is turned away by less looks straight at a portrait."""


class Part(NamedTuple):
    """Part of a region, in its pixels from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


def redraw(*kinds: str) -> None:
    """Draw all editors of these types again, such as ``"VIEW_3D"``."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in kinds:
                area.tag_redraw()


def redraw_panels() -> None:
    """Draw the panels again in which a portrait may be shown, and not the scene beside them, which takes its time."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if (area.type, region.type) in PANELS:
                    region.tag_redraw()


def uncovered(area: Any) -> Part:
    """The part of an area's main region over which neither sidebar nor toolbar nor header lies."""
    main = main_region(area)
    left, bottom, right, top = 0, 0, main.width, main.height
    for region in area.regions:
        x, y = region.x - main.x, region.y - main.y
        if region.width <= 1 or region.height <= 1:
            continue  # hidden
        if region.alignment == "LEFT":
            left = max(left, x + region.width)
        elif region.alignment == "RIGHT":
            right = min(right, x)
        elif region.alignment == "TOP":
            top = min(top, y)
        elif region.alignment == "BOTTOM":
            bottom = max(bottom, y + region.height)
    return Part(left, bottom, right, top)


def main_region(area: Any) -> Any:
    """The region of an area that shows what it is for."""
    return next(region for region in area.regions if region.type == "WINDOW")


def look_at(area: Any, ob: Any) -> None:
    """Look straight at a portrait in a 3D view, as large as sidebar and toolbar leave room for it."""
    region, space, room = main_region(area), area.spaces.active, uncovered(area)
    view = space.region_3d
    with bpy.context.temp_override(area=area, region=region, active_object=ob, object=ob):
        bpy.ops.view3d.view_axis(type="FRONT", align_active=True)
    corners = [ob.matrix_world @ Vector(corner) for corner in ob.bound_box]
    turned = [view.view_rotation.inverted() @ corner for corner in corners]
    across, up = (max(corner[axis] for corner in turned) - min(corner[axis] for corner in turned) for axis in (0, 1))
    unit = MARGIN * max(across / max(room.right - room.left, 1), up / max(room.top - room.bottom, 1))  # of a pixel
    # Pixels of the larger side, as far as the sensor's width is seen through the lens: in perspective and without.
    view.view_distance = unit * max(region.width, region.height) * space.lens / (ZOOM * SENSOR)
    aside = Vector((region.width - room.left - room.right, region.height - room.bottom - room.top, 0)) / 2
    view.view_location = sum(corners, Vector()) / len(corners) + view.view_rotation @ (unit * aside)


def is_looked_at(area: Any, ob: Any) -> bool:
    """Whether a 3D view looks straight at a portrait, not through a camera."""
    view = area.spaces.active.region_3d
    upright = ob.matrix_world.to_quaternion() @ Quaternion((1, 0, 0), radians(90))
    return view.view_perspective != "CAMERA" and view.view_rotation.rotation_difference(upright).angle < STRAIGHT


def clip_editor(context: Any, ob: Any) -> Any:
    """A Clip editor of the window; if there is none, a part of the area that the context is in becomes one.

    Of that area the portrait keeps as much as the clip is given, beside its sidebar; it is looked at anew there if it
    was looked at.

    Parameters
    ----------
    context : bpy.types.Context
    ob : bpy.types.Object
        The portrait.

    Returns
    -------
    bpy.types.Area
    """
    screen = context.window.screen
    open_already = [area for area in screen.areas if area.type == "CLIP_EDITOR"]
    if open_already:
        return open_already[0]
    before = set(screen.areas)
    divided = context.area or max(screen.areas, key=lambda area: area.width * area.height)
    room = uncovered(divided)
    looked_at = divided.type == "VIEW_3D" and is_looked_at(divided, ob)
    with context.temp_override(area=divided):
        bpy.ops.screen.area_split(direction="VERTICAL", factor=(room.right - room.left) / 2 / divided.width)
    editor = next(area for area in screen.areas if area not in before)
    editor.type = "CLIP_EDITOR"
    space = editor.spaces.active
    space.show_region_toolbar = space.show_region_ui = False  # they would leave no room for the picture
    fit = partial(_fit, ob.session_uid if looked_at else None)
    bpy.app.timers.register(fit, first_interval=0.2)  # when they have been drawn in their size
    return editor


def _fit(looked_at: int | None) -> None:
    """Show the whole of each clip in its editor, and of a portrait in the views that look straight at it."""
    ob = next((ob for ob in bpy.data.objects if ob.session_uid == looked_at), None)
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            with bpy.context.temp_override(window=window, area=area, region=main_region(area)):
                if area.type == "CLIP_EDITOR" and area.spaces.active.clip is not None:
                    bpy.ops.clip.view_all(fit_view=True)
                elif area.type == "VIEW_3D" and ob is not None and is_looked_at(area, ob):
                    look_at(area, ob)


def _redraw_points(*_what: Any) -> None:
    redraw("VIEW_3D", "CLIP_EDITOR")


def _redraw_counts() -> None:
    redraw("VIEW_3D", "PROPERTIES")


SUBSCRIPTIONS: events.Subscriptions = (
    (events.points_changed, _redraw_points),
    (events.preview_changed, _redraw_points),
    (events.counts_changed, _redraw_counts),
)


def register() -> None:
    """Draw the editors again that show what has changed."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Leave drawing to Blender."""
    events.unsubscribe_all(SUBSCRIPTIONS)
