"""Where a head stands, and the camera that sees it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.arrays import Float64Array, Points

FULL_FRAME_DIAGONAL = 43.27
"""Millimetres of a picture of 36 x 24, to which focal lengths are converted."""

PORTRAIT_LENS = 85.0
"""Focal length that is assumed where none is known, in millimetres on 36 x 24: what portraits are taken with."""

FLIP = np.diag([1.0, -1.0, -1.0])
"""From the axes of heads (x right, y up, z towards the viewer) to those of cameras (y down, z away), and back."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera, whose axis goes through the middle of the picture.

    Attributes
    ----------
    focal : float
        Focal length in pixels.
    centre : tuple of two float
        Middle of the picture in pixels.
    assumed : bool
        Whether the focal length is a guess. A distance is then one too: points alone do not tell it.
    """

    focal: float
    centre: tuple[float, float]
    assumed: bool

    @classmethod
    def of_picture(cls, size: tuple[int, int], lens: float | None = None) -> Camera:
        """Camera of a picture that was not cut.

        Parameters
        ----------
        size : tuple of two int
            Width and height in pixels.
        lens : float, optional
            Focal length in millimetres, as converted to 36 x 24; `PORTRAIT_LENS` is assumed if it is not known.

        Returns
        -------
        Camera
        """
        width, height = size
        focal = (lens or PORTRAIT_LENS) * float(np.hypot(width, height)) / FULL_FRAME_DIAGONAL
        return cls(focal, ((width - 1) / 2, (height - 1) / 2), lens is None)

    def project(self, points: Points) -> Float64Array:
        """Project points of the camera's space onto the picture.

        Parameters
        ----------
        points : (..., 3) array
            Millimetres; x right, y down, z away.

        Returns
        -------
        (..., 2) float64 array
            In pixels.
        """
        return np.asarray(self.focal * points[..., :2] / points[..., 2:] + self.centre, np.float64)

    def jacobian(self, points: Points) -> Float64Array:
        """Derivatives of `project`.

        Parameters
        ----------
        points : (n, 3) array

        Returns
        -------
        (n, 2, 3) float64 array
            Pixels per millimetre.
        """
        x, y, z = points.T
        zero, scale = np.zeros(len(points)), self.focal / z
        return np.asarray(np.stack([[scale, zero, -scale * x / z], [zero, scale, -scale * y / z]]).transpose(2, 0, 1))


@dataclass(frozen=True, eq=False)
class Pose:
    """Where a head stands before a camera.

    Attributes
    ----------
    rotation : (3, 3) float64 array
        From the head's axes to the camera's.
    position : (3,) float64 array
        The head's origin in the camera's space: millimetres; x right, y down, z away.
    """

    rotation: Float64Array
    position: Float64Array

    @property
    def distance(self) -> float:
        """Millimetres from the camera to between the eyeballs."""
        return float(np.linalg.norm(self.position))

    def __call__(self, points: Points) -> Float64Array:
        """Move points of the head to the camera's space."""
        return np.asarray(points @ self.rotation.T + self.position, np.float64)

    def moved(self, step: Points) -> Pose:
        """Take a small step.

        Parameters
        ----------
        step : (6,) array
            Turn about the camera's axes in radians; x and y as shares of the distance, and logarithm of the distance.

        Returns
        -------
        Pose
        """
        turn = cv2.Rodrigues(np.asarray(step[:3], np.float64))[0]
        x, y, z = self.position
        position = np.array([x + step[3] * z, y + step[4] * z, z])
        return Pose(turn @ self.rotation, position * np.exp(step[5]))

    def jacobian(self, points: Points) -> Float64Array:
        """Derivatives of the posed points by a step, at no step; see `moved`.

        Parameters
        ----------
        points : (n, 3) array
            In the camera's space.

        Returns
        -------
        (n, 3, 6) float64 array
        """
        x, y, z = (points - self.position).T
        zero = np.zeros(len(points))
        turns = np.stack([[zero, z, -y], [-z, zero, x], [y, -x, zero]]).transpose(2, 0, 1)
        shifts = np.zeros((3, 3))
        shifts[0, 0] = shifts[1, 1] = self.position[2]
        shifts[:, 2] = self.position
        return np.concatenate([turns, np.broadcast_to(shifts, (len(points), 3, 3))], axis=2)


def pose_by_pnp(points: Points, seen: Points, camera: Camera) -> Pose:
    """Find the pose of a rigid head by perspective from n points.

    Parameters
    ----------
    points : (n, 3) array
        Of the head, in millimetres.
    seen : (n, 2) array
        The same on the picture, in pixels.
    camera : Camera

    Returns
    -------
    Pose
    """
    matrix = np.array([[camera.focal, 0, camera.centre[0]], [0, camera.focal, camera.centre[1]], [0, 0, 1]])
    upright = np.asarray(points @ FLIP, np.float64)
    found, turn, position = cv2.solvePnP(
        upright, np.asarray(seen, np.float64), matrix, np.zeros(4), flags=cv2.SOLVEPNP_SQPNP
    )
    rotation = cv2.Rodrigues(turn)[0] if found else np.eye(3)
    return Pose(rotation @ FLIP, np.asarray(position, np.float64).ravel())
