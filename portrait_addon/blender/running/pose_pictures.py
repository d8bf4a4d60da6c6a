"""Small pictures of an object's portrait in some poses, for the asset browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...pipeline.clip.ready_poses import expression_of
from ...pipeline.frame.compositor import Compositor
from ...pipeline.imaging.box import Box
from ...pipeline.portrait.prepared import PreparedPortrait
from ...pipeline.records.moment import Moment
from ..data.properties import settings_of
from . import expressions, object_cache

SIDE = 256
"""Longer side of a picture, in pixels."""

AROUND = 0.25
"""What is shown around the face, in its own width and height."""


def of_poses(ob: Any, poses: Sequence[Mapping[str, float]]) -> list[NDArray[np.float32] | None]:
    """Compose the face of a portrait in some poses, with a still head.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    poses : sequence of mapping from str to float
        By properties of `PortraitDrive`; those left out are at rest.

    Returns
    -------
    list of (h, w, 4) float32 array or None
        RGBA, rows from below; None where the portrait cannot be read.
    """
    if not poses:
        return []
    try:
        portrait = object_cache.portrait_of(ob)
    except InputError:
        return [None] * len(poses)
    face = float(np.ptp(portrait.points[:, :2], axis=0).max()) * (1 + 2 * AROUND)
    compositor = Compositor(PreparedPortrait(portrait).resized(max(round(SIDE * max(portrait.size) / face), SIDE)))
    performance, settings = expressions.performance_of_poses(list(map(expression_of, poses))), settings_of(ob.portrait)
    points = compositor.prepared.portrait.points
    room = AROUND * float(np.ptp(points[:, :2], axis=0).max())
    frames = (
        compositor.frame([Moment(performance, float(expressions.FIRST + row))], settings).picture
        for row in range(len(poses))
    )
    return [_rgba(Box.around(points[:, :2], room).within(frame).cut(frame)) for frame in frames]


def _rgba(picture: NDArray[Any]) -> NDArray[np.float32]:
    """A BGR or BGRA picture as Blender has pixels."""
    white = np.float32(1.0 if picture.dtype == np.float32 else np.iinfo(picture.dtype).max)
    rgba = np.ones((*picture.shape[:2], 4), np.float32)
    rgba[..., : picture.shape[2]] = picture / white
    return np.ascontiguousarray(np.clip(rgba[::-1, :, [2, 1, 0, 3]], 0, 1))
