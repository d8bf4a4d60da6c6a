"""A target that moves: each frame of a clip is a portrait, whose points the tracker found. Computed once a clip."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..clip.shut_eyes import resting_eyes, shut_eyes
from ..face.jaw_skirt import MOST_WIDTH, JawSkirt, rim_fade
from ..face.lid_space import lid_region
from ..face.mesh import ALL_POINTS, LIDS, OUTER_LIPS, outer_eye_distance
from ..face.openings import CLOSED_AREA, mouth_area, part_rims, width
from ..face.regions import face_regions
from ..head.clip_fitting import ClipFit
from ..head.fitting import HeadFit
from ..head.landmarks import TRACKED_UNITS, load_landmarks
from ..head.model import load_head
from ..head.resting import RestOffsets
from ..imaging.arrays import Float32Array, Float64Array, ImageArray, UInt8Array
from ..imaging.box import Box
from ..imaging.easing import ramp, smoothstep
from ..imaging.threads import ComputedOnce
from ..portrait.analysis import placed_portrait
from ..portrait.corner_plate import CornerPlate
from ..portrait.mouth_model import MouthModel
from ..portrait.prepared import PreparedPortrait
from ..portrait.texture import PortraitTexture
from ..records.performance import Performance
from .driver_units import driver_units

BRIDGED = 3
"""So many frames on end without a face are bridged: a face is lost for a moment, but it is there."""

FADE = 5
"""Frames over which the driver's expression fades out before a face is gone, and in after it."""


DRAWN_WIDE = (1.05, 1.15)
"""Width of the lips, of that at rest, between which the line that closed lips draw beside them goes."""

ROUND_FACE = 0.5
"""Kept of a neutral frame round the face, in outer-eye distances."""


@dataclass(frozen=True, eq=False)
class TargetShot:
    """A shot of a target that moves.

    Attributes
    ----------
    performance : Performance
        The shot, tracked.
    at_rest : PreparedPortrait
        The face in its neutral frame. It has the colours of all frames, so that nothing flickers.
    presence : (n,) float32 array
        How far each frame shows a face that can be changed, 0..1: none where it is not found or behind a hand.
    resting_eyes, shut_eyes : tuple of two float
        See `resting_eyes` and `shut_eyes`.
    units : (51, 478, 3) float64 array
        See `driver_units`.
    regions : (3, 478) float64 array
        See `face_regions`.
    rim_fade : (478,) float32 array
        See `rim_fade`.
    eyes : (h, w) float32 array
        The surroundings of both eyes, in the canonical face, 0..1.
    """

    performance: Performance
    at_rest: PreparedPortrait = field(repr=False)
    presence: Float32Array = field(repr=False)
    resting_eyes: tuple[float, float]
    shut_eyes: tuple[float, float]
    units: Float64Array = field(repr=False)
    regions: Float64Array = field(repr=False)
    rim_fade: Float32Array = field(repr=False)
    eyes: Float32Array = field(repr=False)

    @classmethod
    def of(cls, performance: Performance, neutral: ImageArray) -> TargetShot:
        """Measure a shot.

        Parameters
        ----------
        performance : Performance
            A single shot of a clip.
        neutral : (h, w, 3) uint8 array
            Its neutral frame, BGR.

        Returns
        -------
        TargetShot
        """
        points = performance.neutral_points
        face = Box.around(points[:, :2], ROUND_FACE * outer_eye_distance(points)).within(
            neutral
        )  # a film has many shots
        at_rest = placed_portrait(face.cut(neutral).copy(), points - np.array([face.left, face.top, 0], np.float32))
        palette = replace(at_rest.palette, teeth=performance.colours.teeth)
        at_rest = replace(at_rest, palette=palette, blendshapes=performance.neutral_blendshapes)
        resting, shape = resting_eyes(performance), performance.log_ratios.shape[1:]
        lids = [lid_region(performance.canonical_face, lids, shape) for lids in LIDS]
        return cls(
            performance,
            PreparedPortrait(at_rest),
            presence(performance),
            resting,
            shut_eyes(performance, resting),
            driver_units(performance),
            face_regions(at_rest.points),
            rim_fade(at_rest.points),
            np.maximum(*lids),
        )

    def frame(self, picture: UInt8Array, row: int) -> TargetFrame:
        """Take a frame as a portrait.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            BGR.
        row : int
            Of the frame in the shot, from 0.

        Returns
        -------
        TargetFrame
        """
        return TargetFrame(self, picture, row)


