"""A portrait driven by numbers: a slider for each of ARKit's expressions, and for how head and eyes turn.

No annotation here may be a string: Blender reads the properties from the annotations as they stand.
"""

import re
from collections.abc import Callable
from math import pi
from typing import Any, NamedTuple

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty

from ...pipeline.records.expression import UNITS, Expression
from .property_tools import overridable, tag_changed


class Slider(NamedTuple):
    """An expression, or one of both sides of the face.

    Attributes
    ----------
    label, description : str
        In the panel.
    names : tuple of str
        Its properties: one, or those of the sitter's right and left side.
    """

    label: str
    description: str
    names: tuple[str, ...]


def _sliders(described: dict[str, str]) -> tuple[Slider, ...]:
    return tuple(
        Slider(_label(name), described[name], (name,) if name in UNITS else (f"{name}Right", f"{name}Left"))
        for name in described
    )


def _label(name: str) -> str:
    """ARKit's name as words: of ``browInnerUp``, Brow Inner Up."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[0].upper() + name[1:])


BROWS = _sliders(
    {
        "browDown": "Lowers the brow and draws it inwards",
        "browInnerUp": "Raises the inner ends of both brows",
        "browOuterUp": "Raises the outer half of the brow",
    }
)
EYES = _sliders(
    {
        "eyeBlink": "Closes the lids; at 1 the eye is shut",
        "eyeSquint": "Tightens the lids round the eye",
        "eyeWide": "Opens the lids wider",
        "eyeLookUp": "Turns the eye up. Gaze turns both eyes",
        "eyeLookDown": "Turns the eye down. Gaze turns both eyes",
        "eyeLookIn": "Turns the eye to the nose. Gaze turns both eyes",
        "eyeLookOut": "Turns the eye away from the nose. Gaze turns both eyes",
    }
)
JAW = _sliders(
    {
        "jawOpen": "Drops the jaw",
        "jawForward": "Pushes the jaw forward",
        "jawRight": "Moves the jaw to the sitter's right",
        "jawLeft": "Moves the jaw to the sitter's left",
        "tongueOut": "Puts a modelled tongue out between the lips",
    }
)
LIPS = _sliders(
    {
        "mouthSmile": "Raises the corner of the mouth",
        "mouthFrown": "Lowers the corner of the mouth",
        "mouthDimple": "Draws the corner of the mouth back",
        "mouthStretch": "Draws the corner of the mouth aside",
        "mouthPress": "Presses the lips together",
        "mouthUpperUp": "Raises the upper lip",
        "mouthLowerDown": "Lowers the lower lip",
        "mouthClose": "Closes the lips over an open jaw",
        "mouthFunnel": "Opens the lips round, as for a long O",
        "mouthPucker": "Purses the lips, as for a kiss",
        "mouthRollUpper": "Rolls the upper lip inwards",
        "mouthRollLower": "Rolls the lower lip inwards",
        "mouthShrugUpper": "Pushes the upper lip up",
        "mouthShrugLower": "Pushes the lower lip up",
        "mouthRight": "Moves the mouth to the sitter's right",
        "mouthLeft": "Moves the mouth to the sitter's left",
    }
)
CHEEKS = _sliders(
    {
        "cheekPuff": "Puffs both cheeks",
        "cheekSquint": "Raises the cheek under the eye",
        "noseSneer": "Raises the side of the nose",
    }
)

PAIRS = dict(slider.names for slider in (*BROWS, *EYES, *LIPS, *CHEEKS) if len(slider.names) == 2)
"""From the property of the sitter's right side to that of the left."""

_OTHER_SIDE = PAIRS | {left: right for right, left in PAIRS.items()}

HEAD = ("turn", "nod", "tilt", "shift_right", "shift_up", "size", "gaze_right", "gaze_up")
"""Properties that move head and eyes."""

KEYED = (*UNITS, *HEAD)
"""All that can be keyframed."""

DIGITS = 6
"""Decimal digits that count: 0.7 is 0.7, whatever Blender's single precision makes of it."""


def _moved(name: str) -> Callable[[Any, Any], None]:
    """What happens when a slider is moved: in symmetric editing, the other side's moves too."""
    other = _OTHER_SIDE.get(name)

    def moved(drive: Any, context: Any) -> None:
        value = getattr(drive, name)
        if other is not None and drive.symmetric and getattr(drive, other) != value:
            setattr(drive, other, value)  # which comes here again, and finds both equal
        tag_changed(drive, context)

    return moved


