"""Step 2: what a camera nearer or farther, or a little to the side, would have seen of the portrait.

The head that was fitted to the portrait tells how deep each point lies. A camera that moves along the line to the head
keeps the size of the face by its lens, so that only perspective changes; one that turns about the head sees it from the
side. Points are unprojected, seen by the new camera, and carried in the picture as those of an expression are.

Source: O. Fried, E. Shechtman, D. B. Goldman, A. Finkelstein, *Perspective-aware manipulation of portrait photos*,
SIGGRAPH 2016. Theirs is fitted by hand-clicked points; ours by the tracker's. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ..face.mesh import SKULL_OVAL
from ..head.fitting import HeadFit
from ..head.landmarks import LandmarkModel
from ..imaging.arrays import Float64Array, Points
from ..records.portrait import Portrait
from ..records.settings import Settings

NEAREST_CAMERA = 0.2
"""Least distance of a camera, in metres; nearer ones are put there."""

NEAREST = 0.3
"""Least distance of a point from the camera, as a share of the head's: nearer, it would be drawn out over the picture.
"""


@dataclass(frozen=True, eq=False)
class HeadDepth:
    """How deep a portrait's points lie, and the camera that took it.

    Attributes
    ----------
    focal : float
        Focal length in pixels; also the distance of the head, in pixels of its size.
    centre : (2,) float64 array
        Where the axis of the camera meets the picture, in pixels.
    middle : (2,) float64 array
        Of the head, between the eyeballs, in pixels.
    distance : float
        From the camera to there, in metres.
    assumed : bool
        Whether the focal length, and with it the distance, is a guess.
    correction : (478,) float64 array
        Depth by the fitted head less that by the tracker, in pixels; from the middle of the head.
    """

    focal: float
    centre: Float64Array
    middle: Float64Array
    distance: float
    assumed: bool
    correction: Float64Array = field(repr=False)

    @classmethod
    def of(cls, portrait: Portrait, model: LandmarkModel, fit: HeadFit) -> HeadDepth:
        """Measure the depth of a portrait's points.

        Parameters
        ----------
        portrait : Portrait
        model : LandmarkModel
        fit : HeadFit
            Of the portrait.

        Returns
        -------
        HeadDepth
        """
        position, focal = fit.pose.position, fit.camera.focal
        depth = (fit.pose(model.points(fit.identity, fit.weights))[:, 2] - position[2]) * focal / position[2]
        middle = fit.camera.project(position[None])[0]
        correction = depth - portrait.points[:, 2]
        return cls(focal, np.array(fit.camera.centre), middle, position[2] / 1000, fit.camera.assumed, correction)

    def seen_anew(self, settings: Settings, face: Points, around: Points) -> tuple[Float64Array, Float64Array]:
        """See points with the camera where the settings put it.

        Parameters
        ----------
        settings : Settings
            Its `camera_distance`, `camera_turn`, `camera_nod` and `camera_tilt`.
        face : (478, 3) array
            The portrait's points in a frame, in pixels; z as the tracker has it.
        around : (n, 3) array
            Points beside the face, on hair and ears, likewise.

        Returns
        -------
        face : (478, 3) float64 array
        around : (n, 3) float64 array
            The same points as the other camera sees them, in pixels.
        """
        beside = float(self.correction[list(SKULL_OVAL)].mean())
        deep = np.concatenate([self.correction, np.full(len(around), beside)])
        points = np.concatenate([face, around]) + np.column_stack([np.zeros((len(deep), 2)), deep])
        moved = self._projected(settings, points)
        moved[:, 2] -= deep
        return moved[: len(face)], moved[len(face) :]

    def _projected(self, settings: Settings, points: Float64Array) -> Float64Array:
        """(n, 3) points with their own depth, as the other camera sees them."""
        wanted = max(settings.camera_distance, NEAREST_CAMERA) if settings.camera_distance else self.distance
        nearer = wanted / self.distance
        head = np.append(self.middle, self.focal)
        lateral = self.centre + (points[:, :2] - self.centre) * (1 + points[:, 2:] / self.focal)
        solid = np.column_stack([lateral, self.focal + points[:, 2]]) - head
        # The camera turns about the head; seen from it, the head turns the other way.
        angles = np.radians([settings.camera_turn, settings.camera_nod, -settings.camera_tilt])
        solid = solid @ Rotation.from_euler("YXZ", angles).as_matrix().T
        to_head = nearer * (head - np.append(self.centre, 0))
        seen = solid + to_head
        depth = np.maximum(seen[:, 2], NEAREST * to_head[2])
        focal = nearer * self.focal
        flat = self.middle + focal * (seen[:, :2] / depth[:, None] - to_head[:2] / to_head[2])
        return np.column_stack([flat, seen[:, 2] - to_head[2]])


def camera_moves(settings: Settings) -> bool:
    """Whether settings put the camera anywhere else than it was.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    bool
    """
    moves = settings.camera_distance, settings.camera_turn, settings.camera_nod, settings.camera_tilt
    return any(value != 0 for value in moves)
