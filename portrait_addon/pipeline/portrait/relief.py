"""How far the person of a portrait stands out of its plane: for lamps that light it, and for depth of field."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array
from ..imaging.scaling import scale_within, scaled_size
from .prepared import PreparedPortrait

SOFTNESS = 0.25
"""Standard deviation with which the person rises from the plane, in outer-eye distances: a steep rim would tear the
picture along hair and shoulders."""


def relief(prepared: PreparedPortrait, longer_side: int) -> Float32Array:
    """Compute the relief of a portrait.

    Parameters
    ----------
    prepared : PreparedPortrait
    longer_side : int
        Of the result at most, in pixels.

    Returns
    -------
    (h, w) float32 array
        Towards the viewer, in widths of the picture, as deep as a head is; 0 is the plane, and nothing lies behind it.
    """
    width, _ = prepared.portrait.size
    fit, person = prepared.head, np.float32(1 / 255) * prepared.person
    soft = cv2.GaussianBlur(person, (0, 0), SOFTNESS * prepared.portrait.unit, borderType=cv2.BORDER_REPLICATE)
    pixel = fit.camera.focal / fit.pose.position[2]  # a millimetre, at the head
    behind = float(prepared.depth[person > 0.5].max(initial=float(prepared.depth.min())))
    raised = pixel / width * np.maximum(behind - prepared.depth, 0) * np.clip(2 * soft - 1, 0, 1) ** 0.5
    size = scaled_size(prepared.portrait.size, scale_within(prepared.portrait.size, longer_side))
    return np.asarray(cv2.resize(raised.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
