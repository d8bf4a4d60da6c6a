"""How a clip is played, and the library of reactions of a portrait.

No annotation here may be a string: Blender reads the properties from the annotations as they stand.
"""

from collections.abc import Callable
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty

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


def clip_chosen(properties: Any, context: Any) -> None:
    """Forget what was tracked; on another clip, also the frames and the face that were chosen on the one before."""
    if properties.clip is not None and properties.clip != properties.chosen_for:
        another = properties.chosen_for is not None
        properties.chosen_for = properties.clip  # first: each of the numbers below calls this function again
        if another:
            properties.neutral_frame = properties.first_frame = properties.last_frame = 0
            properties.driving_face = 1
    properties.tracked_frames = properties.tracked_neutral = 0
    if isinstance(properties, PortraitReaction):
        tag_changed(properties, context)
    else:
        properties.notes = properties.candidates = ""


def clip_length(properties: Any) -> int:
    """Number of frames of a clip: as tracked, else as Blender counts them; 0 without a clip."""
    if properties.clip is None:
        return 0
    return int(properties.tracked_frames or properties.clip.frame_duration)


def _automatic(name: str, label: str, found: Callable[[Any], int]) -> Any:
    """A switch that stands for the value 0 of a frame number; switched off, the number is what was found."""

    def get(properties: Any) -> bool:
        return not getattr(properties, name)

    def switch(properties: Any, automatic: bool) -> None:
        setattr(properties, name, 0 if automatic else getattr(properties, name) or max(found(properties), 1))

    description = f"{label} is found by itself; switch this off to choose the frame"
    return BoolProperty(name=f"Automatic {label}", description=description, get=get, set=switch, options=set())


def _found(label: str, found: Callable[[Any], int]) -> Any:
    return IntProperty(name=label, description="What was found", get=found, options=set())


def _cut(properties: Any, context: Any) -> None:
    tag_changed(properties, context)
    events.clip_cut.emit(properties.id_data)


@overridable
class Played:
    """How a clip is played; the driving clip's and each reaction's."""

    # What tracking found; no frames until the clip is tracked.
    tracked_frames: IntProperty(options={"HIDDEN"})
    tracked_neutral: IntProperty(options={"HIDDEN"})
    chosen_for: PointerProperty(type=bpy.types.MovieClip, options={"HIDDEN"})  # whose frames and face were chosen

    auto_neutral_frame: _automatic("neutral_frame", "Neutral Frame", lambda properties: properties.tracked_neutral)
    auto_first_frame: _automatic("first_frame", "In", lambda properties: 1)
    auto_last_frame: _automatic("last_frame", "Out", clip_length)
    found_neutral_frame: _found("Neutral Frame", lambda properties: properties.tracked_neutral)
    found_first_frame: _found("In", lambda properties: 1)
    found_last_frame: _found("Out", clip_length)

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
        name="Repeat", description="What comes after the out point", items=REPEATS, options=set(), update=_cut
    )
    seam: IntProperty(
        name="Seam",
        description="Frames of the clip over which the end of a loop runs into its beginning, or a turn is eased",
        default=10,
        min=0,
        soft_max=50,
        max=1000,
        options=set(),
        update=_cut,
    )


@overridable
class PortraitReaction(Played, bpy.types.PropertyGroup):
    """A clip of the library; its name is what markers call it by."""

    clip: PointerProperty(
        type=bpy.types.MovieClip,
        name="Clip",
        description="Video or picture sequence of the reaction",
        poll=is_clip,
        update=clip_chosen,
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
        update=clip_chosen,
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
