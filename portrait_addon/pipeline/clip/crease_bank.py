"""Creases that no clip lends: a bank of log ratio images, one for each action of a face.

An expression shades skin much as it does on other faces. A regression of the ratio images of a few clips on the weights
of their fitted heads tells what each action does [ours, after Z. Liu, Y. Shan, Z. Zhang, *Expressive expression mapping
with ratio images*, SIGGRAPH 2001]. ``models/NOTICE.md`` names the clips, ``tools/make_creases.py`` makes the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..face.canonical_face import CanonicalFace
from ..face.lid_space import lid_region
from ..face.mesh import LIDS
from ..head.landmarks import TRACKED_UNITS
from ..head.model import read_arrays
from ..imaging.arrays import Float32Array, Float64Array, Points, weighted_sum

OF_A_SIDE = (
    ("mouthSmile",),
    ("mouthStretch", "mouthDimple"),
    ("mouthUpperUp", "noseSneer"),
    ("mouthLowerDown",),
    ("eyeSquint", "cheekSquint"),
    ("browOuterUp",),
    ("browDown",),
    ("mouthFrown",),
    ("mouthPress",),
)
"""Actions of the sitter's left side: units, without their ``Left``, whose weights are added up, for a few clips do not
tell them apart. What the other side does is its mirror image."""

OF_BOTH = (
    ("browInnerUp",),
    ("jawOpen",),
    ("mouthPucker", "mouthFunnel"),
    ("mouthRollLower", "mouthRollUpper"),
    ("mouthShrugLower", "mouthShrugUpper"),
)
"""Actions of both sides."""

MOST = 1.2
"""Largest weight of an action: what is learned holds no further."""


_ACTIONS = (
    *(tuple(name + side for name in names) for side in ("Left", "Right") for names in OF_A_SIDE),
    *OF_BOTH,
)
_SUMS = np.array([[float(name in units) for name in TRACKED_UNITS] for units in _ACTIONS])
"""Which units each action adds up."""


def action_weights(weights: Points) -> Float64Array:
    """Add up the weights of the units that shade skin.

    Parameters
    ----------
    weights : (..., 51) array
        In the order of `TRACKED_UNITS`.

    Returns
    -------
    (..., 23) float64 array
        The left side's, then the right side's, then those of both; -`MOST`..`MOST`.
    """
    return np.asarray(np.clip(np.asarray(weights, np.float64) @ _SUMS.T, -MOST, MOST), np.float64)


@dataclass(frozen=True, eq=False)
class CreaseBank:
    """Log ratio images of actions, in a canonical face of their own.

    Attributes
    ----------
    face : CanonicalFace
        Of the mean head at rest.
    images : (23, h, w) float32 array
        In the order of `action_weights`, for a weight of 1.
    eyes : (2, h, w) float32 array
        The surroundings of the right and the left eye, which closing lids cover.
    """

    face: CanonicalFace
    images: Float32Array = field(repr=False)
    eyes: Float32Array = field(repr=False)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> CreaseBank:
        """Make a bank of the arrays of its file.

        Parameters
        ----------
        arrays : mapping from str to array
            ``points`` (478, 2) of the canonical face, ``images`` (14, h, w) int8 of the left side and of both, and
            ``steps`` (14,), by how much a step of each image counts.

        Returns
        -------
        CreaseBank
        """
        points = arrays["points"].astype(np.float64)
        images = arrays["images"] * arrays["steps"][:, None, None].astype(np.float32)
        left = images[: len(OF_A_SIDE)]
        images = np.concatenate([left, left[:, :, ::-1], images[len(OF_A_SIDE) :]])
        height, width = images.shape[1:]
        face = CanonicalFace(1.0, np.zeros(2), (width, height), points)
        eyes = np.stack([lid_region(face, lids, (height, width)) for lids in LIDS])
        return cls(face, np.asarray(images, np.float32), eyes)

    def log_ratio(self, weights: Points, covered: Sequence[float]) -> Float32Array:
        """Shade a face that expresses something.

        Parameters
        ----------
        weights : (51,) array
            Of `TRACKED_UNITS`, counted from rest.
        covered : sequence of two float
            0..1, how far lids that are painted anew cover the surroundings of the right and the left eye.

        Returns
        -------
        (h, w) float32 array
            Natural logarithm of the ratio image.
        """
        log_ratio = weighted_sum(action_weights(weights).astype(np.float32), self.images)
        for share, eye in zip(covered, self.eyes, strict=True):
            log_ratio *= 1 - np.float32(share) * eye
        return np.asarray(log_ratio, np.float32)


@cache
def load_creases() -> CreaseBank:
    """Read the bank that comes with the package.

    Returns
    -------
    CreaseBank
        Shared by all.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    return CreaseBank.from_arrays(read_arrays("creases.npz"))
