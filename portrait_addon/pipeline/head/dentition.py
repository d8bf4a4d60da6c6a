"""Teeth and tongue of a head, built from dental measures.

Teeth stand on two arches. The upper one belongs to the skull, the lower one turns with the jaw. A row of teeth is a
sheet: ``u`` runs along the arch in millimetres, from the middle to the sitter's left, and ``v`` from the edges of the
crowns, 0, to the gums and beyond. What a place of the sheet looks like is told by `crowns`.

Mean widths and heights of crowns are those of textbooks of dental anatomy; all else is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import Float64Array, Points

SIDES = 2
"""The sitter's right and left half of a row."""

BEHIND_LIPS = 7.0
"""Distance of the front teeth behind the line along which the lips meet, in millimetres."""

TO_SCALE = 0.9
"""Size of the teeth against their measures: the outer corners of the head's eyes are 79 mm apart, of people's 88."""

SHOWN = 1.3
"""Millimetres of the upper front teeth below that line: what parted lips show at rest."""

FREEWAY = 2.5
"""Distance of the rows at rest, in millimetres; less than where the teeth meet."""

OVERJET = 2.5
"""Millimetres of the lower front teeth behind the upper ones."""

HINGE = np.array([0.0, -49.6, -51.2])
"""A point of the axis about which the jaw turns, in the axes of the head, in millimetres: the model's own jaw turns
about it."""

WIDEST = np.radians(24.4)
"""Turn of the jaw at the full weight of ``jawOpen``, as in the model."""

FORWARD, ASIDE = np.array([0.0, -1.5, 8.3]), np.array([6.6, -0.8, 4.3])
"""Motion of the lower teeth at the full weight of ``jawForward`` and of ``jawLeft``, as in the model."""

GUM = 9.0
"""Height of the gum above the crowns that a sheet shows, in millimetres."""

TONGUE_LENGTH, TONGUE_HALF, TONGUE_OUT, TONGUE_UP = 42.0, 21.0, 30.0, 9.0
"""Length of the tongue at rest and half its width; how far its tip comes out, and is lifted; in millimetres."""

BEHIND_TEETH = 4.5
"""Millimetres of its tip behind the lower front teeth."""

ARCH_STEPS = 400
CROWN_CELLS = (44, 5)
"""Vertices of a sheet along the arch, and across it."""

TONGUE_CELLS = (17, 21)
"""Vertices of the tongue across and along it."""


@dataclass(frozen=True, eq=False)
class Row:
    """A row of teeth, from the middle to the first molar.

    No two teeth of a real mouth are alike: each has small deviations, which are the same in every picture.

    Attributes
    ----------
    widths, heights : (6,) float64 array
        Of the crowns, in millimetres.
    points : (6,) float64 array
        By how much the middle of a crown stands out beyond its sides, in millimetres.
    half_width, depth : float
        Half axes of the ellipse that the arch is, in millimetres.
    up : float
        1 if the gums lie above the crowns, -1 below.
    lean : float
        Millimetres by which the crowns lean inwards, a millimetre of height.
    edges : (2, 6) float64 array
        By how much each crown is shorter, in millimetres; the sitter's right side first.
    turns : (2, 6) float64 array
        Turn of each crown about its own axis, in radians.
    shades : (2, 6) float64 array
        Factor on the light of each crown.
    """

    widths: Float64Array
    heights: Float64Array
    points: Float64Array
    half_width: float
    depth: float
    up: float
    lean: float
    edges: Float64Array
    turns: Float64Array
    shades: Float64Array

    @property
    def length(self) -> float:
        """Millimetres along the arch from the middle to the end of the row."""
        return float(self.widths.sum())


