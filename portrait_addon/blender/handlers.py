"""What happens by itself: a word before a render of frames that are not right, an end to jobs when a file is left."""

from __future__ import annotations

import sys
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .data.app_handlers import append_handlers, remove_handlers
from .data.properties import follows_expressions, is_portrait
from .running import main_thread, runner


@persistent
def end_job(*_arguments: Any) -> None:
    """A job must not outlive the file that it works for, nor what was read of it."""
    runner.end_all()
    if (leftovers := _loaded("leftovers")) is not None:
        leftovers.remove_all()
    if (object_cache := _loaded("object_cache")) is not None:
        object_cache.forget_all()


@persistent
def note_saved(*_arguments: Any) -> None:
    """The file as saved may not show frames any more that were baked before it had a name."""
    if (leftovers := _loaded("leftovers")) is not None:
        leftovers.file_saved()


def _loaded(name: str) -> Any | None:
    """A module of `running` that loads OpenCV, if something has loaded it already."""
    return sys.modules.get(f"{__package__}.running.{name}")


@persistent
def warn_before_render(scene: Any, *_arguments: Any) -> None:
    """Say which portraits of the scene have frames missing or out of date.

    In a window a render calls this from a thread of its own: only the scene's name is read there.
    """
    name = scene.name
    main_thread.call_soon(lambda: show_warnings(bpy.data.scenes.get(name)))


def show_warnings(scene: Any | None) -> None:
    """Print the warnings, and show them where there is a window."""
    lines = warnings(scene) if scene is not None else []
    for line in lines:
        print(f"Living Portraits: {line}", file=sys.stderr)
    windows = [] if bpy.app.background else bpy.context.window_manager.windows
    if lines and windows:

        def draw(menu: Any, _context: Any) -> None:
            for line in lines:
                menu.layout.label(text=line)

        with bpy.context.temp_override(window=windows[-1]):  # the newest: a render opens its own before it starts
            bpy.context.window_manager.popup_menu(draw, title="Living Portraits", icon="ERROR")


def warnings(scene: Any) -> list[str]:
    """One line for each portrait whose frames a render of the scene would show wrong or not at all."""
    portraits = [ob for ob in scene.objects if is_portrait(ob)]
    baked = [ob for ob in portraits if ob.portrait.frames is not None]
    lines = [
        f"{ob.name}: not baked, so the render shows the still portrait. Bake it first."
        for ob in portraits
        if ob.portrait.preview and ob not in baked and not ob.hide_render
        if ob.portrait.tracked_frames or follows_expressions(ob)
    ]
    if baked:
        from .running import unfinished

        lines += [line for ob in baked if (line := unfinished.describe(ob, scene))]
    return lines


HANDLERS = {"render_init": warn_before_render, "load_pre": end_job, "save_post": note_saved}


def register() -> None:
    """Listen."""
    append_handlers(HANDLERS)


def unregister() -> None:
    """Listen no more, and leave no job behind."""
    end_job()
    remove_handlers(HANDLERS)
