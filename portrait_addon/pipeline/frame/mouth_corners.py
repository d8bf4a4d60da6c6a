"""The layer of skin over the ends of the line between closed lips.

Closed lips meet in a dark line that reaches a little further than where they part. When they do, its ends would stay
beside the open mouth as strokes and knots. There skin from around is inpainted, as far as it is brighter. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array
from ..portrait.mouth_line import end_of_line
from .canvas import Canvas
from .state import FrameState


def paint(canvas: Canvas, state: FrameState) -> None:
    """Inpaint both corners of an opening mouth.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    if state.mouth_share > 0:
        inpaint_mouth_corners(canvas, state.pose.moved, state.prepared.portrait.mouth_line_contrast, state.mouth_share)


def inpaint_mouth_corners(canvas: Canvas, moved: Float32Array, contrasts: tuple[float, float], share: float) -> None:
    """Cover the ends of the line between the lips.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    moved : (478, 3) float32 array
        The portrait's points in this frame, in pixels.
    contrasts : pair of float
        From `mouth_line_contrast`, of the sitter's right and left corner.
    share : float
        0..1, how far the mouth is open.
    """
    for side, contrast in enumerate(contrasts):
        end = end_of_line(canvas.picture, moved, side) if contrast > 0 else None
        if end is not None:
            soft = cv2.GaussianBlur(end.cover, (0, 0), end.radius / 2)
            alpha = np.asarray(share * contrast * soft * np.clip(5 * end.darker, 0, 1), np.float32)
            canvas.alpha_blend(end.box, end.skin, alpha)
