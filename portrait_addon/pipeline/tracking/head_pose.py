"""Step 1: where a head is and which way it looks, from its tracked points and MediaPipe's canonical face.

The points are in the picture's plane, as a pinhole camera saw them. To know where the head is, they are put back into
space: a first fit of the canonical face tells how far away the head is, a second one, of the points as they lie at that
distance, corrects it, and a third is the pose.

Source: MediaPipe's face geometry (Apache-2.0); the canonical face and the weights of its points are those of its
bundle.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..face.mesh import SKIN_POINTS
from ..imaging.arrays import Float32Array, Float64Array, Points

FIELD_OF_VIEW = 63.0
"""Degrees that MediaPipe's camera sees from the top to the bottom of a picture."""

MESH, WEIGHTS, VERTICES = 1, 2, 3
"""Fields of the bundle's geometry and, the last, of its mesh."""

VALUES_EACH = 5
"""Numbers of a vertex: x, y, z and two for a texture."""

ALL_BITS_32 = 5
"""Protocol Buffers' kind of a number that takes four bytes, such as a float."""


class HeadPose:
    """Fits the canonical face to tracked points.

    Parameters
    ----------
    geometry : bytes
        The geometry of MediaPipe's bundle, a message in Protocol Buffers.

    Raises
    ------
    ValueError
        If it is laid out in another way.
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
        """(4, 4) from canonical head to camera, y up, z towards the viewer.

        Parameters
        ----------
        points : (478, 3) array
        size : tuple of int
            Width and height of the picture.
        """
        width, height = size
        # On a screen one unit in front of the camera, whose origin is the picture's middle; z away from the viewer.
        pixel = 2 * np.tan(np.radians(FIELD_OF_VIEW / 2)) / height
        seen = (points.astype(np.float64) - [(width - 1) / 2, (height - 1) / 2, 0]) * [pixel, -pixel, pixel]
        middle, seen = float(seen[:SKIN_POINTS, 2].mean()), seen[self._rows]
        scale = self._scale(seen)
        scale *= self._scale(_in_space(seen, middle, scale))
        return self._fit(_in_space(seen, middle, scale)).astype(np.float32)

    def _scale(self, points: Float64Array) -> float:
        return float(np.linalg.norm(self._fit(points)[:3, 0]))

    def _fit(self, points: Float64Array) -> Float64Array:
        """(4, 4) similarity that brings the canonical face nearest to points whose z is away from the viewer.

        Weighted orthogonal Procrustes: rotation from the singular values of the points' products, never a mirroring.
        """
        weights, canonical = self._weights, self._canonical
        seen = points * [1, 1, -1]
        middle = (weights * canonical).sum(axis=0) / weights.sum()
        centred = canonical - middle
        left, _, right = np.linalg.svd((weights * seen).T @ centred)
        rotation = left * [1, 1, np.sign(np.linalg.det(left @ right))] @ right
        scale = float((weights * seen * (centred @ rotation.T)).sum() / (weights * centred * canonical).sum())
        matrix = np.eye(4)
        matrix[:3, :3] = scale * rotation
        matrix[:3, 3] = (weights * (seen - canonical @ (scale * rotation).T)).sum(axis=0) / weights.sum()
        return matrix


def _in_space(seen: Float64Array, middle: float, scale: float) -> Float64Array:
    """Where points on the screen are in space, if the face is `scale` times as large on it as the canonical one."""
    away = (seen[:, 2:] - middle + 1) / scale
    return np.hstack([seen[:, :2] * away, away])


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a message in Protocol Buffers, as far as the geometry has such."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == ALL_BITS_32:
            yield field, float(struct.unpack_from("<f", message, at)[0])
            at += 4
            continue
        value, at = _varint(message, at)
        if kind == 2:  # so many bytes
            yield field, message[at : at + value]
            at += value
        else:
            yield field, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A whole number, seven bits a byte, and where the next begins."""
    value = shift = 0
    while message[at] & 128:
        value |= (message[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1
