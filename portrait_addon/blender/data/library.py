"""How a clip is played, and the library of reactions of a portrait.

No annotation here may be a string: Blender reads the properties from the annotations as they stand.
"""

from typing import Any

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, PointerProperty

from . import events
from .property_tools import LAST_FRAME, is_clip, overridable, tag_changed

IDLE_MARKER = "Idle"
"""A marker of this name ends a reaction."""

REPEATS = (
    ("ONCE", "Once", "Plays once, and then holds its last frame"),
    ("LOOP", "Loop", "Plays round and round; the end runs into the beginning over the frames of the seam"),
    (
        "PING_PONG",
        "To and Fro",
        "Plays forwards and backwards, slowing down round the turns over the frames of the seam",
    ),
)


def _cut(properties: Any, context: Any) -> None:
    tag_changed(properties, context)
    events.clip_cut.emit(properties.id_data)


@overridable
class Played:
    """How a clip is played; the driving clip's and each reaction's."""

    first_frame: IntProperty(
        name="In",
        description="First frame of the clip that is played; 0 is the clip's own first",
        min=0,
        options=set(),
        update=_cut,
    )
    last_frame: IntProperty(
        name="Out",
        description="Last frame of the clip that is played; 0 is the clip's own last",
        min=0,
        options=set(),
        update=_cut,
    )
    repeat: EnumProperty(
        name="Repeat", description="What comes after the out point", items=REPEATS, options=set(), update=tag_changed
    )
    seam: IntProperty(
        name="Seam",
        description="Frames of the clip over which the end of a loop runs into its beginning, or a turn is eased",
        default=10,
        min=0,
        soft_max=50,
        max=1000,
        options=set(),
        update=tag_changed,
    )


@overridable
class PortraitReaction(Played, bpy.types.PropertyGroup):
    """A clip of the library; its name is what markers call it by."""

    clip: PointerProperty(
        type=bpy.types.MovieClip,
        name="Clip",
        description="Video or picture sequence of the reaction",
        poll=is_clip,
        update=tag_changed,
    )
    neutral_frame: IntProperty(
        name="Neutral Frame",
        description="Frame of this clip whose face is at rest as the portrait's is; 0 finds it by itself",
        min=0,
        options=set(),
        update=tag_changed,
    )
    driving_face: IntProperty(
        name="Face",
        description="Which of several faces in this clip is followed; 1 is the largest",
        default=1,
        min=1,
        options=set(),
        update=tag_changed,
    )
    start_frame: IntProperty(
        name="Start Frame",
        description="Frame of the scene at which this clip begins where Influence shows it. A marker begins it anew",
        default=1,
        min=-LAST_FRAME,
        max=LAST_FRAME,
        options=set(),
        update=tag_changed,
    )
    influence: FloatProperty(
        name="Influence",
        description="How far this clip covers the driving clip; keyframe it to place a reaction without a marker",
        min=0,
        max=1,
        subtype="FACTOR",
        update=tag_changed,
    )


def unique_name(properties: Any, wanted: str) -> str:
    """A name that no other reaction of a portrait has."""
    taken = {item.name.casefold() for item in properties.reactions} | {IDLE_MARKER.casefold()}
    name, number = wanted, 1
    while name.casefold() in taken:
        name, number = f"{wanted} {number + 1}", number + 1
    return name


CLASSES = (PortraitReaction,)
