"""Poses and performances of all asset libraries, in the asset shelf below the 3D view."""

from typing import Any

import bpy

from ..data.properties import active_portrait
from ..operators.strips import PORTRAIT_OT_use_asset
from ..output import performance_strips, pose_actions


class PORTRAIT_AST_assets(bpy.types.AssetShelf):
    """A click uses one on the portrait."""

    bl_idname = "PORTRAIT_AST_assets"
    bl_space_type = "VIEW_3D"
    bl_activate_operator = PORTRAIT_OT_use_asset.bl_idname
    bl_default_preview_size = 96

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a portrait to use them on."""
        return context.mode == "OBJECT" and active_portrait(context) is not None

    @classmethod
    def asset_poll(cls, asset: Any) -> bool:
        """Only what a portrait can use."""
        tags = (pose_actions.TAG, performance_strips.TAG)
        return asset.id_type == "ACTION" and any(pose_actions.is_tagged(asset.metadata, tag) for tag in tags)


CLASSES = (PORTRAIT_AST_assets,)
