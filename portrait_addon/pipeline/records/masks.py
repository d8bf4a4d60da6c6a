"""What an artist paints over a portrait, white where it counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskSpec:
    """What panels, files and checks need to know of a mask."""

    name: str
    label: str
    description: str


MASKS = (
    MaskSpec("person", "Person", "Painted matte of the person, in place of the one that is found"),
    MaskSpec("rigid", "Rigid", "What moves as one and does not bend: hats, the frames of glasses, jewellery"),
    MaskSpec("still", "Still", "What stays exactly as it is in the portrait: a hand, a frame, a signature"),
)
