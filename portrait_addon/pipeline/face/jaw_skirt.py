"""The neck below a jaw, as rings of points that join the jaw to what does not move.

Where only the face of a film moves, a jaw that drops must go somewhere: the skin below it gives way, less and less with
distance, and a rim that does not move ends it. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float32Array, Points
from ..imaging.easing import smoothstep
from .mesh import ALL_POINTS, FACE_OVAL, SKULL_OVAL, outer_eye_distance

RINGS = 5
"""Number of rings of points below the jaw; the last one does not move."""

LEAST_WIDTH, MOST_WIDTH = 0.45, 1.2
"""Width of the skirt below the chin, in outer-eye distances."""

ROOM = 2.0
"""Width of the skirt, in shifts of the chin: with 1.5, its steepest part would fold."""

TAPER = 4
"""Points from the end of the jaw at which the skirt has its full width."""

_FIRST, _LAST = (FACE_OVAL.index(point) for point in (361, 132))
CHAIN = FACE_OVAL[_FIRST : _LAST + 1]
"""Points of the jaw that a skirt hangs on. The first and the last belong to the skull, too."""


@dataclass(frozen=True)
class JawSkirt:
    """Rings of points below a jaw.

    Attributes
    ----------
    width : float
        Below the chin, in outer-eye distances.
    """

    width: float

    @classmethod
    def of(cls, rest: Points, moved: Points) -> JawSkirt:
        """Choose a skirt that is wide enough for what a jaw does.

        Parameters
        ----------
        rest, moved : (478, 3) arrays
            Points before and after, in pixels.

        Returns
        -------
        JawSkirt
        """
        shift = np.linalg.norm((moved - rest)[list(CHAIN), :2], axis=1).max() / outer_eye_distance(rest)
        return cls(float(np.clip(ROOM * shift, LEAST_WIDTH, MOST_WIDTH)))

    def around(self, points: Points) -> Float32Array:
        """Put the rings below a jaw.

        Parameters
        ----------
        points : (478, d) array
            Points of a face, d of 2 or 3.

        Returns
        -------
        (478 + m, d) float32 array
            The points, then the rings from the jaw outwards.
        """
        jaw, middle = points[list(CHAIN)], points[list(FACE_OVAL)].mean(axis=0)
        away = jaw - middle
        away[:, 2:] = 0
        away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
        width = self.width * outer_eye_distance(points) * self._taper[:, None]
        rings = [jaw + share * width * away for share in self._shares]
        return np.asarray(np.concatenate([points, *rings]), np.float32)

    def moved(self, rest: Points, moved: Points) -> Float32Array:
        """Move the rings with the jaw: the first ones nearly as far, the last one not.

        Parameters
        ----------
        rest, moved : (478, 3) arrays
            Points of the face before and after.

        Returns
        -------
        (478 + m, 3) float32 array
        """
        shift = (moved - rest)[list(CHAIN)]
        follow = [(1 - smoothstep(share)) * shift for share in self._shares]
        rings = self.around(rest)[ALL_POINTS:] + np.concatenate(follow)
        return np.asarray(np.concatenate([moved, rings]), np.float32)

    @property
    def triangles(self) -> NDArray[np.int32]:
        """(t, 3) int32 array, triangles of the rings, oriented as those of the face."""
        rows = np.concatenate([CHAIN, ALL_POINTS + np.arange(RINGS * len(CHAIN))]).reshape(RINGS + 1, len(CHAIN))
        a, b, c, d = (part.ravel() for part in (rows[:-1, :-1], rows[:-1, 1:], rows[1:, :-1], rows[1:, 1:]))
        return np.asarray(np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)]), np.int32)

    @property
    def outline(self) -> tuple[int, ...]:
        """Outline of the face with its skirt."""
        last = ALL_POINTS + (RINGS - 1) * len(CHAIN) + np.arange(len(CHAIN))
        return (*FACE_OVAL[: _FIRST + 1], *last.tolist(), *FACE_OVAL[_LAST:])

    @cached_property
    def _shares(self) -> tuple[float, ...]:
        return tuple((ring + 1) / RINGS for ring in range(RINGS))

    @cached_property
    def _taper(self) -> Float32Array:
        """(j,) width along the jaw, 0 at its ends."""
        place = np.arange(len(CHAIN))
        ends = np.minimum(place, place[::-1]).astype(np.float32)
        return np.asarray(smoothstep(ends / TAPER), np.float32)


RIM = 0.35
"""Distance from the outline of the skull's part of a face over which motion fades out, in outer-eye distances."""


def rim_fade(points: Points) -> Float32Array:
    """Tell how far points of a face may move where what is around the face does not.

    Parameters
    ----------
    points : (478, 3) array
        In pixels.

    Returns
    -------
    (478,) float32 array
        0 on the skull's part of the outline, 1 well within and along the jaw.
    """
    rim = points[list(SKULL_OVAL), :2]
    nearest = np.linalg.norm(points[:, None, :2] - rim, axis=2).min(axis=1)
    return np.asarray(smoothstep(nearest / (RIM * outer_eye_distance(points))), np.float32)
