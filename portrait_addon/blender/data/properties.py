"""What a portrait keeps on its object, as `Object.portrait`.

No annotation here may be a string: Blender reads the properties from the annotations as they stand.
"""

from math import pi
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    IntVectorProperty,
    PointerProperty,
    StringProperty,
)

from ...pipeline.records.masks import MASKS
from ...pipeline.records.passes import PASSES
from ...pipeline.records.settings import Settings, parameters
from . import events
from .drive import PortraitDrive
from .library import Played, PortraitReaction, clip_chosen
from .property_tools import LAST_FRAME, OVERRIDABLE, RELATIVE, is_clip, overridable, tag_changed

SCHEMA = 3
"""Of the data on the object; 0 is an object that is no portrait."""


PASS_ITEMS = tuple((item.name, item.label, item.description, 1 << row) for row, item in enumerate(PASSES))
"""Of a property that chooses passes."""


def _parameter_properties() -> dict[str, Any]:
    return {
        parameter.name: FloatProperty(
            name=parameter.label,
            description=parameter.description,
            default=parameter.default,
            min=parameter.minimum,
            soft_max=parameter.soft_maximum,
            max=parameter.maximum,
            subtype="FACTOR",
            update=tag_changed,
        )
        for parameter in parameters()
    }


def _is_picture(_properties: Any, image: Any) -> bool:
    return image.source in {"FILE", "GENERATED"}


def _mask_properties() -> dict[str, Any]:
    return {
        f"{mask.name}_mask": PointerProperty(
            type=bpy.types.Image,
            name=mask.label,
            description=mask.description if mask.coloured else f"{mask.description}. Painted in white",
            poll=_is_picture,
            update=tag_changed,
        )
        for mask in MASKS
    }


Masks = overridable(type("Masks", (), {"__annotations__": _mask_properties()}))
"""An image for each of `MASKS`."""

Parameters = overridable(type("Parameters", (), {"__annotations__": _parameter_properties()}))
"""Every field of `Settings` as an animatable property; Blender gathers the annotations of base classes too."""


def _portrait_chosen(properties: Any, _context: Any) -> None:
    events.portrait_chosen.emit(properties.id_data)


def _points_changed(properties: Any, _context: Any) -> None:
    properties.id_data.update_tag()
    events.points_changed.emit(properties.id_data)


def _driver_chosen(properties: Any, context: Any) -> None:
    """Whoever chooses the sliders wants to see them: nothing has to be tracked first."""
    if properties.driving_source != "CLIP" and not properties.preview:
        properties.preview = True
    tag_changed(properties, context)


def _may_be_host(properties: Any, ob: Any) -> bool:
    return is_host(ob, properties.id_data)


def _host_chosen(properties: Any, _context: Any) -> None:
    properties.id_data.update_tag()
    events.host_chosen.emit(properties.id_data)


def _start_moved(properties: Any, _context: Any) -> None:
    events.start_moved.emit(properties.id_data)


def _shading_chosen(properties: Any, _context: Any) -> None:
    events.shading_chosen.emit(properties.id_data)


def _preview_changed(properties: Any, context: Any) -> None:
    events.preview_changed.emit(properties.id_data, context.scene)


