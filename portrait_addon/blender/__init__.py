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
``registration``  all that is added to Blender, in its order
``compat``        where Blender 4.5 and 5.2 differ
``presets/``      settings that come with the extension
================  ===========================================================

Modules that compute (``output.anchors``, ``sources``, ``points``, ``timing``, ``unfinished``, ``job_builders``,
``anchoring``, ``farming``, ``leftovers``, ``object_cache``, ``pixels``, ``projections``, ``face_views``) are imported
when first needed, so that a session without a portrait does not load OpenCV.
"""

from __future__ import annotations

import sys
from typing import Any

import bpy

from .. import libraries
from .registration import register_modules, unregister_modules

_command: Any = None


def register() -> None:
    """Add the extension to Blender, with its commands."""
    global _command
    register_modules()
    _command = bpy.utils.register_cli_command("portrait", _run_command_line)


def unregister() -> None:
    """Take the extension out of Blender again."""
    bpy.utils.unregister_cli_command(_command)
    unregister_modules()


def _run_command_line(arguments: list[str]) -> int:
    """``blender --command portrait ...`` is ``python -m portrait_addon ...``."""
    if reason := libraries.problem():
        print(f"portrait: {reason}", file=sys.stderr)
        return 1
    from ..command_line import main
    from .data.sources import cache

    return main(arguments, cache())
