"""What a frame can tell beside its picture, for a compositor.

A frame is rebuilt from the portrait and its passes as

    ( portrait looked up through `st_map`  x  `shading` ), then `patches` over it, then `mouth` over that,

the ratio in linear light, both layers as encoded. A pixel that mixes two places of the portrait, as on the outline of
the face, can name but one in an ST map: the place that is seen more. The rest is in the patches.

Layers and mattes have half precision. The ST map has whole floats: half precision tells places in a large picture no
better than to a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pass:
    """What panels, files and checks need to know of a pass."""

    name: str
    label: str
    description: str


PASSES = (
    Pass("st_map", "ST Map", "Where each pixel lies in the portrait, 0 to 1 from the lower left"),
    Pass("shading", "Shading", "Factor on the light of the skin: wrinkles and creases"),
    Pass("patches", "Patches", "What is made and not moved, with alpha: rebuilt lids, background that was hidden"),
    Pass("mouth", "Mouth", "The inside of the mouth, with alpha"),
    Pass("face_matte", "Face Matte", "The skin of the face"),
    Pass("mouth_matte", "Mouth Matte", "The lips and what is between them"),
    Pass("person_matte", "Person Matte", "The person, hair and shoulders included"),
    Pass("step2", "Warped Picture", "The portrait moved, without shading and mouth"),
)
"""In the order in which a person reads them."""
