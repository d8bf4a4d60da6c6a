"""The only room that knows Blender.

Its rooms are floors: each imports only those below it, also within functions. From the top:

==============  =============================================================================
``panels/``     where the buttons and preferences are
``operators/``  the buttons
``viewport/``   what is seen of a portrait: plane, live preview, points, timeline
``running/``    tracking and baking: what goes into the jobs, and what becomes of the results
``output/``     compositor, sequencer, sound, other rigs
``data/``       what a portrait keeps on its object, and where its data-blocks come from
==============  =============================================================================

What lies below tells those above through ``data.events``. Above all floors are the modules of this folder, except
``compat``, which lies below all:

================  ===========================================================
``dropping``      pictures and clips dropped on the viewport
``handlers``      what happens by itself: on render, on load
``manual``        right click > Online Manual
``command_line``  the portraits of a file baked without a window
``compat``        where Blender 4.5 and 5.2 differ
``presets/``      settings that come with the extension
================  ===========================================================

Modules that compute (``sources``, ``points``, ``timing``, ``unfinished``, ``job_builders``, ``object_cache``,
``pixels``, ``face_views``) are imported when first needed, so that a session without a portrait does not load OpenCV.
"""

from __future__ import annotations

from typing import Any

import bpy

from . import dropping, handlers, manual, operators, panels
from .data import library, migration, properties
from .output import sound
from .panels import preferences
from .running import main_thread, staleness
from .viewport import areas, gizmos, overlay, plane, preview, timeline

MODULES: tuple[Any, ...] = (
    preferences,
    library,
    properties,
    *operators.MODULES,
    dropping,
    panels,
    migration,
    main_thread,
    plane,
    sound,
    preview,
    handlers,
    areas,
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
    from .data.sources import cache

    return main(arguments, cache())
