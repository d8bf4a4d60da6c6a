"""Step 2: the line between closed lips runs on beyond the corners of a mouth that opens.

Closed lips meet in a dark line that reaches a little further than where they part. When they do, its ends would stay
beside the open mouth as strokes and knots. There the skin is drawn in over them, from what lies round them, as far as
it is brighter. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, ImageArray
from ..imaging.compositing import alpha_blend
from ..portrait.mouth_line import Corners, _end_of_line
from .aov_writer import AovWriter


def inpaint_mouth_corners(
    composed: ImageArray, moved: Float32Array, strengths: Corners, share: float, record: AovWriter | None = None
) -> None:
    """Cover the ends of the line between the lips of a composed picture, in place.

    Parameters
    ----------
    composed : (h, w, c) array
        The frame so far.
    moved : (478, 3) array
        The portrait's points in this frame.
    strengths : pair of float
        From `mouth_line_contrast`.
    share : float
        0..1, how far the mouth is open.
    record : PassRecorder, optional
    """
    for side, strength in enumerate(strengths):
        end = _end_of_line(composed, moved, side) if strength > 0 else None
        if end is not None:
            soft = cv2.GaussianBlur(end.cover, (0, 0), end.radius / 2)
            alpha = np.asarray(share * strength * soft * np.clip(5 * end.darker, 0, 1), np.float32)
            alpha_blend(composed, end.box, end.skin, alpha, record)
