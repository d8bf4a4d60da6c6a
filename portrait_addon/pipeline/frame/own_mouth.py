"""The inside of the portrait's own mouth, where the picture shows it: teeth that stay with the skull.

A warp by the lips' points alone would squeeze teeth when the lips close over them, and stretch them in a grin. Here
they move with the head, and the lips cover or uncover them. Where the lips part further than in the portrait, the
driver's mouth lies over them. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np

from ..face.mesh import MOUTH
from ..face.openings import gaps, mouth_box
from ..imaging.easing import ramp
from ..imaging.polygons import polygon_mask
from ..imaging.raster import remap
from .canvas import Canvas
from .mouth import DARK_INSIDE, DARK_RIM, LIP_SOFTNESS, flesh_in_the_dark, inner_half
from .state import FrameState

FREE = 0.02
"""Motion of the lips over the teeth, in outer-eye distances, from which on the teeth are all put together anew. Below,
they fade into those of the portrait: at rest it is the portrait, value by value."""


RECESS = 0.015
"""Gap of the lips, in outer-eye distances, at which 1 - 1/e of the light reaches the teeth, which lie behind them."""


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the inside of the portrait's own mouth.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    plate, moved = state.prepared.mouth, state.pose.moved
    box = mouth_box(moved, 2 * LIP_SOFTNESS).within(canvas.picture)
    if plate.box.empty or box.empty:
        return
    to_rest = state.pose.to_rest_at(plate.depth)
    there = moved[MOUTH.contour, :2] @ to_rest[:, :2].T + to_rest[:, 2]
    shift = np.linalg.norm(there - state.pose.rest[MOUTH.contour, :2], axis=1).max() / state.pose.rest_unit
    inside = remap(plate.inside, plate.positions(box, to_rest), cv2.INTER_CUBIC)
    gap, own_gap = (float(gaps(face, MOUTH).max()) for face in (moved, state.pose.rest))
    light = min(_light_between(gap / state.pose.unit) / _light_between(own_gap / state.pose.rest_unit), 1.0)
    dark = flesh_in_the_dark(np.full(1, DARK_INSIDE * (1 - DARK_RIM), np.float32), state.prepared.portrait.palette)
    # OpenCV draws the edge of a polygon too, a pixel wide however near the lips are.
    opacity = ramp(shift, 0, FREE) * state.settings.own_teeth * min(max(gap, 0.0), 1.0)
    inside = dark + np.float32(light) * (inside - dark)
    alpha = np.float32(opacity) * inner_half(polygon_mask(box, moved[MOUTH.contour, :2]), state.pose.unit)
    canvas.blend_mouth(box, np.clip(inside, 0, 1), alpha[..., None], (0.0, 1.0, 0.0))


def _light_between(gap: float) -> float:
    """Encoded light on teeth behind lips that are a gap apart, in outer-eye distances; 1 is that in an open mouth."""
    return 1 - float(np.exp(-max(gap, 0.0) / RECESS))
