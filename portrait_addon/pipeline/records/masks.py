"""Images that an artist adds to a portrait: masks, white where they apply, and a picture of teeth."""

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
    coloured : bool
        Whether it is no mask, but a picture with a size and colours of its own.
    """

    name: str
    label: str
    description: str
    coloured: bool = False


MASKS = (
    MaskSpec("person", "Person", "Painted matte of the person, in place of the one that is found"),
    MaskSpec("rigid", "Rigid", "What moves as one and does not bend: hats, the frames of glasses, jewellery"),
    MaskSpec("still", "Still", "What stays exactly as it is in the portrait: a hand, a frame, a signature"),
    MaskSpec("teeth", "Teeth", "Picture of real teeth from the front, for the modelled mouth", coloured=True),
)
"""All masks, in the order of the user interface."""

COLOURED = frozenset(mask.name for mask in MASKS if mask.coloured)
"""Names of those that are pictures."""
