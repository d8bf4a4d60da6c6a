"""The only room that knows Blender.

====================  ===================================================================
``properties``        what a portrait keeps on its object
``preferences``       what belongs to this computer
``library``           how a clip is played; the library of reactions
``property_tools``    what both have in common
``rig``               the performance as empties with an Action
``sound``             the clip's sound in the sequencer
``plane``             the plane that shows it
``compositor``        the frames over the render
``sequencer``         the frames as a strip
``honesty``           renders say that they are synthetic
``rebuild``           the animation rebuilt in the compositor, from portrait and passes
``sampling``          settings at any frame
``timing``            scene frames, files, clip time; what shows when
``sources``           data-blocks to pixels, paths, folders
``work``              tracking and baking an object
``runner``            the job that runs
``loaded``            what was read, analysed and tracked, kept while a file is open
``preview``           the composed frame on the plane, live
``staleness``         how many baked frames are out of date, for the panel
``points``            what was put right by hand in the tracked points
``sheets``            a face as an editor shows it, and what the mouse is on
``knobs``             what moves a face as a whole that is placed by hand
``overlay``           points drawn over portrait and clip
``gizmos``            points under the mouse
``areas``             the editors that are open
``pixels``            pictures into Blender's images
``timeline``          the neutral frame, drawn on the timeline
``migration``         data of older versions
``operators/``        the buttons
``dropping``          pictures and clips dropped on the viewport
``panels/``           where the buttons are
``manual``            right click > Online Manual
``presets/``          settings that come with the extension
``handlers``          what happens by itself: on render, on load
``command_line``      the portraits of a file baked without a window
``compat``            where Blender 4.5 and 5.2 differ
====================  ===================================================================

Modules that compute (``timing``, ``sources``, ``work``, ``loaded``, ``pixels``) are imported when first needed, so that
a session without a portrait does not load OpenCV.
"""

from __future__ import annotations

from typing import Any

import bpy

from . import (
    dropping,
    gizmos,
    handlers,
    library,
    manual,
    migration,
    operators,
    overlay,
    panels,
    preferences,
    preview,
    properties,
    staleness,
    timeline,
)

MODULES: tuple[Any, ...] = (
    preferences,
    library,
    properties,
    *operators.MODULES,
    dropping,
    panels,
    migration,
    handlers,
    preview,
    staleness,
    timeline,
    overlay,
    gizmos,
    manual,
)
"""In the order in which they register. Each may have CLASSES, `register` and `unregister`."""

_command: Any = None


def register() -> None:
    """Add every class, menu entry, handler and the command line to Blender."""
    global _command
    for module in MODULES:
        for cls in getattr(module, "CLASSES", ()):
            bpy.utils.register_class(cls)
        if hasattr(module, "register"):
            module.register()
    _command = bpy.utils.register_cli_command("portrait", _run_command_line)


def unregister() -> None:
    """Take everything out again, in reverse order."""
    bpy.utils.unregister_cli_command(_command)
    for module in reversed(MODULES):
        if hasattr(module, "unregister"):
            module.unregister()
        for cls in reversed(getattr(module, "CLASSES", ())):
            bpy.utils.unregister_class(cls)


def _run_command_line(arguments: list[str]) -> int:
    """``blender --command portrait ...`` is ``python -m portrait_addon ...``."""
    from ..__main__ import main
    from .sources import cache

    return main(arguments, cache())
