"""Step 2: parts that move as one.

Hats, glasses and jewellery do not bend with the face that wears them. Each part of the painted mask follows the best
similarity of what it covers: of the face's points where it lies on the face, else of the field round it. Its edge is
soft, so that it joins what bends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

from ..arrays import Bytes, Points, Values
from ..face_mesh import SKIN_POINTS
from ..portrait import Portrait
from ..similarity import Similarity, best_similarity
from .warp_field import Field, Lattice, remap

SOFTNESS = 0.03
"""Standard deviation of a part's soft edge, in outer-eye distances."""

MESH = 0.12
"""Longest edge of the face's triangles in most places, in outer-eye distances: points so near to a part go with it, or
the triangles between would bend its rim."""

LEAST_POINTS = 6
"""Points of the face that a part must cover to follow them."""

LEAST_SIZE = 0.03
"""Parts smaller than the square of this, in outer-eye distances, are slips of the brush."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the mask.

    Attributes
    ----------
    mask : (h, w) float32 array
        0..1.
    shares : (478,) float32 array
        Of the face's points.
    """

    mask: Values = field(repr=False)
    shares: Values = field(repr=False)


@lru_cache(maxsize=4)
def rigid_parts(portrait: Portrait) -> tuple[Part, ...]:
    """The connected parts of a portrait's mask."""
    painted = portrait.masks.get("rigid")
    if painted is None:
        return ()
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((painted > 127).astype(np.uint8))
    large = [n for n in range(1, count) if statistics[n, cv2.CC_STAT_AREA] > (LEAST_SIZE * portrait.unit) ** 2]
    return tuple(_part(portrait, (labels == number).astype(np.uint8)) for number in large)


def _part(portrait: Portrait, covered: Bytes) -> Part:
    softness, reach = max(SOFTNESS * portrait.unit, 0.5), round(MESH * portrait.unit)
    mask = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), softness)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wider = cv2.GaussianBlur(cv2.dilate(covered, brush).astype(np.float32), (0, 0), softness)
    shares = remap(wider, portrait.points[None, :, :2].astype(np.float32), cv2.INTER_LINEAR)[0]
    shares[SKIN_POINTS:] = 0  # an iris looks where it wants
    return Part(np.asarray(mask, np.float32), shares)


def stiffen(portrait: Portrait, face: Values, lattice: Lattice, surround: Field) -> tuple[Values, Field]:
    """Face points (478, 3) and surround field (rows, columns, 2) in which every part moves as one.

    Parameters
    ----------
    portrait : Portrait
    face : (478, 3) array
        The points in this frame.
    lattice : Lattice
    surround : (rows, columns, 2) array
        Backward field of everything outside the face.
    """
    for part in rigid_parts(portrait):
        motion = _motion(part, portrait.points, face, lattice, surround)
        if motion is None:
            continue
        face = face.copy()
        face[:, :2] += part.shares[:, None] * (motion(portrait.points[:, :2]) - face[:, :2])
        back = motion.inverse(lattice.positions()).astype(np.float32)
        share = remap(part.mask, back, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)[..., None]
        surround = np.asarray(surround + share * (back - surround), np.float32)
    return face, surround


def _motion(part: Part, rest: Points, face: Points, lattice: Lattice, surround: Field) -> Similarity | None:
    """How a part moves, from the portrait to the frame; None if it covers nothing that moves."""
    if float(part.shares.sum()) >= LEAST_POINTS:
        return best_similarity(rest[:, :2], face[:, :2], part.shares)
    shown = remap(part.mask, surround, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT) > 0.5
    if np.count_nonzero(shown) < LEAST_POINTS:
        return None
    return best_similarity(surround[shown], lattice.positions()[shown])
