"""Step 1: position and orientation of a head, from its tracked points and MediaPipe's canonical face.

A pinhole camera has projected the points onto the picture. Three fits of the canonical face bring them back into space:
the first estimates the distance of the head, the second corrects the distance, the third gives the pose.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..face.mesh import SKIN_POINTS
from ..imaging.arrays import Float32Array, Float64Array, Points

FIELD_OF_VIEW = 63.0
"""Vertical field of view of MediaPipe's camera, in degrees."""

MESH, WEIGHTS, VERTICES = 1, 2, 3
"""Field numbers of the message: mesh and weights in the geometry, vertices in the mesh."""

VALUES_EACH = 5
"""Numbers per vertex: x, y, z and two texture coordinates."""

ALL_BITS_32 = 5
"""Protocol Buffers' wire type of a number of four bytes, such as a float."""


class HeadPose:
    """Fit of MediaPipe's canonical face to tracked points.

    Parameters
    ----------
    geometry : bytes
        Geometry of MediaPipe's bundle, a message in Protocol Buffers: the canonical face and the weights of its
        points.

    Raises
    ------
    ValueError
        If the message has another layout.

    References
    ----------
    .. [1] MediaPipe, face geometry module (Apache-2.0).
    """

    def __init__(self, geometry: bytes) -> None:
        try:
            (mesh,) = (value for field, value in _fields(geometry) if field == MESH)
            numbers = [value for field, value in _fields(mesh) if field == VERTICES]
            pairs = [[value for _, value in _fields(pair)] for field, pair in _fields(geometry) if field == WEIGHTS]
            rows = [row for row, _ in pairs]
            vertices = np.array(numbers, np.float64).reshape(SKIN_POINTS, VALUES_EACH)
            self._rows, self._weights = rows, np.array([[weight] for _, weight in pairs])
            self._canonical: Float64Array = vertices[rows, :3]  # in centimetres, y up, z towards the viewer
        except (ValueError, TypeError, IndexError, struct.error) as error:
            raise ValueError("the canonical face is not where it should be") from error

    def matrix(self, points: Points, size: tuple[int, int]) -> Float32Array:
        """Estimate the pose of a head.

        Parameters
        ----------
        points : (478, 3) array
            Tracked points in pixels, z away from the viewer.
        size : tuple of two int
            Width and height of the picture in pixels.

        Returns
        -------
        (4, 4) float32 array
            Transform from the canonical head to the camera, in centimetres, y up, z towards the viewer.
        """
        width, height = size
        # The screen lies one unit before the camera; its origin is the picture's centre, z is away from the viewer.
        pixel = 2 * np.tan(np.radians(FIELD_OF_VIEW / 2)) / height
        screen = (points.astype(np.float64) - [(width - 1) / 2, (height - 1) / 2, 0]) * [pixel, -pixel, pixel]
        mean_depth, screen = float(screen[:SKIN_POINTS, 2].mean()), screen[self._rows]
        scale = self._scale(screen)
        scale *= self._scale(_unprojected(screen, mean_depth, scale))
        return self._fit(_unprojected(screen, mean_depth, scale)).astype(np.float32)

    def _scale(self, points: Float64Array) -> float:
        """Scale of the canonical face in the fit."""
        return float(np.linalg.norm(self._fit(points)[:3, 0]))

    def _fit(self, points: Float64Array) -> Float64Array:
        """(4, 4) similarity from the canonical face to points, by weighted Procrustes without a reflection."""
        weights, canonical = self._weights, self._canonical
        target = points * [1, 1, -1]  # z towards the viewer
        centre = (weights * canonical).sum(axis=0) / weights.sum()
        centred = canonical - centre
        left, _, right = np.linalg.svd((weights * target).T @ centred)
        rotation = left * [1, 1, np.sign(np.linalg.det(left @ right))] @ right
        scale = float((weights * target * (centred @ rotation.T)).sum() / (weights * centred * canonical).sum())
        matrix = np.eye(4)
        matrix[:3, :3] = scale * rotation
        matrix[:3, 3] = (weights * (target - canonical @ (scale * rotation).T)).sum(axis=0) / weights.sum()
        return matrix


def _unprojected(screen: Float64Array, mean_depth: float, scale: float) -> Float64Array:
    """Points of the screen in space, where `scale` is the face's size on the screen per canonical size."""
    depth = (screen[:, 2:] - mean_depth + 1) / scale
    return np.hstack([screen[:, :2] * depth, depth])


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a Protocol Buffers message, for the wire types that the geometry uses."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == ALL_BITS_32:
            yield field, float(struct.unpack_from("<f", message, at)[0])
            at += 4
            continue
        value, at = _varint(message, at)
        if kind == 2:  # length-delimited
            yield field, message[at : at + value]
            at += value
        else:
            yield field, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Decode an integer of seven bits a byte; return it and the position after it."""
    value = shift = 0
    while message[at] & 128:
        value |= (message[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1
