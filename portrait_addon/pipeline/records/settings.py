"""The numbers that an artist sets, for one frame."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """What panels, files and checks need to know of a number."""

    name: str
    label: str
    description: str
    default: float
    minimum: float
    soft_maximum: float
    maximum: float


def _number(default: float, label: str, description: str, maximum: float, soft_maximum: float | None = None) -> Any:
    facts = {"label": label, "description": description, "minimum": 0.0, "maximum": maximum}
    return field(default=default, metadata=facts | {"soft_maximum": maximum if soft_maximum is None else soft_maximum})


@dataclass(frozen=True)
class Settings:
    """Settings of one frame. The defaults are the lecture's, but for `depth`."""

    head_motion: float = _number(1.0, "Head Motion", "How much the portrait takes over of the head's motion", 3.0, 1.5)
    expression: float = _number(
        1.0, "Expression", "How much the portrait takes over of the face's expression", 3.0, 1.5
    )
    eyes: float = _number(1.0, "Eyes", "Expression of lids and gaze, on top of the whole expression", 3.0, 1.5)
    brows: float = _number(1.0, "Brows", "Expression of the brows, on top of the whole expression", 3.0, 1.5)
    mouth: float = _number(1.0, "Mouth", "Expression of mouth and jaw, on top of the whole expression", 3.0, 1.5)
    mouth_transfer: float = _number(
        1.0, "Inside of Mouth", "How much of the driver's teeth and tongue is seen where the mouth opens", 1.0
    )
    wrinkles: float = _number(
        1.0, "Wrinkles", "Strength of the wrinkles and creases that come with the expression", 4.0, 2.0
    )
    smoothing: float = _number(
        1.0, "Calm Surroundings", "How far hair, shoulders and background are smoothed with distance from the face", 1.0
    )
    hold: float = _number(
        1.0, "Hold Background", "Keep the background still behind the person; 0 lets it move with the head", 1.0
    )
    depth: float = _number(
        1.0, "Turn in Depth", "Turn the portrait's own shape in depth; 0 carries flat offsets, as in the paper", 1.0
    )


def parameters() -> tuple[Parameter, ...]:
    """All the numbers of `Settings`, in the order in which a person reads them."""
    return tuple(
        Parameter(name=item.name, default=getattr(Settings, item.name), **item.metadata) for item in fields(Settings)
    )
