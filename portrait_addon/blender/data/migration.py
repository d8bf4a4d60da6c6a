"""Data of older versions of the extension, brought up to date when a file is opened or appended from."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from .app_handlers import append_handlers, remove_handlers
from .properties import SCHEMA, is_portrait


def migrate(ob: Any) -> None:
    """Bring one object's data up to date, a schema at a time.

    2: the live preview came. It stays off where it was not known, so that an old file shows what it showed.
    3: a bake follows the scene's range, and leaves the preview on for the frames that are not up to date. In an older
    file it was the clip that said what is baked, and the bake that switched the preview off. What was chosen on a clip
    is from now on forgotten with the clip.
    """
    properties = ob.portrait
    if properties.schema < 2:
        properties.preview = False
    elif properties.schema < 3:
        properties.preview = properties.preview or properties.frames is not None
    if properties.schema < 3:
        properties.bake_range = "CLIP"
        for played in (properties, *properties.reactions):
            played.chosen_for = played.clip
    properties.schema = SCHEMA


@persistent
def migrate_all(*_arguments: Any) -> None:
    """After a file was opened, or something was appended or linked; what is linked is left to its own file."""
    for ob in bpy.data.objects:
        if is_portrait(ob) and ob.portrait.schema < SCHEMA and ob.library is None:
            migrate(ob)


HANDLERS = {"load_post": migrate_all, "blend_import_post": migrate_all}


def register() -> None:
    """Listen before all who read the data."""
    append_handlers(HANDLERS)


def unregister() -> None:
    """Listen no more."""
    remove_handlers(HANDLERS)
