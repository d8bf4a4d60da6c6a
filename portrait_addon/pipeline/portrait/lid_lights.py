"""How bright the lids of a portrait are against the skin below the eyes."""

from __future__ import annotations

import numpy as np

from ..face.mesh import LEFT_LIDS, RIGHT_LIDS, Lids
from ..face.openings import across
from ..imaging.arrays import Float32Array, Float64Array, ImageArray
from ..imaging.box import Box
from ..imaging.polygons import polygon_mask

LID_LIGHT = (0.35, 0.62)
"""Least and most light of a rebuilt lid against the skin under the eye, as encoded; brighter, it looks like an eye."""

LID_SEEN = 0.9
"""Quantile of the light of the visible strip of a lid that counts as its own light: the rest is lashes and crease."""


def lid_lights(picture: ImageArray, rest: Float32Array) -> tuple[float, float]:
    """Light of the sitter's right and left lid against the skin below the eye, as encoded.

    Parameters
    ----------
    picture : (h, w, c) array
    rest : (478, 3) array
        The portrait's points.
    """
    return _lid_light(picture, RIGHT_LIDS, rest), _lid_light(picture, LEFT_LIDS, rest)


def _lid_light(picture: ImageArray, lids: Lids, rest: Float32Array) -> float:
    """Light of a lid against the skin below the eye, as encoded: as much as the part of it that is seen at rest has."""
    own = rest[np.concatenate([lids.crease, lids.rim]), :2].astype(np.float64)
    below = skin_below(lids, rest)
    seen, skin = (_light_between(picture, lids, rows) for rows in (own, below))
    if not seen.size or not skin.size:
        return LID_LIGHT[1]
    return float(np.clip(np.quantile(seen, LID_SEEN) / max(float(np.median(skin)), 1e-6), *LID_LIGHT))


def _light_between(picture: ImageArray, lids: Lids, rows: Float64Array) -> Float32Array:
    """(n,) light of the pixels between two rows of points (2m, 2) of the portrait."""
    box = Box.around(rows, 1).within(picture)
    if box.empty:
        return np.zeros(0, np.float32)
    inside = polygon_mask(box, rows[lids.outline]) > 127
    return np.asarray(box.cut(picture)[inside][:, :3].mean(axis=1), np.float32)


def skin_below(lids: Lids, points: Float32Array) -> Float64Array:
    """(2m, 2) the portrait's skin under the eye, mirrored: its far edge for the crease, its near edge for the rim."""
    down = across(points, lids.eye)
    near = points[lids.below, :2].astype(np.float64)
    height = np.abs((points[lids.eye_below, :2] - points[lids.crease, :2]) @ down)
    return np.vstack([near + height[:, None] * down, near])