UPPER_ROW = Row(
    widths=TO_SCALE * np.array([8.5, 6.5, 7.5, 7.0, 7.0, 10.0]),
    heights=TO_SCALE * np.array([10.5, 9.0, 10.0, 8.5, 7.8, 7.5]),
    points=np.array([0.0, 0.1, 1.3, 1.0, 0.8, 0.5]),
    half_width=TO_SCALE * 30.0,
    depth=TO_SCALE * 44.0,
    up=1.0,
    lean=0.22,
    edges=np.array([[0.0, 0.55, -0.05, 0.75, 1.0, 1.3], [0.12, 0.7, 0.1, 0.65, 1.1, 1.25]]),
    turns=np.array([[0.04, -0.07, 0.05, 0.0, 0.03, 0.0], [-0.03, 0.1, -0.02, 0.04, 0.0, 0.0]]),
    shades=np.array([[1.0, 0.97, 0.9, 0.92, 0.9, 0.88], [0.985, 0.975, 0.91, 0.93, 0.9, 0.88]]),
)
LOWER_ROW = Row(
    widths=TO_SCALE * np.array([5.0, 5.5, 7.0, 7.0, 7.0, 11.0]),
    heights=TO_SCALE * np.array([8.8, 9.0, 10.0, 8.5, 8.0, 7.5]),
    points=np.array([0.0, 0.0, 1.0, 0.9, 0.6, 0.4]),
    half_width=TO_SCALE * 28.0,
    depth=TO_SCALE * 41.0,
    up=-1.0,
    lean=0.12,
    edges=np.array([[0.1, 0.0, 0.1, 0.6, 0.8, 0.9], [0.35, 0.15, -0.05, 0.5, 0.8, 0.9]]),
    turns=np.array([[0.1, -0.08, 0.04, 0.0, 0.0, 0.0], [-0.12, 0.07, -0.05, 0.0, 0.0, 0.0]]),
    shades=np.array([[0.98, 1.0, 0.91, 0.92, 0.9, 0.88], [1.0, 0.97, 0.92, 0.92, 0.9, 0.88]]),
)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A surface of the mouth, in the axes of the head.

    Attributes
    ----------
    points : (n, 3) float64 array
        Vertices in millimetres.
    places : (n, 2) float64 array
        Their places u, v on the sheet.
    triangles : (t, 3) int32 array
        Of vertices, in drawing order.
    """

    points: Float64Array = field(repr=False)
    places: Float64Array = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)


@dataclass(frozen=True)
class Bite:
    """How a person's teeth stand.

    Attributes
    ----------
    size : float
        Factor on all teeth.
    overbite : float
        By how much the upper front teeth cover the lower ones where the rows meet, in millimetres.
    out : float
        By how much both rows stand further out, in millimetres.
    """

    size: float = 1.0
    overbite: float = 2.5
    out: float = 0.0


@dataclass(frozen=True)
class Jaw:
    """Where the lower jaw stands, counted from rest.

    Attributes
    ----------
    opened : float
        Weight of ``jawOpen``; a little below 0 where the teeth meet.
    aside : float
        Weight of ``jawLeft`` less that of ``jawRight``.
    forward : float
        Weight of ``jawForward``.
    """

    opened: float = 0.0
    aside: float = 0.0
    forward: float = 0.0

    def __call__(self, points: Points) -> Float64Array:
        """Move points that go with the jaw.

        Parameters
        ----------
        points : (n, 3) array
            At rest, in the axes of the head, in millimetres.

        Returns
        -------
        (n, 3) float64 array
        """
        sine, cosine = np.sin(self.opened * WIDEST), np.cos(self.opened * WIDEST)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
        shift = self.forward * FORWARD + np.abs(self.aside) * ASIDE * np.array([np.sign(self.aside), 1.0, 1.0])
        return np.asarray((points - HINGE) @ turn.T + HINGE + shift, np.float64)


def along_arch(row: Row, u: Points) -> tuple[Float64Array, Float64Array]:
    """Follow an arch.

    Parameters
    ----------
    row : Row
    u : (...) array
        Millimetres along the arch; positive to the sitter's left.

    Returns
    -------
    places : (..., 2) float64 array
        x to the sitter's left and z forward, from the front of the arch, in millimetres.
    normals : (..., 2) float64 array
        Unit vectors outwards, x and z.
    """
    lengths, angles = _arch_table(row.half_width, row.depth)
    angle = np.sign(u) * np.interp(np.abs(u), lengths, angles)
    places = np.stack([row.half_width * np.sin(angle), row.depth * (np.cos(angle) - 1)], axis=-1)
    normals = np.stack([np.sin(angle) / row.half_width, np.cos(angle) / row.depth], axis=-1)
    return places, normals / np.linalg.norm(normals, axis=-1, keepdims=True)


@cache
def _arch_table(half_width: float, depth: float) -> tuple[Float64Array, Float64Array]:
    """Lengths along half an ellipse from its front, and the angles at which they end."""
    angles = np.linspace(0, np.pi / 2, ARCH_STEPS)
    steps = np.hypot(np.diff(half_width * np.sin(angles)), np.diff(depth * np.cos(angles)))
    return np.concatenate([[0.0], np.cumsum(steps)]), angles


def crown_sheet(row: Row, bite: Bite, meeting: Points) -> Sheet:
    """Shape the outer side of a row of teeth with its gum, with the jaw at rest.

    Parameters
    ----------
    row : Row
    bite : Bite
    meeting : (3,) array
        Where the lips meet in the middle, in the axes of the head, in millimetres.

    Returns
    -------
    Sheet
        Places: along the arch, and from the edges of the crowns to the gums, both in millimetres.
    """
    tall = float(row.heights[0]) * bite.size
    u = np.linspace(-1, 1, CROWN_CELLS[0]) * row.length * bite.size
    v = np.concatenate([[-2.0], np.linspace(0, tall, CROWN_CELLS[1] - 2), [tall + GUM]])
    (x, z), (out_x, out_z) = (np.moveaxis(values, -1, 0)[:, None] for values in along_arch(row, u))
    inwards = row.lean * np.minimum(v, tall)[:, None]
    inside = BEHIND_LIPS + (OVERJET if row is LOWER_ROW else 0.0) - bite.out
    front = np.asarray(meeting) + np.array([0.0, edge_height(row, bite), -inside])
    height = np.broadcast_to(row.up * v[:, None], (len(v), len(u)))
    points = np.stack([x - inwards * out_x, height, z - inwards * out_z], axis=-1) + front
    places = np.stack(np.broadcast_arrays(u, v[:, None]), axis=-1)
    return Sheet(points.reshape(-1, 3), places.reshape(-1, 2), _grid_triangles(len(v), len(u)))


def edge_height(row: Row, bite: Bite) -> float:
    """Height of the edges of the front teeth over the line along which the lips meet, with the jaw at rest.

    Parameters
    ----------
    row : Row
    bite : Bite

    Returns
    -------
    float
        In millimetres.
    """
    return -SHOWN if row.up > 0 else bite.overbite - SHOWN - FREEWAY


def tongue_sheet(bite: Bite, meeting: Points, out: float, up: float) -> Sheet:
    """Shape a tongue, with the jaw at rest.

    Parameters
    ----------
    bite : Bite
    meeting : (3,) array
        Where the lips meet in the middle, in the axes of the head, in millimetres.
    out, up : float
        0..1, how far its tip is put out between the lips, and lifted behind the upper teeth.

    Returns
    -------
    Sheet
        Places: from -1 at its right side to 1, and from 0 at its root to 1 at its tip.
    """
    across, along = np.meshgrid(np.linspace(-1, 1, TONGUE_CELLS[0]), np.linspace(0, 1, TONGUE_CELLS[1]))
    # At rest the tip lies behind the lower front teeth, below their edges. The back rises, and falls off to the sides.
    reach = TONGUE_LENGTH + TONGUE_OUT * out
    forward = tongue_tip(bite, out) - reach * (1 - along) ** 1.6
    narrow = 1 - (0.25 + 0.15 * out) * along
    half = TONGUE_HALF * narrow * np.sqrt(np.clip(1 - (along / 1.005) ** 6, 0, 1))
    crest = 8.0 * np.sin(0.8 * np.pi * (1 - along)) - 5.5 + out * (8.0 - 6.0 * along**3) + up * TONGUE_UP * along**3
    groove = 0.7 * np.exp(-((across / 0.12) ** 2)) * (1 - along)
    fall = 6.5 * (1 - 0.7 * out * along) * (1 - along**8) * np.abs(across) ** 2.4 + groove
    tip = 5.0 * np.clip((along - 0.86) / 0.14, 0, 1) ** 2
    points = np.stack([across * half, crest - fall - tip, forward], axis=-1) + np.asarray(meeting)
    places = np.stack([across, along], axis=-1)
    return Sheet(points.reshape(-1, 3), places.reshape(-1, 2), _grid_triangles(*TONGUE_CELLS[::-1]))


def tongue_tip(bite: Bite, out: float) -> float:
    """Tell how far a tongue comes out.

    Parameters
    ----------
    bite : Bite
    out : float
        0..1.

    Returns
    -------
    float
        Millimetres of its tip before the line along which the lips meet; negative within the mouth.
    """
    return TONGUE_OUT * out - BEHIND_TEETH - BEHIND_LIPS - OVERJET + bite.out


@cache
def _grid_triangles(rows: int, columns: int) -> NDArray[np.int32]:
    """(t, 3) triangles between the vertices of a grid."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    a, b, c, d = first, first + 1, first + columns, first + columns + 1
    return np.asarray(np.stack([[a, b, c], [b, d, c]]).transpose(2, 0, 1).reshape(-1, 3), np.int32)
