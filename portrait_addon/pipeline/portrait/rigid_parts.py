"""The painted parts of a portrait that move as one."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..face.mesh import SKIN_POINTS
from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.raster import remap
from ..records.portrait import Portrait

SOFTNESS = 0.03
"""Standard deviation of a part's soft edge, in outer-eye distances."""

MESH = 0.12
"""Longest edge of the face's triangles in most places, in outer-eye distances: points so near to a part go with it, or
the triangles between would bend its rim."""

LEAST_SIZE = 0.03
"""Parts smaller than the square of this, in outer-eye distances, are slips of the brush."""


@dataclass(frozen=True, eq=False)
class RigidPart:
    """One part of the mask.

    Attributes
    ----------
    mask : (h, w) float32 array
        0..1.
    shares : (478,) float32 array
        Of the face's points.
    """

    mask: Float32Array = field(repr=False)
    shares: Float32Array = field(repr=False)


def rigid_parts(portrait: Portrait) -> tuple[RigidPart, ...]:
    """Find the connected parts of a portrait's painted mask.

    Parameters
    ----------
    portrait : Portrait

    Returns
    -------
    tuple of RigidPart
        Empty if nothing is painted.
    """
    painted = portrait.masks.get("rigid")
    if painted is None:
        return ()
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((painted > 127).astype(np.uint8))
    large = [n for n in range(1, count) if statistics[n, cv2.CC_STAT_AREA] > (LEAST_SIZE * portrait.unit) ** 2]
    return tuple(_part(portrait, (labels == number).astype(np.uint8)) for number in large)


def _part(portrait: Portrait, covered: UInt8Array) -> RigidPart:
    softness, reach = max(SOFTNESS * portrait.unit, 0.5), round(MESH * portrait.unit)
    mask = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), softness)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wider = cv2.GaussianBlur(cv2.dilate(covered, brush).astype(np.float32), (0, 0), softness)
    shares = remap(wider, portrait.points[None, :, :2].astype(np.float32), cv2.INTER_LINEAR)[0]
    shares[SKIN_POINTS:] = 0  # an iris looks where it wants
    return RigidPart(np.asarray(mask, np.float32), shares)
