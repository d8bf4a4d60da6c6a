"""What a frame shows, as numbers: how the head is turned, where the parts of the face are, the expression.

Places are those of the composed picture, with all settings, reactions, corrections and rigid parts in them, so that a
thing that follows them stays where it was put. Their axes are those of a plane that shows the picture and faces the
front view: x to the right, y away from the viewer, z up. The unit is the picture's width, and the origin its middle; a
y of 0 is as far away as the rear of the face at rest, where its outline runs past the ears.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import BROWS, EYES, FACE_OVAL, MOUTH, SKIN_POINTS, SKULL
from ..face.pose import Pose
from ..imaging.arrays import Float32Array, Float64Array
from ..imaging.scaling import Size
from ..imaging.similarity import best_similarity
from ..portrait.prepared import PreparedPortrait
from ..records.face import BLENDSHAPES
from ..records.moment import Mix
from ..records.settings import Settings
from ..timeline.rig_channels import gaze_angles
from .brow_limit import brow_limit_at

CHIN = 152
UPPER_LIP, LOWER_LIP = 13, 14
"""Middle of the inner rims of the lips."""

PARTS: dict[str, tuple[int, ...]] = {
    "brows": BROWS,
    "right eye": EYES[0][0].corners,
    "left eye": EYES[1][0].corners,
    "right pupil": EYES[0][1][:1],
    "left pupil": EYES[1][1][:1],
    "mouth": (*MOUTH.corners, UPPER_LIP, LOWER_LIP),
    "chin": (CHIN,),
}
"""Parts of the face, and the tracked points whose mean is their place. Right and left are the sitter's."""

REGIONS = {"eye": 0, "brow": 1, "jaw": 2, "mouth": 2}
"""Beginnings of names of blendshapes, and the rows of `Correspondence.regions` that these belong to."""

REGION_OF = [next((row for start, row in REGIONS.items() if name.startswith(start)), -1) for name in BLENDSHAPES]
"""The same for each of `BLENDSHAPES`; -1 for those that belong to the whole face."""

LIDS = ("eyeBlink", "eyeSquint", "eyeWide")
"""Beginnings of names of what lids do; other names of the eyes tell where they look."""

