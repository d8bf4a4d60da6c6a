"""A portrait with everything that all its frames share."""

from __future__ import annotations

from ..face.mesh import EYES
from ..head.camera import Camera
from ..head.depth import head_depth
from ..head.fitting import HeadFit, fit_portrait
from ..head.landmarks import load_landmarks
from ..head.model import load_head
from ..head.resting import RestOffsets, rest_offsets
from ..imaging.arrays import EdgeWeights, Float32Array, UInt8Array
from ..imaging.box import Box
from ..imaging.premultiplied import to_premultiplied_float
from ..imaging.sample_grid import SampleGrid
from ..imaging.threads import ComputedOnce, Lockable
from ..records.portrait import Portrait
from .camera_move import HeadDepth
from .corner_plate import CornerPlate
from .edges import cut_off_by_edges
from .eye_plate import EyePlate
from .far_rim import FarRim
from .fold_plate import FoldPlate
from .headroom import Headroom
from .layers import LayeredPortrait
from .lined_skin import crease_strength
from .matte import PersonMatte
from .mouth_model import MouthModel
from .mouth_plate import MouthPlate
from .resizing import resize_portrait
from .rigid_parts import RigidPart, rigid_parts
from .surround_grid import surround_grid
from .texture import PortraitTexture

DEPTH_SAMPLES = 512
"""Depth is smooth: so many samples along the longer side are enough."""


class PreparedPortrait(Lockable):
    """A portrait with everything that all its frames share.

    Each part is computed at its first use, once, whichever thread asks first, and is freed with this object.

    Parameters
    ----------
    portrait : Portrait
    matte : PersonMatte, optional
        Of the same picture; pass that of another `PreparedPortrait` to share it. Made anew if left out.
    full_unit : float, optional
        Outer-eye distance of the portrait at its full size, in pixels; its own if left out.

    Attributes
    ----------
    portrait : Portrait
    matte : PersonMatte
        Depends on the picture's pixels alone, and may outlive this object.
    full_unit : float
        What is chosen by size is chosen alike for a preview and for the frames that it stands for.
    """

    def __init__(self, portrait: Portrait, matte: PersonMatte | None = None, full_unit: float | None = None) -> None:
        super().__init__()
        self.portrait = portrait
        self.full_unit = portrait.unit if full_unit is None else full_unit
        self.matte = matte or PersonMatte(portrait.picture)

    def resized(self, longer_side: int) -> PreparedPortrait:
        """Prepare the same portrait at a lower size. It moves as the large one does, and shares its matte.

        Parameters
        ----------
        longer_side : int
            Of the result, in pixels.

        Returns
        -------
        PreparedPortrait
            This very object if it is no larger.
        """
        small = resize_portrait(self.portrait, longer_side)
        return self if small is self.portrait else PreparedPortrait(small, self.matte, self.full_unit)

    def prepare(self, locked: bool) -> None:
        """Compute now what frames need, before threads or processes share it.

        Parameters
        ----------
        locked : bool
            Whether some frame locks the background.
        """
        _ = self.texture, self.surround_grid, self.rigid_parts, self.eyes, self.corners, self.mouth
        _ = self.at_rest, self.headroom, self.far_rim, self.folds
        if locked:
            _ = self.layers, self.cut_off

    def take_layers(self) -> LayeredPortrait:
        """Take the layers out, once it is known what else depends on them; they are made anew when asked for again.

        Returns
        -------
        LayeredPortrait
        """
        with self.lock:
            _ = self.cut_off
            layers = self.layers
            del self.layers
        return layers

    @ComputedOnce
    def texture(self) -> PortraitTexture:
        """The picture, ready to be sampled."""
        return PortraitTexture.of(to_premultiplied_float(self.portrait.picture), self.portrait.points)

    @ComputedOnce
    def eyes(self) -> tuple[EyePlate, EyePlate]:
        """The sitter's right and left eye, taken apart into white and iris."""
        right, left = (EyePlate.of(self.portrait, self.texture.picture, eye, iris) for eye, iris in EYES)
        return right, left

    @ComputedOnce
    def corners(self) -> tuple[CornerPlate, CornerPlate]:
        """The surroundings of the mouth's corners, the sitter's right one first."""
        right, left = (CornerPlate.of(self.portrait, self.texture.picture, side) for side in (0, 1))
        return right, left

    @ComputedOnce
    def far_rim(self) -> FarRim:
        """Skin over the far rim of a face that is turned away."""
        return FarRim.of(self.portrait, self.texture.picture)

    @ComputedOnce
    def folds(self) -> FoldPlate:
        """The surroundings of the mouth without the folds of a smile."""
        return FoldPlate.of(self.portrait, self.texture.picture, self.at_rest.change)

    @ComputedOnce
    def mouth(self) -> MouthPlate:
        """The inside of the mouth, if it is open."""
        return MouthPlate.of(self.portrait, self.texture.picture)

    @ComputedOnce
    def head(self) -> HeadFit:
        """A head in space, fitted to the portrait."""
        portrait = self.portrait
        camera = Camera.of_picture(portrait.size, portrait.lens)
        return fit_portrait(load_landmarks(), camera, portrait.points, portrait.blendshapes)

    @ComputedOnce
    def depth(self) -> Float32Array:
        """(h, w) depth of the portrait in millimetres, see `head_depth`."""
        (width, height), step = self.portrait.size, -(-max(self.portrait.size) // DEPTH_SAMPLES)
        grid = SampleGrid.of_pixels(Box(0, 0, width, height), step)
        return grid.upsample(head_depth(load_head(), self.head, grid), Box(0, 0, width, height))

    @ComputedOnce
    def point_depth(self) -> HeadDepth:
        """How deep the portrait lies, for a camera that moves."""
        models = load_head(), load_landmarks()
        return HeadDepth.of(self.portrait, models, self.head, self.surround_grid, self.rigid_parts)

    @ComputedOnce
    def at_rest(self) -> RestOffsets:
        """What brings the portrait's mouth to rest."""
        return rest_offsets(load_landmarks(), self.head, self.portrait.points)

    @ComputedOnce
    def mouth_model(self) -> MouthModel:
        """What a modelled mouth needs."""
        return MouthModel.of(self.portrait, self.texture.picture, load_landmarks(), load_head(), self.head)

    @ComputedOnce
    def crease_strength(self) -> float:
        """How strong creases are that no clip lends."""
        return crease_strength(self.portrait, self.texture.picture)

    @ComputedOnce
    def headroom(self) -> Headroom:
        """How much lighter each place of the face may become."""
        return Headroom.of(self.portrait)

    @ComputedOnce
    def surround_grid(self) -> SampleGrid:
        """The grid of everything outside the face."""
        return surround_grid(self.portrait)

    @ComputedOnce
    def person(self) -> UInt8Array:
        """(h, w) matte of the person, 0..255: painted, or found."""
        painted = self.portrait.masks.get("person")
        return self.matte.of(self.portrait.picture) if painted is None else painted

    @ComputedOnce
    def layers(self) -> LayeredPortrait:
        """The person and the clean plate."""
        return LayeredPortrait.of(self.portrait, self.person, self.texture.picture, self.surround_grid)

    @ComputedOnce
    def cut_off(self) -> EdgeWeights:
        """How far each edge of the picture cuts the person off."""
        return cut_off_by_edges(self.layers.matte, self.surround_grid, self.portrait.unit)

    @ComputedOnce
    def rigid_parts(self) -> tuple[RigidPart, ...]:
        """The painted parts that move as one."""
        return rigid_parts(self.portrait)
