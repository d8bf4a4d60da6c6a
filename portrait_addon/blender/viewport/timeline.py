"""The neutral frame on the timeline: a line and a word, drawn over it; no marker is added to the artist's scene."""

from __future__ import annotations

from typing import Any

import bpy

from ..data.properties import active_portrait, follows_expressions, is_portrait

COLOUR = (0.95, 0.65, 0.2, 0.8)
TEXT_SIZE = 11

_handler: Any = None


def neutral_on_timeline(ob: Any, scene: Any) -> tuple[int, str] | None:
    """Scene frame of a portrait's neutral frame, and its word; None before tracking or where nothing is at hand.

    Called at every redraw: it only looks at what is loaded already.
    """
    if not is_portrait(ob) or ob.portrait.clip is None or not ob.portrait.tracked_frames or follows_expressions(ob):
        return None
    from ..running import object_cache, timing

    number = ob.portrait.neutral_frame or ob.portrait.tracked_neutral
    performance = object_cache.performance_in_memory(ob)
    if performance is None or not 1 <= number <= performance.frame_count:
        return None
    frame = timing.timeline_of(ob, scene, performance, {}).shows(number)
    return None if frame is None else (frame, "Neutral")


def _draw() -> None:
    context = bpy.context
    mark = neutral_on_timeline(active_portrait(context), context.scene)
    if mark is None or context.space_data.mode != "TIMELINE":
        return
    import blf
    import gpu
    from gpu_extras.batch import batch_for_shader

    frame, word = mark
    region = context.region
    x, _ = region.view2d.view_to_region(frame, 0, clip=False)
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.uniform_float("color", COLOUR)
    gpu.state.blend_set("ALPHA")
    batch_for_shader(shader, "LINES", {"pos": [(x, 0), (x, region.height)]}).draw(shader)
    gpu.state.blend_set("NONE")
    blf.size(0, TEXT_SIZE * context.preferences.system.ui_scale)
    blf.color(0, *COLOUR)
    blf.position(0, x + 4, 4, 0)
    blf.draw(0, word)


def register() -> None:
    """Draw where there is a window."""
    global _handler
    if not bpy.app.background:
        _handler = bpy.types.SpaceDopeSheetEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    """Draw no more."""
    global _handler
    if _handler is not None:
        bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_handler, "WINDOW")
        _handler = None