def _expression_properties() -> dict[str, Any]:
    sliders = (*BROWS, *EYES, *JAW, *LIPS, *CHEEKS)
    described = {name: slider.description for slider in sliders for name in slider.names}
    return {
        name: FloatProperty(
            name=_label(name), description=described[name], min=0, max=1, subtype="FACTOR", update=_moved(name)
        )
        for name in UNITS
    }


Expressions = overridable(type("Expressions", (), {"__annotations__": _expression_properties()}))
"""The 52 as animatable properties; Blender gathers the annotations of base classes too."""


def _angle(name: str, description: str) -> Any:
    return FloatProperty(
        name=name,
        description=description,
        min=-pi / 2,
        max=pi / 2,
        soft_min=-pi / 6,
        soft_max=pi / 6,
        subtype="ANGLE",
        update=tag_changed,
    )


def _either_way(name: str, description: str, most: float) -> Any:
    return FloatProperty(
        name=name, description=description, min=-most, max=most, soft_min=-1, soft_max=1, update=tag_changed
    )


@overridable
class PortraitDrive(Expressions, bpy.types.PropertyGroup):  # type: ignore[misc]
    """The sliders of a portrait. At rest all are 0, and the size is 1."""

    symmetric: BoolProperty(
        name="Symmetric", description="A slider of one side of the face moves that of the other, too", options=set()
    )
    turn: _angle("Turn", "Turns the head to the sitter's left, which is to your right; negative to the other side")
    nod: _angle("Nod", "Nods down; negative raises the head")
    tilt: _angle("Tilt", "Tilts the head to the sitter's right shoulder, which is on your left; negative to the other")
    shift_right: _either_way("Shift Right", "Moves the head to your right, in distances of the outer eye corners", 10)
    shift_up: _either_way("Shift Up", "Moves the head up, in distances of the outer eye corners", 10)
    size: FloatProperty(
        name="Size",
        description="Size of the head; 1 as in the portrait",
        default=1,
        min=0.1,
        max=10,
        soft_min=0.8,
        soft_max=1.25,
        update=tag_changed,
    )
    gaze_right: _either_way("Gaze Right", "Turns both eyes to your right; negative to your left", 1)
    gaze_up: _either_way("Gaze Up", "Turns both eyes up; negative down", 1)
    idle: FloatProperty(
        name="Idle",
        description="How much the face blinks, glances about and breathes by itself, on top of all else",
        min=0,
        max=2,
        soft_max=1,
        subtype="FACTOR",
        update=tag_changed,
    )
    idle_period: FloatProperty(
        name="Loop",
        description="Seconds after which the idle comes round",
        default=20,
        min=4,
        soft_max=120,
        max=3600,
        options=set(),
        update=tag_changed,
    )
    idle_seed: IntProperty(
        name="Seed",
        description="Another number gives another idle, so that two portraits do not blink together",
        min=0,
        options=set(),
        update=tag_changed,
    )


GAZE = {
    "eyeLookOutLeft": ("gaze_right", 1),
    "eyeLookInRight": ("gaze_right", 1),
    "eyeLookInLeft": ("gaze_right", -1),
    "eyeLookOutRight": ("gaze_right", -1),
    "eyeLookUpLeft": ("gaze_up", 1),
    "eyeLookUpRight": ("gaze_up", 1),
    "eyeLookDownLeft": ("gaze_up", -1),
    "eyeLookDownRight": ("gaze_up", -1),
}
"""Expressions that turn the eyes: the property that adds to each, and its sign."""


def pose_of(drive: Any) -> Expression:
    """Read the sliders of a portrait as they stand.

    Parameters
    ----------
    drive : PortraitDrive

    Returns
    -------
    Expression
    """
    turn, nod, tilt, right, up, size, gaze_right, gaze_up = (round(getattr(drive, name), DIGITS) for name in HEAD)
    gaze = {"gaze_right": gaze_right, "gaze_up": gaze_up}
    weights = {name: round(getattr(drive, name), DIGITS) for name in UNITS}
    for name, (axis, sign) in GAZE.items():
        weights[name] = min(weights[name] + max(sign * gaze[axis], 0.0), 1.0)
    return Expression(tuple(weights.values()), (turn, nod, tilt), (right, up), size)


CLASSES = (PortraitDrive,)
