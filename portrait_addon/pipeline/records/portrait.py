"""Everything measured in a still portrait, independent of any clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..face.mesh import outer_eye_distance
from ..face.palette import Palette
from ..face.visible_outline import visible_outline
from ..imaging.arrays import Float32Array, ImageArray, IntArray, UInt8Array
from ..imaging.box import Box


@dataclass(frozen=True, eq=False)
class Portrait:
    """A picture, and everything measured in it.

    Attributes
    ----------
    picture : (h, w, 3) or (h, w, 4) array
        BGR or BGRA as given; uint8, uint16 or float32.
    points : (478, 3) float32 array
        Control points q* in pixels.
    blendshapes : (52,) float32 array
        Expression of the face in the picture, 0..1; zeros (at rest) if no tracker measured it.
    palette : Palette
        Colours for the inside of its mouth.
    shade : (3,) float32 array
        Exponents by which blue, green and red of its skin follow a ratio image.
    faces : int
        Number of faces found in the picture; one of them was chosen.
    lens : float, optional
        Focal length of the camera that took it, in millimetres on 36 x 24; None if it is not known.
    masks : mapping from str to (h, w) uint8 array
        Painted masks 0..255, by their names in `MASKS`; the coloured ones are (y, x, 4) BGRA.
    """

    picture: ImageArray = field(repr=False)
    points: Float32Array = field(repr=False)
    blendshapes: Float32Array = field(repr=False)
    palette: Palette = field(repr=False)
    shade: Float32Array = field(repr=False)
    faces: int = 1
    lens: float | None = None
    masks: Mapping[str, UInt8Array] = field(repr=False, default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def box(self) -> Box:
        """Box of all pixels."""
        return Box(0, 0, *self.size)

    @property
    def unit(self) -> float:
        """Outer-eye distance in pixels, the portrait's unit of length."""
        return outer_eye_distance(self.points)

    @cached_property
    def outline(self) -> IntArray:
        """Rows of the points that bound the face, see `visible_outline`; found once, as sliders make many pairs."""
        return visible_outline(self.points)
