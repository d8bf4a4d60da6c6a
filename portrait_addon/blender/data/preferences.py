"""What the preferences of the extension say; `panels.preferences` is where the artist sets them."""

from types import SimpleNamespace
from typing import Any

import bpy

PACKAGE = __package__.rsplit(".", 2)[0]
"""Name that Blender knows the extension by."""

DEFAULTS = SimpleNamespace(cache_folder="", cache_limit=10.0, workers=0, preview_size=720)
"""What holds until the artist says otherwise, and where the extension runs without being enabled."""


def preferences() -> Any:
    """The artist's preferences.

    Returns
    -------
    PortraitPreferences or SimpleNamespace
        `DEFAULTS` where the extension is not enabled.
    """
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return DEFAULTS if addon is None or addon.preferences is None else addon.preferences
