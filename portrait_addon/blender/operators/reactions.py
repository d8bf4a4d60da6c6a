"""The library of reactions: add a clip, take one out, call one by a marker."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ...errors import InputError
from ..data.library import IDLE_MARKER, unique_name
from ..data.properties import active_portrait, why_not_editable
from ..data.property_tools import RELATIVE
from ..running import runner
from .clip import load_clip
from .jobs import start_job
from .needs import BUSY, NeedsPortrait


class ReactionOperator(NeedsPortrait):
    """What these operators have in common: they need a portrait that can be changed."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """There must be a portrait that can be changed."""
        return super().why_not(context) or why_not_editable(active_portrait(context))


class ChosenReactionOperator(ReactionOperator):
    """The same for those that need a reaction."""

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """One must be chosen in the list."""
        if reason := super().why_not(context):
            return reason
        return "Add a reaction first" if chosen_reaction(active_portrait(context).portrait) is None else None


def chosen_reaction(properties: Any) -> Any | None:
    """The reaction that is chosen in the list."""
    index = properties.reaction_index
    return properties.reactions[index] if 0 <= index < len(properties.reactions) else None


class PORTRAIT_OT_add_reaction(ReactionOperator, bpy.types.Operator):
    """Add a clip to the library and track it; markers of its name call it"""

    bl_idname = "portrait.add_reaction"
    bl_label = "Add Reaction"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Clip", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
    filter_movie: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """No job may use the library."""
        return super().why_not(context) or (BUSY if runner.is_busy_with(active_portrait(context)) else None)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the clip."""
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Load the clip and track it; its file's name is the reaction's until it gets another."""
        path = Path(bpy.path.abspath(self.filepath))
        try:
            clip = load_clip(path)
        except InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        properties = active_portrait(context).portrait
        name = unique_name(properties, path.stem)
        item = properties.reactions.add()
        item.name, item.clip = name, clip
        properties.reaction_index = len(properties.reactions) - 1
        if properties.clip is not None:
            start_job(self, bpy.ops.portrait.track)
        return {"FINISHED"}


class PORTRAIT_OT_remove_reaction(ChosenReactionOperator, bpy.types.Operator):
    """Take the chosen clip out of the library; its markers stay"""

    bl_idname = "portrait.remove_reaction"
    bl_label = "Remove Reaction"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Take it out."""
        properties = active_portrait(context).portrait
        properties.reactions.remove(properties.reaction_index)
        properties.reaction_index = min(properties.reaction_index, len(properties.reactions) - 1)
        return {"FINISHED"}


class PORTRAIT_OT_call_reaction(ChosenReactionOperator, bpy.types.Operator):
    """Put a marker at the current frame that calls the chosen reaction, or ends what plays"""

    bl_idname = "portrait.call_reaction"
    bl_label = "Add Marker"
    bl_options = {"REGISTER", "UNDO"}

    idle: BoolProperty(name="End", description="End what plays, in place of calling a reaction", options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Add the marker; another that calls something in this frame gives way."""
        ob, scene = active_portrait(context), context.scene
        names = {item.name for item in ob.portrait.reactions} | {IDLE_MARKER}
        for marker in [*scene.timeline_markers]:
            if marker.frame == scene.frame_current and marker.name in names:
                scene.timeline_markers.remove(marker)
        name = IDLE_MARKER if self.idle else chosen_reaction(ob.portrait).name  # type: ignore[union-attr]
        scene.timeline_markers.new(name, frame=scene.frame_current)
        ob.update_tag()
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_add_reaction, PORTRAIT_OT_remove_reaction, PORTRAIT_OT_call_reaction)
