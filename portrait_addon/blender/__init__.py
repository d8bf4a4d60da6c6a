"""The only room that knows Blender.

==============  =============================================================================
``data/``       what a portrait keeps on its object, and where its data-blocks come from
``running/``    tracking and baking: what goes into the jobs, and what becomes of the results
``viewport/``   what is seen of it: plane, live preview, points, timeline
``output/``     compositor, sequencer, sound, other rigs
``operators/``  the buttons
``panels/``     where the buttons are
``presets/``    settings that come with the extension
``dropping``    pictures and clips dropped on the viewport
``handlers``    what happens by itself: on render, on load
``manual``      right click > Online Manual
``compat``      where Blender 4.5 and 5.2 differ
==============  =============================================================================

Modules that compute (``timing``, ``sources``, ``work``, ``loaded``, ``pixels``) are imported when first needed, so that
a session without a portrait does not load OpenCV.
"""

from __future__ import annotations

from typing import Any

import bpy

from . import dropping, handlers, manual, operators, panels
from .data import library, migration, preferences, properties
from .running import staleness
from .viewport import gizmos, overlay, preview, timeline

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
    from .data.sources import cache

    return main(arguments, cache())
