"""What a place on a row of teeth looks like: crowns, the gum above them, and what is dark between.

Nothing is a texture: each pixel is computed from its place along the arch and from the edges of the crowns, so that
teeth are as sharp as the picture at any size, and each measure can be keyed. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..head.dentition import Row
from ..imaging.arrays import Float32Array, IntArray

SCALLOP = 0.3
"""How far the gum comes down between two crowns, as a share of their height."""

TAPER = 0.13
"""Share of its width that a crown loses towards the gum."""

CORNERS = (0.8, 1.7)
"""By how much the inner and the outer corner of a crown are rounded off, in millimetres."""

LEAST_GAP = 0.06
"""Half the width of the gap between crowns that touch, in millimetres."""

WORN = 0.6
"""By how much worn crowns are shorter, in millimetres."""

CANINE = 2
"""Number of the crown that is darker and yellower than its neighbours, in its row."""

LEAST_SOFTNESS, GUM_SOFTNESS = 0.12, 0.3
"""Softness of the edge of a crown and of the gum, in millimetres, where pixels are smaller."""


@dataclass(frozen=True, eq=False)
class Crowns:
    """Appearance of the pixels of a row of teeth, each (n,).

    Attributes
    ----------
    teeth, gum : (n,) float32 arrays
        Opacity of crowns, and of the gum around them, 0..1.
    light : (n,) float32 array
        Factor on the light: what is between crowns, at their edges and below the gum is darker.
    warm : (n,) float32 array
        0..1, how far the colour of a crown goes towards that of flesh.
    turn, tip : (n,) float32 arrays
        By how much the surface turns to the sitter's left, and up, in radians.
    """

    teeth: Float32Array = field(repr=False)
    gum: Float32Array = field(repr=False)
    light: Float32Array = field(repr=False)
    warm: Float32Array = field(repr=False)
    turn: Float32Array = field(repr=False)
    tip: Float32Array = field(repr=False)


@dataclass(frozen=True)
class ToothShape:
    """How an artist shapes teeth.

    Attributes
    ----------
    size : float
        Factor on all teeth.
    gap : float
        Between crowns, in millimetres.
    wear : float
        0..1: worn teeth have even edges.
    """

    size: float = 1.0
    gap: float = 0.0
    wear: float = 0.0


def crowns(row: Row, u: Float32Array, v: Float32Array, pixel: float, shape: ToothShape) -> Crowns:
    """Tell what places on a row of teeth look like.

    Parameters
    ----------
    row : Row
    u, v : (n,) float32 arrays
        Places on its sheet, in millimetres, see `crown_sheet`.
    pixel : float
        Size of a pixel in millimetres: edges are as soft.
    shape : ToothShape

    Returns
    -------
    Crowns
    """
    place = _place_in_row(row, u, shape)
    edge, gum_line = _edge(place, shape), place.tall * (1 - SCALLOP * place.aside**2.2)
    t = np.clip(v / place.tall, 0, 1)
    half = place.half * (1 - TAPER * np.clip(t * 1.5 - 0.5, 0, 1) ** 2)
    to_side = half - place.half * np.abs(place.s) - np.float32(LEAST_GAP + shape.gap / 2)
    to_edge = v - edge
    soft = max(pixel, LEAST_SOFTNESS)
    teeth = np.clip(to_side / soft + 0.5, 0, 1) * np.clip(to_edge / soft + 0.5, 0, 1)
    gum = np.clip((v - gum_line) / max(soft, GUM_SOFTNESS) + 0.5, 0, 1)
    light = place.shade * (1 - 0.3 * np.exp(-((np.maximum(to_side, 0) / 0.5) ** 2)))  # beside the gaps
    light *= 1.05 - 0.16 * place.aside**2  # crowns are round
    light *= 1 - 0.2 * np.exp(-np.maximum(to_edge, 0) / 1.2)  # enamel lets light through at its edges
    light *= (1 - 0.1 * t**2) * (1 - 0.25 * np.exp(-(((v - gum_line) / 0.6) ** 2)))  # towards the gum, and below it
    light *= (
        1 + 0.03 * np.sin(u * 2.9 + 1.3 * np.sin(v * 1.7)) * np.sin(v * 0.9 + u) + 0.012 * np.sin(u * 11 + v)
    )  # no enamel is even
    warm = 0.05 + 0.13 * t**1.5 + 0.06 * (place.tooth == CANINE)
    roundness = 0.5 + 0.18 * place.point
    turn = np.sign(u) * roundness * np.sign(place.s) * place.aside**2 + place.turn
    tip = row.up * 0.38 * (t - 0.45)
    return Crowns(*(np.asarray(values, np.float32) for values in (teeth, gum, light, warm, turn, tip)))


@dataclass(frozen=True, eq=False)
class _Place:
    """Where pixels (n,) lie in a row: the number of the crown, -1..1 across it, and its measures there."""

    tooth: IntArray
    s: Float32Array
    aside: Float32Array
    half: Float32Array
    tall: Float32Array
    point: Float32Array
    edge: Float32Array
    turn: Float32Array
    shade: Float32Array


def _place_in_row(row: Row, u: Float32Array, shape: ToothShape) -> _Place:
    """Find the crown that each pixel belongs to."""
    widths, away, side = row.widths * shape.size, np.abs(u), (u > 0).astype(np.intp)
    ends = np.cumsum(widths)
    tooth = np.minimum(np.searchsorted(ends, away), len(ends) - 1)
    middle, half, tall, point = (
        table.astype(np.float32)[tooth]
        for table in (ends - widths / 2, widths / 2, row.heights * shape.size, row.points)
    )
    edge, turn, shade = (table.astype(np.float32)[side, tooth] for table in (row.edges, row.turns, row.shades))
    s = (away - middle) / half  # -1 towards the middle of the row, 1 away from it
    return _Place(tooth, s, np.minimum(np.abs(s), 1), half, tall, point, edge, turn, shade)


def _edge(place: _Place, shape: ToothShape) -> Float32Array:
    """(n,) how far the edge of the crown lies from that of the row, in millimetres: corners are round, wear is even."""
    inner, outer = (np.float32(corner) for corner in CORNERS)
    young = place.edge + np.where(place.s > 0, outer, inner) * place.aside**4 + place.point * place.aside**1.5
    return np.asarray(shape.size * (1 - shape.wear) * young + WORN * shape.wear, np.float32)
