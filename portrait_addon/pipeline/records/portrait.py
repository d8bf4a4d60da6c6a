"""All that a still portrait says, independent of any clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..face.mesh import outer_eye_distance
from ..face.palette import Palette
from ..imaging.arrays import Float32Array, ImageArray, UInt8Array
from ..imaging.box import Box


@dataclass(frozen=True, eq=False)
class Portrait:
    """What a picture says.

    Attributes
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA as given; uint8, uint16 or float32.
    points : (478, 3) float32 array
        Control points q* in pixels.
    blendshapes : (52,) float32 array
        What the face already does; zeros, which is at rest, where no tracker saw it.
    palette : Palette
        Colours that the inside of its mouth is given.
    shade : (3,) float32 array
        Powers of a ratio image that blue, green and red of its skin follow.
    lid_lights, line_strengths : pairs of float
        How bright a closed lid is, and how much of the line between the lips is covered where they part, on the
        sitter's right and left.
    faces : int
        Faces seen in the picture, of which one was chosen.
    masks : mapping
        What was painted over it, (h, w) of 0..255 by their names in `masks.MASKS`.
    """

    picture: ImageArray = field(repr=False)
    points: Float32Array = field(repr=False)
    blendshapes: Float32Array = field(repr=False)
    palette: Palette = field(repr=False)
    shade: Float32Array = field(repr=False)
    lid_lights: tuple[float, float]
    mouth_line_contrast: tuple[float, float]
    faces: int = 1
    masks: Mapping[str, UInt8Array] = field(repr=False, default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def box(self) -> Box:
        """All of its pixels."""
        return Box(0, 0, *self.size)

    @property
    def unit(self) -> float:
        """Outer-eye distance in pixels."""
        return outer_eye_distance(self.points)
