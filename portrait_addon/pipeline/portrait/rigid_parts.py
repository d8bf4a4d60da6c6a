"""The painted parts of a portrait that move rigidly: each by a similarity, without deformation."""

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
"""Length of the longer edges of the face's triangles, in outer-eye distances. Face points within this distance of a
part move with it. Otherwise the triangles across its rim would bend the rim."""

LEAST_SIZE = 0.03
"""Side of a square with the area of the smallest part, in outer-eye distances. Smaller parts are slips of the brush."""


@dataclass(frozen=True, eq=False)
class RigidPart:
    """One connected part of the painted mask.

    Attributes
    ----------
    mask : (h, w) float32 array
        Weight of the part at each pixel of the portrait, 0..1, with a soft edge.
    shares : (478,) float32 array
        Weight 0..1 by which each face point moves with the part; 0 for the points of the irises.
    """

    mask: Float32Array = field(repr=False)
    shares: Float32Array = field(repr=False)


def rigid_parts(portrait: Portrait) -> tuple[RigidPart, ...]:
    """Find the connected parts of a portrait's painted mask.

    Parameters
    ----------
    portrait : Portrait
        Source of the mask named ``rigid``, of the points and of the outer-eye distance.

    Returns
    -------
    tuple of RigidPart
        One item per connected part; empty if nothing is painted.
    """
    painted = portrait.masks.get("rigid")
    if painted is None:
        return ()
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((painted > 127).astype(np.uint8))
    large = [n for n in range(1, count) if statistics[n, cv2.CC_STAT_AREA] > (LEAST_SIZE * portrait.unit) ** 2]
    return tuple(_part(portrait, (labels == number).astype(np.uint8)) for number in large)


def _part(portrait: Portrait, covered: UInt8Array) -> RigidPart:
    """Rigid part of the pixels (h, w) that are 1 in `covered`."""
    softness, reach = max(SOFTNESS * portrait.unit, 0.5), round(MESH * portrait.unit)
    mask = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), softness)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wider = cv2.GaussianBlur(cv2.dilate(covered, brush).astype(np.float32), (0, 0), softness)
    shares = remap(wider, portrait.points[None, :, :2].astype(np.float32), cv2.INTER_LINEAR)[0]
    shares[SKIN_POINTS:] = 0  # the irises follow the driver's gaze
    return RigidPart(np.asarray(mask, np.float32), shares)