@overridable
class PortraitProperties(Parameters, Masks, Played, bpy.types.PropertyGroup):  # type: ignore[misc]
    """Everything that belongs to one portrait: what the artist chose, and what the jobs found out."""

    schema: IntProperty(options={"HIDDEN"})
    portrait: PointerProperty(
        type=bpy.types.Image,
        name="Portrait",
        description="The picture to animate",
        poll=_is_picture,
        update=_portrait_chosen,
    )
    clip: PointerProperty(
        type=bpy.types.MovieClip,
        name="Driving Clip",
        description="Video, picture sequence or performance file of the face that the portrait follows",
        poll=is_clip,
        update=clip_chosen,
    )
    driving_source: EnumProperty(
        name="Driven By",
        description="What the portrait follows",
        items=(
            ("CLIP", "Clip", "The face of the driving clip"),
            ("EXPRESSIONS", "Expressions", "Sliders that you move and keyframe; no clip is needed"),
            ("BOTH", "Both", "The face of the driving clip, and sliders that add to it"),
        ),
        options=set(),
        update=_driver_chosen,
    )
    drive: PointerProperty(type=PortraitDrive, name="Expressions")
    neutral_frame: IntProperty(
        name="Neutral Frame",
        description="Frame of the driving clip whose face is at rest as the portrait's is; 0 finds it by itself",
        min=0,
        options=set(),
    )
    start_frame: IntProperty(
        name="Start Frame",
        description="Frame of the scene at which the driving clip begins",
        default=1,
        min=-LAST_FRAME,
        max=LAST_FRAME,
        options=set(),
        update=_start_moved,
    )
    retime: BoolProperty(
        name="Retime",
        description="Show the frame of the clip that Clip Frame says, in place of the clip's own speed",
        options=set(),
        update=tag_changed,
    )
    clip_frame: FloatProperty(
        name="Clip Frame",
        description=(
            "Frame of the clip that is shown while Retime is on; whole or in between. "
            "Keyframe it to hold, slow down, speed up or play backwards"
        ),
        default=1,
        min=1,
        max=LAST_FRAME,
        update=tag_changed,
    )
    reactions: CollectionProperty(
        type=PortraitReaction, name="Reactions", description="Clips that markers of their names call"
    )
    reaction_index: IntProperty(options={"HIDDEN"})
    strip_frame: FloatProperty(
        name="Clip Frame of Strips",
        description="What the Actions of performances key: strips of them play the frames of their clips",
        options={"HIDDEN", "ANIMATABLE"},
    )
    reaction_blend: IntProperty(
        name="Blend",
        description="Frames of the scene over which one clip changes into the next",
        default=8,
        min=0,
        soft_max=50,
        max=1000,
        options=set(),
        update=tag_changed,
    )
    between: EnumProperty(
        name="In Between",
        description="What is shown while no reaction plays",
        items=(
            ("CLIP", "Driving Clip", "The driving clip plays on; looped, it makes an idle portrait"),
            ("REST", "Rest", "The portrait as it is"),
        ),
        options=set(),
        update=tag_changed,
    )
    result: PointerProperty(
        type=bpy.types.Object,
        name="Anchors",
        description="Empty that holds the anchors. Its custom properties are the channels, for drivers to read",
    )
    rig: PointerProperty(
        type=bpy.types.Object, name="Performance Empty", description="What the performance was last keyed on"
    )
    output_folder: StringProperty(
        name="Output",
        description=(
            "Folder in which the frames get a folder of the object's name. "
            "Empty: beside the .blend file, or the extension's own folder while that is not saved"
        ),
        subtype="DIR_PATH",
        options=RELATIVE,
    )
    bake_range: EnumProperty(
        name="Range",
        description="Which frames of the scene are baked",
        items=(
            ("SCENE", "Scene", "Those of the scene's range, or of its preview range, in which the clip plays"),
            ("CLIP", "Clip", "All in which the clip plays, wherever the scene begins and ends"),
        ),
        options=set(),
        update=tag_changed,
    )

    shading: EnumProperty(
        name="Material",
        description="How the plane looks in the scene",
        items=(
            ("SHADELESS", "Shadeless", "The picture's own colours, whatever the lamps"),
            ("LIT", "Lit", "A matt surface under the scene's lamps, which also catches shadows"),
        ),
        options=set(),
        update=_shading_chosen,
    )
    frame_format: EnumProperty(
        name="Frames",
        description="File format of the baked frames",
        items=(
            ("AUTO", "As Portrait", "PNG with the portrait's own 8 or 16 bits, EXR if the portrait is one"),
            ("PNG16", "PNG, 16 Bits", "PNG with 16 bits a channel"),
            ("EXR", "EXR", "Scene-linear light in half precision"),
        ),
        options=set(),
    )
    passes: EnumProperty(
        name="Passes",
        description="What is baked beside the frames, for the compositor",
        items=PASS_ITEMS,
        options={"ENUM_FLAG"},
    )
    multilayer: BoolProperty(
        name="Passes in One File",
        description="All passes of a frame in one multilayer EXR file, not a sequence for each",
        options=set(),
    )

    preview: BoolProperty(
        name="Live Preview",
        description=(
            "Show the composed frame while you scrub or drag a slider, wherever no baked frame is up to date. "
            "Renders never show it"
        ),
        options=set(),
        update=_preview_changed,
    )
    preview_size: IntProperty(
        name="Preview Size",
        description="Longer side of the preview; smaller is faster",
        default=720,
        min=64,
        soft_max=2048,
        max=16384,
        subtype="PIXEL",
        options=set(),
        update=_preview_changed,
    )

    # Which faces, and what was put right in their points.
    face: IntProperty(
        name="Face",
        description="Which of several faces in the portrait is animated; 1 is the largest",
        default=1,
        min=1,
        soft_max=20,
        options=set(),
        update=_points_changed,
    )
    driving_face: IntProperty(
        name="Driving Face",
        description="Which of several faces in the clip is followed; 1 is the largest when so many are first seen",
        default=1,
        min=1,
        soft_max=4,
        options=set(),
        update=clip_chosen,
    )
    host: PointerProperty(
        type=bpy.types.Object,
        name="Shown By",
        description="Portrait of the same picture whose plane shows this face too; empty: this one shows itself",
        poll=_may_be_host,
        update=_host_chosen,
    )
    animate_face: BoolProperty(
        name="Animate Face",
        description="Let this face move; off, it stays as it is in the picture",
        default=True,
        options=set(),
        update=tag_changed,
    )
    show_points: BoolProperty(
        name="Show Points",
        description="Show the portrait at rest with the points of its face. Drag one to put it right",
        options=set(),
        update=_preview_changed,
    )
    show_clip_points: BoolProperty(
        name="Show Points in Clip Editor",
        description="Show the points of the driving face over the clip, in a Clip editor. Drag one to put it right",
        options=set(),
        update=_preview_changed,
    )
    show_head: BoolProperty(
        name="Show Head",
        description="Show the head that was fitted to portrait and clip as a wire, wherever their points are shown",
        options=set(),
        update=_preview_changed,
    )
    ease: IntProperty(
        name="Ease",
        description="Frames of the clip to either side that a moved point takes along, less and less",
        default=6,
        min=0,
        soft_max=50,
        max=1000,
        options=set(),
    )
    corrections: StringProperty(options={"HIDDEN"}, update=_points_changed)
    corrected_clip: PointerProperty(type=bpy.types.MovieClip, options={"HIDDEN"}, update=_points_changed)
    place_by_hand: BoolProperty(
        name="Place by Hand",
        description="Put the face where you say instead of looking for one: for statues, drawings and masks",
        options=set(),
        update=_points_changed,
    )
    place_location: FloatVectorProperty(
        name="Location",
        description="The middle between the eyes, from the picture's top left, in its width and height",
        size=2,
        default=(0.5, 0.4),
        min=0,
        max=1,
        options=set(),
        update=_points_changed,
    )
    place_size: FloatProperty(
        name="Size",
        description="Distance of the outer eye corners, in widths of the picture",
        default=0.25,
        min=0.001,
        soft_max=1,
        max=2,
        subtype="FACTOR",
        options=set(),
        update=_points_changed,
    )
    place_rotation: FloatVectorProperty(
        name="Rotation",
        description="How the face nods, turns and rolls",
        size=3,
        subtype="EULER",
        soft_min=-pi / 2,
        soft_max=pi / 2,
        min=-pi,
        max=pi,
        options=set(),
        update=_points_changed,
    )

    # What tracking found; `Played` has how many frames there are.
    notes: StringProperty(options={"HIDDEN"})
    candidates: StringProperty(options={"HIDDEN"})  # numbers of frames that may be neutral, the best first

    size: IntVectorProperty(size=2, options={"HIDDEN"})

    # What baking wrote; a duplicate shows the original's frames until it has its own.
    frames: PointerProperty(type=bpy.types.Image)
    first_file: IntProperty(options={"HIDDEN"})
    first_offset: IntProperty(options={"HIDDEN"})  # scene frames from the start frame to the first file's
    frame_count: IntProperty(options={"HIDDEN"})
    baked_passes: StringProperty(options={"HIDDEN"})  # their names, with a space between
    baked_multilayer: BoolProperty(options={"HIDDEN"})


