"""Poses of the sliders: ready ones, one's own as assets, and how much of them is laid over what the sliders say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...pipeline.records.expression import UNITS
from ..data.drive import HEAD
from ..data.properties import active_portrait
from ..output import pose_actions
from .expressions import DriveOperator

READY, OWN = "READY ", "OWN "
"""What identifiers begin with, of poses that come with the extension and of those in the file."""

_items: list[tuple[str, str, str]] = []
"""Blender forgets the texts of a list that a function makes."""


def _poses(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    from ...pipeline.clip.ready_poses import READY_POSES

    own = [(f"{OWN}{action.name}", action.name, "A pose of this file") for action in pose_actions.poses()]
    ready = [(f"{READY}{name}", name, "Comes with the extension") for name in READY_POSES]
    _items[:] = [*own, *ready]
    return _items


class PORTRAIT_OT_apply_pose(DriveOperator, bpy.types.Operator):
    """Set the sliders as in a pose, wholly or by a share; with auto keying, they are keyed too"""

    bl_idname = "portrait.apply_pose"
    bl_label = "Apply Pose"
    bl_options = {"REGISTER", "UNDO"}

    pose: EnumProperty(name="Pose", description="Which pose", items=_poses)
    blend: FloatProperty(
        name="Blend", description="How much of the pose, against what the sliders say", default=1, min=0, max=1,
        subtype="FACTOR",
    )  # fmt: skip

    def execute(self, context: Any) -> set[str]:
        """Sliders that the pose does not have stay."""
        apply(context, values_of(self.pose), self.blend)
        return {"FINISHED"}


def values_of(pose: str) -> dict[str, float]:
    """Values of the sliders in a pose, by the identifier of `PORTRAIT_OT_apply_pose`."""
    from ...pipeline.clip.ready_poses import READY_POSES

    if pose.startswith(OWN):
        return pose_actions.values_of(bpy.data.actions[pose.removeprefix(OWN)])
    weights = READY_POSES[pose.removeprefix(READY)]
    return {name: weights.get(name, 0.0) for name in UNITS}


def apply(context: Any, values: Mapping[str, float], blend: float) -> None:
    """Lay a pose over what the sliders of the active portrait say.

    Parameters
    ----------
    context : bpy.types.Context
    values : mapping from str to float
        By properties of `PortraitDrive`; unknown ones do not count.
    blend : float
        0..1.
    """
    ob = active_portrait(context)
    drive, symmetric = ob.portrait.drive, ob.portrait.drive.symmetric
    drive.symmetric = False  # a wink would close both eyes
    known = [name for name in values if name in (*UNITS, *HEAD)]
    for name in known:
        setattr(drive, name, (1 - blend) * getattr(drive, name) + blend * values[name])
        if context.scene.tool_settings.use_keyframe_insert_auto:
            ob.keyframe_insert(f"portrait.drive.{name}", frame=context.scene.frame_current_final, group="Expressions")
    drive.symmetric = symmetric
    ob.update_tag()


class PORTRAIT_OT_save_pose(DriveOperator, bpy.types.Operator):
    """Keep what the sliders say as a pose: an asset of this file, with a picture of the portrait"""

    bl_idname = "portrait.save_pose"
    bl_label = "Save Pose"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name", description="Of the pose", default="Pose")
    with_head: BoolProperty(name="With Head", description="Keep how head and gaze are turned, too")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for a name."""
        chosen: set[str] = context.window_manager.invoke_props_dialog(self)
        return chosen

    def execute(self, context: Any) -> set[str]:
        """Make the Action."""
        from ..running import pose_pictures

        ob = active_portrait(context)
        names = (*UNITS, *HEAD) if self.with_head else UNITS
        values = {name: getattr(ob.portrait.drive, name) for name in names}
        (picture,) = pose_pictures.of_poses(ob, [values])
        action = pose_actions.make(self.name.strip() or "Pose", values, picture)
        self.report({"INFO"}, f"Saved {action.name}. It is in the asset browser, under Current File.")
        return {"FINISHED"}


class PORTRAIT_OT_add_ready_poses(DriveOperator, bpy.types.Operator):
    """Add the ready poses to this file as assets, with pictures of this portrait, to change or to give to others"""

    bl_idname = "portrait.add_ready_poses"
    bl_label = "Add Ready Poses as Assets"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Make an Action of each; those of these names stay as they are."""
        from ...pipeline.clip.ready_poses import READY_POSES
        from ..running import pose_pictures

        known = {action.name for action in pose_actions.poses()}
        missing = {name: values_of(f"{READY}{name}") for name in READY_POSES if name not in known}
        pictures = pose_pictures.of_poses(active_portrait(context), list(missing.values()))
        for (name, values), picture in zip(missing.items(), pictures, strict=True):
            pose_actions.make(name, values, picture)
        self.report({"INFO"}, f"Added {len(missing)} poses. They are in the asset browser, under Current File.")
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_apply_pose, PORTRAIT_OT_save_pose, PORTRAIT_OT_add_ready_poses)