TO_PLANE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Rotation from x right, y down, z away from the viewer to x right, y away, z up."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a frame shows, as numbers. Places are in widths of the picture, see above.

    Attributes
    ----------
    location : (3,) float64 array
        Middle of the head.
    rest_location : (3,) float64 array
        The same of the portrait at rest.
    rotation : (3,) float64 array
        The head's rotation from the portrait at rest: XYZ Euler angles in radians.
    size : float
        The head's size, 1 for the portrait at rest.
    parts : (k, 3) float64 array
        Places of `PARTS` on the head: from its middle, without its rotation and size.
    scores : (52,) float64 array
        The expression of the composed face, 0..1, in the order of `BLENDSHAPES`; see `composed_scores`.
    gaze : (3,) float64 array
        Rotation of the eyes in the head, XYZ Euler angles in radians.
    """

    location: Float64Array
    rest_location: Float64Array
    rotation: Float64Array
    size: float
    parts: Float64Array = field(repr=False)
    scores: Float64Array = field(repr=False)
    gaze: Float64Array

    @classmethod
    def of(cls, pose: Pose, prepared: PreparedPortrait, mix: Mix, settings: Settings) -> Result:
        """Read the numbers of a frame.

        Parameters
        ----------
        pose : Pose
            The portrait's points at rest and in the frame.
        prepared : PreparedPortrait
            Of which the frame is composed.
        mix : sequence of Moment
            What the frame shows.
        settings : Settings

        Returns
        -------
        Result
        """
        size = prepared.portrait.size
        rear = float(pose.rest[list(FACE_OVAL), 2].max())
        rest, moved = (_on_plane(points, size, rear) for points in (pose.rest, pose.moved))
        head = best_similarity(rest[list(SKULL)], moved[list(SKULL)])
        middle = rest[:SKIN_POINTS].mean(axis=0)
        unmoved = head.inverse(moved) - middle
        scores = composed_scores(prepared, mix, settings)
        return cls(
            head(middle),
            middle,
            Rotation.from_matrix(head.rotation).as_euler("xyz"),
            head.scale,
            np.stack([unmoved[list(points)].mean(axis=0) for points in PARTS.values()]),
            scores,
            gaze_angles(scores[None])[0],
        )

    def places(self) -> Float64Array:
        """Places of `PARTS` in the picture, as the head carries them.

        Returns
        -------
        (k, 3) float64 array
            In widths of the picture.
        """
        turn = Rotation.from_euler("xyz", self.rotation)
        return np.asarray(self.location + self.size * turn.apply(self.parts), np.float64)

    def channels(self) -> dict[str, float]:
        """All that drives a rig, by name.

        Returns
        -------
        dict from str to float
            The 52 blendshapes; `headNod`, `headTilt` and `headTurn`, `gazeNod` and `gazeTurn` in radians; `headRight`
            and `headUp`, the head's shift from rest in widths of the picture; `headSize`, 1 at rest.
        """
        nod, tilt, turn = self.rotation
        right, _, up = self.location - self.rest_location
        values = (*self.scores, nod, tilt, turn, right, up, self.size, self.gaze[0], self.gaze[2])
        return dict(zip(CHANNELS, map(float, values), strict=True))


ANGLES = ("headNod", "headTilt", "headTurn", "gazeNod", "gazeTurn")
SHIFTS = ("headRight", "headUp")
CHANNELS = (*BLENDSHAPES, *ANGLES[:3], *SHIFTS, "headSize", *ANGLES[3:])
"""Names of `Result.channels`, in their order; those in radians, and those in widths of the picture."""


def _on_plane(points: Float32Array, size: Size, rear: float) -> Float64Array:
    """(478, 3) points in widths of the picture, from its middle and from the rear of the face."""
    width, height = size
    middle = np.array([(width - 1) / 2, (height - 1) / 2, rear])  # pixel centres are at integers
    return np.asarray((points - middle) @ TO_PLANE.T / width, np.float64)


def composed_scores(prepared: PreparedPortrait, mix: Mix, settings: Settings) -> Float64Array:
    """Compute the expression that a composed face shows.

    It is the portrait's own expression at rest, and to that the clip's change from its neutral frame, as strong as the
    settings and the limits of expressions make the displacements of points [our portraits and clips: what the tracker
    finds in composed frames differs from this by half as much as from the clip's scores].

    Parameters
    ----------
    prepared : PreparedPortrait
    mix : sequence of Moment
        What the frame shows.
    settings : Settings

    Returns
    -------
    (52,) float64 array
        0..1, in the order of `BLENDSHAPES`.
    """
    strengths = settings.expression * np.array([settings.eyes, settings.brows, settings.mouth])
    portrait, scores = prepared.portrait, prepared.portrait.blendshapes.astype(np.float64)
    giving_way = np.where(np.equal(REGION_OF, REGIONS["mouth"]), settings.giving_way, 0.0)
    if settings.giving_way > 0:
        scores *= 1 - prepared.at_rest.share * giving_way
    parts = np.array([_strength_of_part(name, settings) for name in BLENDSHAPES])
    for moment in (moment.within_shot() for moment in mix):
        performance = moment.performance
        limits = np.ones(3)
        limit = brow_limit_at(portrait, moment)
        limits[REGIONS["brow"]] += settings.depth * (limit - 1)  # the flat way has none
        strength = np.append(strengths * limits, settings.expression)[REGION_OF] * parts
        rest = performance.neutral_blendshapes * (1 - performance.rest_shares[0] * giving_way)
        change = moment.blendshapes() - rest
        scores += moment.weight * strength * change
    return np.asarray(np.clip(scores, 0, 1), np.float64)


def _strength_of_part(name: str, settings: Settings) -> float:
    """Strength of the part of the face that a blendshape moves, on top of that of its region."""
    side = "right" if name.endswith("Right") else "left"
    if name == "browInnerUp":
        return (settings.right_brow + settings.left_brow) / 2
    if name.startswith("brow"):
        return float(getattr(settings, f"{side}_brow"))
    if name.startswith("eye"):
        return float(getattr(settings, f"{side}_lids")) if name.startswith(LIDS) else settings.gaze
    if name.startswith("jaw") or name == "mouthClose":
        return settings.jaw
    return settings.lips if name.startswith("mouth") else 1.0
