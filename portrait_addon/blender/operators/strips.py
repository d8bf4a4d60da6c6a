"""Strips of performances in the NLA editor: of the chosen reaction, of all markers, and of assets."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, StringProperty

from ..data.frame_rate import scene_rate
from ..data.library import IDLE_MARKER, unique_name
from ..data.properties import active_portrait
from ..output import performance_strips, pose_actions
from ..running import runner
from . import poses
from .jobs import start_job
from .needs import BUSY
from .reactions import ChosenReactionOperator, ReactionOperator, chosen_reaction


class PORTRAIT_OT_add_reaction_strip(ChosenReactionOperator, bpy.types.Operator):
    """Put a strip of the chosen reaction at the current frame; the NLA editor cuts, stretches and blends it"""

    bl_idname = "portrait.add_reaction_strip"
    bl_label = "Add Strip of Reaction"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Make its Action if there is none yet."""
        ob, scene = active_portrait(context), context.scene
        action = action_of_reaction(ob, chosen_reaction(ob.portrait), scene)
        if action is None:
            self.report({"ERROR"}, "The reaction is not tracked. Track first.")
            return {"CANCELLED"}
        blend = ob.portrait.reaction_blend
        performance_strips.add_strip(ob, action, scene.frame_current, (blend, blend))
        ob.update_tag()
        return {"FINISHED"}


def action_of_reaction(ob: Any, item: Any, scene: Any) -> Any | None:
    """The Action of a reaction's clip from its in to its out point, at its own speed; None if it is not tracked."""
    from ..running import object_cache, timing

    performance = object_cache.library_of(ob).get(item.name)
    if performance is None:
        return None
    if (action := performance_strips.action_of(item.clip)) is not None:
        return action
    played, rate = timing.playback_of(item, performance), float(scene_rate(scene))
    first, last = played.span
    rows = range(first - 1, last) if not performance.is_even else (first - 1, last - 1)
    begin = float(performance.times[first - 1])
    frames = [(1 + (float(performance.times[row]) - begin) * rate, row + 1.0) for row in rows]
    return performance_strips.make_action(item.name, item.clip, frames)


class PORTRAIT_OT_markers_to_strips(ReactionOperator, bpy.types.Operator):
    """Turn the markers that call reactions into strips that show the same, and remove the markers"""

    bl_idname = "portrait.markers_to_strips"
    bl_label = "Markers to Strips"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """A strip a marker; each ends where the next one begins."""
        ob, scene = active_portrait(context), context.scene
        items = {item.name.strip().casefold(): item for item in reversed(ob.portrait.reactions)}
        names = {*items, IDLE_MARKER.casefold()}
        markers = sorted(
            (marker for marker in scene.timeline_markers if marker.name.strip().casefold() in names),
            key=lambda marker: marker.frame,
        )
        made = sum(
            self._strip(ob, scene, marker, following, items)
            for marker, following in zip(markers, [*markers[1:], None], strict=False)
        )
        if not made:
            self.report({"ERROR"}, "No marker calls a reaction that is tracked.")
            return {"CANCELLED"}
        for marker in markers:
            scene.timeline_markers.remove(marker)
        ob.update_tag()
        self.report({"INFO"}, f"Made {made} strips. They are in the NLA editor.")
        return {"FINISHED"}

    def _strip(self, ob: Any, scene: Any, marker: Any, following: Any | None, items: dict[str, Any]) -> bool:
        """Whether a marker became a strip. It goes when its clip or Idle ends it; another reaction just covers it."""
        item = items.get(marker.name.strip().casefold())
        action = action_of_reaction(ob, item, scene) if item is not None else None
        if item is None or action is None:
            return False
        (first, last), blend, begin = action.curve_frame_range, ob.portrait.reaction_blend, marker.frame
        own = last - first + 1  # the last frame is shown as long as the others
        end = scene.frame_end if following is None else following.frame + blend
        by_itself = item.repeat == "ONCE" and (following is None or begin + own - blend < following.frame)
        covered = not by_itself and following is not None and following.name.strip().casefold() in items
        length = own if by_itself else end - begin
        blends = (blend, 0 if covered else blend)
        performance_strips.add_strip(ob, action, begin, blends, length, repeats=item.repeat != "ONCE")
        return True


class PORTRAIT_OT_use_asset(ReactionOperator, bpy.types.Operator):
    """Set the sliders as in a pose, or put a strip of a performance at the current frame"""

    bl_idname = "portrait.use_asset"
    bl_label = "Use Asset on Portrait"
    bl_options = {"REGISTER", "UNDO"}

    asset_library_type: EnumProperty(
        items=[(name, name.title(), "") for name in ("ALL", "LOCAL", "ESSENTIALS", "CUSTOM")],
        default="LOCAL",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    asset_library_identifier: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    relative_asset_identifier: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: Any) -> str | None:
        """No job may use the library."""
        return super().why_not(context) or (BUSY if runner.is_busy_with(active_portrait(context)) else None)

    def execute(self, context: Any) -> set[str]:
        """Append the Action if it is in another file."""
        action = self._action()
        if action is None:
            self.report({"ERROR"}, f"{self.relative_asset_identifier}: there is no such asset.")
            return {"CANCELLED"}
        ob = active_portrait(context)
        if action.portrait_clip is not None:
            return self._play(context, ob, action)
        values = pose_actions.values_of(action)
        if not values:
            self.report({"ERROR"}, f"{action.name}: is no pose and no performance of a living portrait.")
            return {"CANCELLED"}
        if ob.portrait.driving_source == "CLIP":
            ob.portrait.driving_source = "EXPRESSIONS" if ob.portrait.clip is None else "BOTH"
        poses.apply(context, values, 1.0)
        return {"FINISHED"}

    def _action(self) -> Any | None:
        path, _, name = self.relative_asset_identifier.replace("\\", "/").rpartition("/")
        if self.asset_library_type == "LOCAL":
            return bpy.data.actions.get(name)
        library = bpy.context.preferences.filepaths.asset_libraries.get(self.asset_library_identifier)
        file = path.rpartition("/")[0]
        if library is None or not file.endswith(".blend"):
            return None
        try:
            with bpy.data.libraries.load(f"{library.path}/{file}", link=False) as (there, wanted):
                wanted.actions = [known for known in there.actions if known == name]
        except OSError:
            return None
        return next(iter(wanted.actions), None)

    def _play(self, context: Any, ob: Any, action: Any) -> set[str]:
        properties = ob.portrait
        if not any(item.clip == action.portrait_clip for item in properties.reactions):
            name = unique_name(properties, action.name)
            item = properties.reactions.add()
            item.name, item.clip = name, action.portrait_clip
            properties.reaction_index = len(properties.reactions) - 1
            if properties.clip is not None:
                start_job(self, bpy.ops.portrait.track)
        blend = properties.reaction_blend
        performance_strips.add_strip(ob, action, context.scene.frame_current, (blend, blend))
        ob.update_tag()
        return {"FINISHED"}


CLASSES = (PORTRAIT_OT_add_reaction_strip, PORTRAIT_OT_markers_to_strips, PORTRAIT_OT_use_asset)
