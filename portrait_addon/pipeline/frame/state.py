"""What is decided about a frame before its first pixel: pose, fields, shading, how far the mouth opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..clip.crease_bank import load_creases
from ..face.pose import Pose
from ..imaging.arrays import Field, Float32Array, Float64Array
from ..pair.pair import Pair
from ..portrait.camera_move import Viewpoint
from ..portrait.edges import pinned_edges
from ..portrait.prepared import PreparedPortrait
from ..records.moment import Mix
from ..records.settings import Settings
from .blending import blend_faces, blend_fields
from .camera_view import look_anew, viewpoint_of
from .closing import Closing, closing_eyes
from .control_points import ControlPoints, control_points
from .face_warp import Skin, skin_of
from .mouth_opening import Inside, inset_lip_line, inside_of_mouth
from .rigid_parts import apply_rigid_parts
from .shading import Shading
from .surround import background_map, surround_field

RESTORED = np.float32(1.25)
"""Factor on the logarithm of ratio images. Blur, filter in time and outlier step take so much from a crease, and more
[our clips: without the factor creases arrive with 0.55 of their strength, with it with 0.68]."""

LEARNED = 1.7
"""Factor on the logarithm of ratio images that are learned: what differs between faces is averaged away."""


@dataclass(frozen=True, eq=False)
class FrameState:
    """What is decided about a frame before its first pixel.

    Attributes
    ----------
    prepared : PreparedPortrait
    mix : sequence of Moment
        With weights above 0.
    settings : Settings
    view : Viewpoint, optional
        The camera, where it is not that of the portrait.
    pose : Pose
        The portrait's points at rest and in this frame.
    surround : (rows, columns, 2) float32 array
        Backward field of everything outside the face, on ``prepared.surround_grid``.
    background : (rows, columns, 2) float32 array, optional
        Backward field of the locked background; None if it is not locked.
    skin : Skin
        The face, ready to be painted.
    inside : Inside
        Of the mouth.
    closing : tuple of two Closing
        How far the sitter's right and left eye close.
    """

    prepared: PreparedPortrait
    mix: Mix = field(repr=False)
    settings: Settings
    view: Viewpoint | None
    pose: Pose
    surround: Field = field(repr=False)
    background: Field | None = field(repr=False)
    skin: Skin = field(repr=False)
    inside: Inside
    closing: tuple[Closing, Closing]

    @property
    def moves(self) -> bool:
        """Whether the frame shows anything else than the portrait.

        Returns
        -------
        bool
        """
        return bool(self.mix) or self.view is not None

    @property
    def behind(self) -> Field:
        """Backward field of what is behind the person, whether it is locked or not.

        Returns
        -------
        (rows, columns, 2) float32 array
            On ``prepared.surround_grid``.
        """
        return self.surround if self.background is None else self.background

    @classmethod
    def of(cls, prepared: PreparedPortrait, mix: Mix, pairs: Sequence[Pair], settings: Settings) -> FrameState:
        """Decide about a frame.

        Parameters
        ----------
        prepared : PreparedPortrait
        mix : sequence of Moment
            With weights above 0.
        pairs : sequence of Pair
            Of the portrait and each moment's clip.
        settings : Settings

        Returns
        -------
        FrameState
        """
        portrait, grid = prepared.portrait, prepared.surround_grid
        face, points = moved_points(prepared, mix, pairs, settings)
        edges = pinned_edges(prepared.cut_off, settings.hold) if settings.hold > 0 else None
        fields = [
            surround_field(portrait, grid, pair.correspondence, moved, settings.smoothing, edges)
            for pair, moved in zip(pairs, points, strict=True)
        ]
        weights = [moment.weight for moment in mix]
        surround = blend_fields(grid, fields, weights)
        face, surround = apply_rigid_parts(prepared.rigid_parts, portrait.points, face, grid, surround)
        # How far eyes and mouth open does not depend on who looks.
        expressed = pose = Pose(portrait.points, face)
        view = viewpoint_of(prepared, settings)
        if view is not None:
            face, surround = look_anew(prepared, view, expressed, surround, edges)
            pose = Pose(portrait.points, face)
        alike = float(np.average([pair.alike for pair in pairs], weights=weights)) if mix else 0.0
        inside = inside_of_mouth(expressed, prepared, mix, pairs, settings, alike)
        closing = closing_eyes(expressed, mix, alike)
        shadings = driver_shadings(prepared, mix, pairs, settings, [eye.fade for eye in closing])
        skin = skin_of(inset_lip_line(pose, inside.share), face, shadings, portrait.box, prepared.headroom)
        background = None
        if settings.hold > 0:
            camera = _camera_offset(mix, pairs, settings)
            behind = None
            if view is not None and settings.background_distance > 0:
                behind = view.plane_behind(prepared.point_depth.pixels(settings.background_distance))
            background = background_map(grid, surround, settings.hold, camera, portrait.size, behind)
        return cls(prepared, mix, settings, view, pose, surround, background, skin, inside, closing)


def moved_points(
    prepared: PreparedPortrait, mix: Mix, pairs: Sequence[Pair], settings: Settings
) -> tuple[Float32Array, list[ControlPoints]]:
    """Compute where the portrait's points are in a frame, before painted rigid parts move them.

    Parameters
    ----------
    prepared : PreparedPortrait
    mix : sequence of Moment
        With weights above 0.
    pairs : sequence of Pair
        Of the portrait and each moment's clip.
    settings : Settings

    Returns
    -------
    face : (478, 3) float32 array
        Points of the face in pixels, blended from all moments.
    points : list of ControlPoints
        The points at each moment alone.
    """
    portrait, rest_offsets = prepared.portrait, prepared.at_rest.offsets if settings.giving_way > 0 else None
    points = [
        control_points(portrait, moment.performance, pair, settings, moment.t, rest_offsets, moment.added)
        for moment, pair in zip(mix, pairs, strict=True)
    ]
    weights = [moment.weight for moment in mix]
    return blend_faces(portrait.points, [moved.face for moved in points], weights), points


def _camera_offset(mix: Mix, pairs: Sequence[Pair], settings: Settings) -> Float64Array:
    """(2,) displacement by the cameras of all moments, in pixels of the portrait."""
    offset = np.zeros(2)
    for moment, pair in zip(mix, pairs, strict=True):
        linear = pair.correspondence.similarity.linear
        offset += moment.weight * linear @ moment.performance.camera_offset_at(moment.t)
    return settings.head_motion * offset


def driver_shadings(
    prepared: PreparedPortrait, mix: Mix, pairs: Sequence[Pair], settings: Settings, covered: Sequence[float]
) -> list[Shading]:
    """Take the ratio images of each moment, each in its own canonical space; together they are a product of powers.

    Parameters
    ----------
    prepared : PreparedPortrait
    mix : sequence of Moment
        With weights above 0.
    pairs : sequence of Pair
        Of the portrait and each moment's clip.
    settings : Settings
    covered : sequence of two float
        0..1, how far the surroundings of the right and the left eye do not take part.

    Returns
    -------
    list of Shading
    """
    shadings = list[Shading]()
    kept, exponents, giving_way = settings.brightening, prepared.portrait.shade, settings.giving_way
    for moment, pair in zip(mix, pairs, strict=True):
        numbers = float(moment.performance.of_numbers)
        learned = numbers if settings.crease_bank < 0 else settings.crease_bank
        if learned < 1:
            log_ratio = RESTORED * moment.performance.log_ratio_at(moment.t) * pair.shading_weight(covered)
            share = moment.weight * (settings.expression * settings.wrinkles) * (1 - learned)
            shadings.append(Shading(moment.performance.canonical_face, log_ratio, share, kept, exponents))
        if learned > 0:
            # What the portrait shows already goes, as its points come to rest.
            change = settings.expression * moment.expressed(giving_way) + giving_way * prepared.at_rest.change
            bank = load_creases()
            log_ratio = bank.log_ratio(change, covered) * np.float32(LEARNED * prepared.crease_strength)
            share = moment.weight * settings.wrinkles * learned
            shadings.append(Shading(bank.face, log_ratio, share, kept, exponents, True))
    return shadings
