"""Masks that an artist paints over a portrait: white where they apply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskSpec:
    """Name and texts of a mask, for panels, files and checks.

    Attributes
    ----------
    name : str
        Key in files and in `Portrait.masks`.
    label : str
        Name in the user interface.
    description : str
        Tooltip.
    """

    name: str
    label: str
    description: str


MASKS = (
    MaskSpec("person", "Person", "Painted matte of the person, in place of the one that is found"),
    MaskSpec("rigid", "Rigid", "What moves as one and does not bend: hats, the frames of glasses, jewellery"),
    MaskSpec("still", "Still", "What stays exactly as it is in the portrait: a hand, a frame, a signature"),
)
"""All masks, in the order of the user interface."""