def settings_of(properties: Any) -> Settings:
    """The creative parameters as they stand now, without the noise of Blender's single precision: 0.7 is 0.7."""
    return Settings(**{parameter.name: round(getattr(properties, parameter.name), 6) for parameter in parameters()})


def follows_expressions(ob: Any) -> bool:
    """Whether sliders alone drive a portrait, and no clip."""
    return bool(ob.portrait.driving_source == "EXPRESSIONS")


def has_sliders(ob: Any) -> bool:
    """Whether sliders drive a portrait, or add to the clip that does."""
    return bool(ob.portrait.driving_source != "CLIP")


def has_driver(ob: Any) -> bool:
    """Whether there is something that a portrait follows."""
    return follows_expressions(ob) or ob.portrait.clip is not None


SELECT_FIRST = "Select a portrait first, or make one with Add > Image > Living Portrait"
"""What a grey button says that needs a portrait."""


def is_portrait(ob: Any | None) -> bool:
    """Whether an object was made by Add > Image > Living Portrait."""
    return ob is not None and ob.type == "MESH" and ob.portrait.schema > 0


def is_host(host: Any | None, ob: Any) -> bool:
    """Whether a portrait can show the face of another: it has the same picture, and shows itself."""
    if host is None or host == ob or not is_portrait(host):
        return False
    return host.portrait.host is None and host.portrait.portrait == ob.portrait.portrait


