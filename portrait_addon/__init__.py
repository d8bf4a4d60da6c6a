# SPDX-License-Identifier: GPL-3.0-or-later
"""Living Portraits: a still portrait follows the expressions of a driving clip.

Importing this package needs no Blender: ``pipeline``, ``media`` and ``jobs`` also serve the command line
``python -m portrait_addon``. Blender is first met in `register`.
"""


def register() -> None:
    """Add the extension to Blender."""
    from . import blender

    blender.register()


def unregister() -> None:
    """Take the extension out of Blender again."""
    from . import blender

    blender.unregister()
