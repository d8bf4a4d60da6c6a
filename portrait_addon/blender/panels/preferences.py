"""Edit > Preferences > Add-ons > Living Portraits: where tracked clips are kept, how many processors may work."""

from typing import Any

import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty

from ..data.preferences import DEFAULTS, PACKAGE
from ..data.property_tools import RELATIVE
from ..operators.cache import PORTRAIT_OT_clear_cache, cache_size


class PortraitPreferences(bpy.types.AddonPreferences):
    """What belongs to this computer, and not to a portrait."""

    bl_idname = PACKAGE

    cache_folder: StringProperty(
        name="Cache",
        description="Folder where tracked clips are kept for next time. Empty: the extension's own",
        subtype="DIR_PATH",
        options=RELATIVE,
        default=DEFAULTS.cache_folder,
    )
    cache_limit: FloatProperty(
        name="Cache Limit (GB)",
        description=(
            "What the cache may take of the disk; the clips that were not used for longest are let go of. "
            "In memory nothing is kept: long clips are read from the disk as they play"
        ),
        default=DEFAULTS.cache_limit,
        min=0.1,
        soft_max=100,
        max=100_000,
        precision=1,
    )
    workers: IntProperty(
        name="Workers",
        description="Frames that are tracked and baked at the same time; 0 is one for each processor, up to 8",
        default=DEFAULTS.workers,
        min=0,
        soft_max=16,
        max=64,
    )
    preview_size: IntProperty(
        name="Preview Size",
        description="Longer side of the live preview of portraits that you add from now on; smaller is faster",
        default=DEFAULTS.preview_size,
        min=64,
        soft_max=2048,
        max=16384,
        subtype="PIXEL",
    )

    def draw(self, _context: Any) -> None:
        """The four, and how large the cache is."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "cache_folder")
        layout.prop(self, "cache_limit")
        layout.operator(PORTRAIT_OT_clear_cache.bl_idname, text=f"Clear Cache ({cache_size()})", icon="TRASH")
        layout.separator()
        layout.prop(self, "workers")
        layout.prop(self, "preview_size")


CLASSES = (PortraitPreferences,)