def active_portrait(context: Any) -> Any:
    """Choose the portrait that buttons work on.

    Parameters
    ----------
    context : bpy.types.Context
        There may be no screen.

    Returns
    -------
    bpy.types.Object or None
        The active object if it is a portrait, else the only portrait of the scene that shows itself.
    """
    ob = getattr(context, "object", None)
    if is_portrait(ob):
        return ob
    portraits = [other for other in context.scene.objects if is_portrait(other) and other.portrait.host is None]
    return portraits[0] if len(portraits) == 1 else None


def scene_of(ob: Any) -> Any:
    """Choose the scene that an object is shown in.

    Parameters
    ----------
    ob : bpy.types.Object
        Any object.

    Returns
    -------
    bpy.types.Scene
        The present scene if the object is in it or in none, else the first of its own.
    """
    scenes = ob.users_scene
    return bpy.context.scene if bpy.context.scene in scenes or not scenes else scenes[0]


def why_not_editable(ob: Any) -> str | None:
    """Why nothing of a portrait can be changed in this file; None if it can."""
    if ob.library is None:
        return None
    return f"{ob.name} is linked from another file: choose Object > Library Override > Make, or work in that file"


CLASSES = (PortraitProperties,)


def register() -> None:
    """Give every object its `portrait`."""
    bpy.types.Object.portrait = PointerProperty(type=PortraitProperties, override=OVERRIDABLE)


def unregister() -> None:
    """Take `Object.portrait` away; its data stays in the file."""
    del bpy.types.Object.portrait
