"""Step 1: where a head is and which way it looks, from its tracked points and MediaPipe's canonical face."""

from __future__ import annotations

import numpy as np

from ..arrays import Doubles, Points, Values
from ..face_mesh import SKIN_POINTS, SKULL

FIELD_OF_VIEW = 63.0
"""Degrees that MediaPipe's camera sees from the top to the bottom of a picture."""

HEADER_END, VALUES_EACH = 8, 5
"""Bytes before the vertices in the bundle's geometry; a vertex is x, y, z and two for a texture."""

FLOAT_FIELD = 0x1D
"""Byte before every number of the vertices (Protocol Buffers: field 3, 32 bits)."""


class HeadPose:
    """Fits the canonical face to tracked points.

    Parameters
    ----------
    geometry : bytes
        The geometry of MediaPipe's bundle.

    Raises
    ------
    ValueError
        If it is laid out in another way.
    """

    def __init__(self, geometry: bytes) -> None:
        layout = np.dtype([("field", "u1"), ("value", "<f4")])
        numbers = np.frombuffer(geometry, layout, SKIN_POINTS * VALUES_EACH, HEADER_END)
        if (numbers["field"] != FLOAT_FIELD).any():
            raise ValueError("the canonical face is not where it should be")
        vertices = numbers["value"].astype(np.float64).reshape(SKIN_POINTS, VALUES_EACH)
        self._canonical: Doubles = vertices[list(SKULL), :3]  # in centimetres, y up, z towards the viewer

    def matrix(self, points: Points, size: tuple[int, int]) -> Values:
        """(4, 4) from canonical head to camera, y up, z towards the viewer.

        Parameters
        ----------
        points : (478, 3) array
        size : tuple of int
            Width and height of the picture.
        """
        seen = points[list(SKULL)].astype(np.float64) * [1, -1, -1]
        middle, canonical_middle = seen.mean(axis=0), self._canonical.mean(axis=0)
        about, canonical = seen - middle, self._canonical - canonical_middle
        left, stretch, right = np.linalg.svd(about.T @ canonical)
        upright = np.array([1, 1, np.sign(np.linalg.det(left @ right))])  # a rotation, never a mirroring
        rotation = (left * upright) @ right
        scale = float((stretch * upright).sum() / (canonical**2).sum())  # pixels a centimetre
        width, height = size
        focal = height / 2 / np.tan(np.radians(FIELD_OF_VIEW / 2))
        place = np.array([middle[0] - width / 2, middle[1] + height / 2, -focal]) / scale
        matrix = np.eye(4)
        matrix[:3, :3] = rotation
        matrix[:3, 3] = place - rotation @ canonical_middle
        return matrix.astype(np.float32)
