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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain


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

TARGET_PASSES = (
    *PASSES,
    Pass(
        "mouth_source",
        "Mouth Source",
        "Where the inside of the mouth comes from: red the driver's, green the film's own, blue the modelled one",
    ),
)
"""All passes of a target that moves."""

MATTE = "_matte"
"""End of the names of mattes."""


def by_face(name: str, number: int) -> str:
    """Name the part of a matte that belongs to one face of several.

    Parameters
    ----------
    name : str
        Of a matte in `PASSES`.
    number : int
        Of the face.

    Returns
    -------
    str

    Examples
    --------
    >>> by_face("face_matte", 3)
    'face_matte_3'
    """
    return f"{name}_{number}"


def without_face(name: str) -> str:
    """Find the pass to which a name belongs.

    Parameters
    ----------
    name : str
        Of a pass, or of a part of it, see `by_face`.

    Returns
    -------
    str

    Examples
    --------
    >>> without_face("face_matte_3"), without_face("step2")
    ('face_matte', 'step2')
    """
    matte, _, number = name.rpartition("_")
    return matte if matte.endswith(MATTE) and number.isdecimal() else name


def with_faces(names: Iterable[str], numbers: Sequence[int]) -> tuple[str, ...]:
    """Add to the mattes among some passes their parts by face.

    Parameters
    ----------
    names : iterable of str
        Of `PASSES`.
    numbers : sequence of int
        Of the faces that are animated.

    Returns
    -------
    tuple of str
        Each matte is followed by its parts.

    Examples
    --------
    >>> with_faces(["st_map", "face_matte"], [1, 3])
    ('st_map', 'face_matte', 'face_matte_1', 'face_matte_3')
    """
    parts = ([name, *(by_face(name, number) for number in numbers if name.endswith(MATTE))] for name in names)
    return tuple(chain.from_iterable(parts))
