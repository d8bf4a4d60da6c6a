"""What an artist paints over a portrait, white where it counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mask:
    """What panels, files and checks need to know of a mask."""

    name: str
    label: str
    description: str


MASKS = (
    Mask("person", "Person", "Painted matte of the person, in place of the one that is found"),
    Mask("rigid", "Rigid", "What moves as one and does not bend: hats, the frames of glasses, jewellery"),
    Mask("still", "Still", "What stays exactly as it is in the portrait: a hand, a frame, a signature"),
)