class TargetFrame(PreparedPortrait):
    """A frame of a clip as a portrait. What is measured on pixels alone is that of the shot.

    Parameters
    ----------
    shot : TargetShot
    picture : (h, w, 3) uint8 array
        The frame, BGR.
    row : int
        Of the frame in the shot, from 0.
    """

    def __init__(self, shot: TargetShot, picture: UInt8Array, row: int) -> None:
        clip = shot.performance
        points, blendshapes = part_rims(clip.points[row]), clip.blendshapes[row]
        portrait = replace(shot.at_rest.portrait, picture=picture, points=points, blendshapes=blendshapes)
        super().__init__(portrait, full_unit=shot.at_rest.full_unit)
        self._shot, self._row = shot, row

    @ComputedOnce
    def texture(self) -> PortraitTexture:
        """The picture, ready to be sampled; what is below the jaw is sampled, too."""
        return PortraitTexture.of(self.portrait.picture, JawSkirt(MOST_WIDTH).around(self.portrait.points))

    @ComputedOnce
    def corners(self) -> tuple[CornerPlate, CornerPlate]:
        """The surroundings of the mouth's corners; lips that are open or drawn wide in the film draw no line there."""
        wide = width(self.portrait.points, OUTER_LIPS) / self.portrait.unit
        at_rest = width(self._shot.at_rest.portrait.points, OUTER_LIPS) / self._shot.at_rest.portrait.unit
        lined = 1 - smoothstep(mouth_area(self.portrait.points) / CLOSED_AREA - 0.5)
        lined *= 1 - smoothstep(ramp(float(wide / at_rest), *DRAWN_WIDE))
        right, left = (
            replace(plate, alpha=np.float32(lined) * plate.alpha, beyond=np.float32(lined) * plate.beyond)
            for plate in (CornerPlate.of(self.portrait, self.texture.picture, side) for side in (0, 1))
        )
        return right, left

    @ComputedOnce
    def head(self) -> HeadFit:
        """The head of the clip in this frame; one that is fitted to it alone where the clip has none."""
        clip = self._shot.performance
        if not clip.has_head:
            return PreparedPortrait(self.portrait).head
        fit = ClipFit.of_shot(clip)
        weights = np.clip(load_landmarks().rest + fit.weights[self._row], 0, 1)
        return HeadFit(fit.camera, fit.pose(self._row), fit.person.identity, weights)

    @ComputedOnce
    def at_rest(self) -> RestOffsets:
        """Nothing: what the film expresses gives way in another way, see `target_points`."""
        return RestOffsets(np.zeros((ALL_POINTS, 3)), 0.0, np.zeros(len(TRACKED_UNITS)))

    @ComputedOnce
    def mouth_model(self) -> MouthModel:
        """What a modelled mouth needs; its light and grain are those of the neutral frame."""
        model = MouthModel.of(self.portrait, self.texture.picture, load_landmarks(), load_head(), self.head)
        return replace(model, look=self._shot.at_rest.mouth_model.look)

    @ComputedOnce
    def crease_strength(self) -> float:
        """How strong creases are that no clip lends."""
        return self._shot.at_rest.crease_strength


def presence(performance: Performance) -> Float32Array:
    """Tell how far the frames of a shot show a face that can be changed.

    Parameters
    ----------
    performance : Performance

    Returns
    -------
    (n,) float32 array
        0 in frames without a face or whose mouth is covered, unless it is for a moment; 1 well away from them.
    """
    seen = performance.found & ~performance.covered
    padded = np.concatenate([[True], seen, [True]])
    starts, ends = np.flatnonzero(padded[:-1] & ~padded[1:]), np.flatnonzero(~padded[:-1] & padded[1:])
    distance = np.full(len(seen), np.inf)
    frames = np.arange(len(seen))
    for start, end in zip(starts, ends, strict=True):
        if end - start > BRIDGED:
            away = np.maximum(np.maximum(start - frames, frames - (end - 1)), 0)
            distance = np.minimum(distance, away)
    return np.asarray(smoothstep(np.minimum(distance / FADE, 1.0)), np.float32)
