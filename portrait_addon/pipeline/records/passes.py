"""Passes of a frame, for a compositor.

A frame is rebuilt from the portrait and its passes as

    ( portrait sampled at `st_map`  x  `shading` ), then `patches` over it, then `mouth` over that,

where the shading is multiplied in linear light and both layers are composited over encoded values. An ST map holds one
position for each pixel. A pixel that mixes two places of the portrait, for example on the outline of the face, holds
the position of the larger share. The remainder is in the patches.

Layers and mattes are float16. The ST map is float32: in a large picture, float16 resolves positions only to a pixel.
Depth is float32, too: float16 resolves a metre only to half a millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pass:
    """Name and texts of a pass, for panels, files and checks.

    Attributes
    ----------
    name : str
        Key in files and in `Frame.passes`.
    label : str
        Name in the user interface.
    description : str
        Tooltip.
    """

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
    Pass("creases", "Learned Creases", "The part of the shading that was learned from other faces"),
    Pass("modelled_mouth", "Modelled Mouth", "Modelled teeth, gums and tongue, with alpha"),
    Pass("teeth_matte", "Teeth Matte", "The modelled teeth"),
    Pass("depth", "Depth", "Metres from the camera, by the head that fits the face, carried on smoothly round it"),
)
"""All passes, in the order of the user interface."""
