"""The editors that are open."""

from __future__ import annotations

from typing import Any

import bpy

from ..data import events

PANELS = {("VIEW_3D", "UI"), ("PROPERTIES", "WINDOW")}
"""Editors and their regions that have our panels."""


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


def clip_editor(context: Any) -> Any:
    """A Clip editor of the window; half of the area that the context is in becomes one if there is none."""
    screen = context.window.screen
    open_already = [area for area in screen.areas if area.type == "CLIP_EDITOR"]
    if open_already:
        return open_already[0]
    before = set(screen.areas)
    with context.temp_override(area=context.area or max(screen.areas, key=lambda area: area.width * area.height)):
        bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
    editor = next(area for area in screen.areas if area not in before)
    editor.type = "CLIP_EDITOR"
    space = editor.spaces.active
    space.show_region_toolbar = space.show_region_ui = False  # they would leave no room for the picture
    bpy.app.timers.register(_fit_clips, first_interval=0.2)  # when it has been drawn in its size
    return editor


def _fit_clips() -> None:
    """Show the whole of each clip in its editor."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "CLIP_EDITOR" and area.spaces.active.clip is not None:
                region = next(region for region in area.regions if region.type == "WINDOW")
                with bpy.context.temp_override(window=window, area=area, region=region):
                    bpy.ops.clip.view_all(fit_view=True)


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
