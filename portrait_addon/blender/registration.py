"""What is added to Blender: classes, menu entries, handlers."""

from __future__ import annotations

from typing import Any

import bpy

from . import dropping, handlers, manual, operators, panels
from .data import drive, library, migration, properties
from .output import performance_strips, sound, stereo
from .panels import preferences
from .running import main_thread, staleness
from .viewport import anchors, areas, cut_out, gizmos, overlay, plane, preview, timeline

MODULES: tuple[Any, ...] = (
    preferences,
    library,
    drive,
    properties,
    performance_strips,
    *operators.MODULES,
    dropping,
    panels,
    migration,
    main_thread,
    plane,
    stereo,
    sound,
    cut_out,
    preview,
    anchors,
    handlers,
    areas,
    staleness,
    timeline,
    overlay,
    gizmos,
    manual,
)
"""In the order in which they register. Each may have CLASSES, `register` and `unregister`."""


def register_modules() -> None:
    """Add every class, menu entry and handler to Blender."""
    for module in MODULES:
        for cls in getattr(module, "CLASSES", ()):
            bpy.utils.register_class(cls)
        if hasattr(module, "register"):
            module.register()


def unregister_modules() -> None:
    """Take everything out again, in reverse order."""
    for module in reversed(MODULES):
        if hasattr(module, "unregister"):
            module.unregister()
        for cls in reversed(getattr(module, "CLASSES", ())):
            bpy.utils.unregister_class(cls)
