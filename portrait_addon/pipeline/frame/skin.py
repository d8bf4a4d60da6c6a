"""The layer of the face's skin, drawn far to near, and shaded by the ratio images."""

from __future__ import annotations

import numpy as np

from ..imaging.colour import CURVE
from .canvas import Canvas
from .state import FrameState


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the skin; its outline against the surround is anti-aliased.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    skin = state.skin
    canvas.warp_and_composite(state.prepared.texture, skin.grid, skin.samples, skin.silhouette, skin.curve_gain)
    if canvas.aovs is not None:
        part = skin.grid.box.within(canvas.picture)
        alpha = skin.alpha_in(part)
        canvas.aovs.covered(part, alpha)
        if skin.learned_gain is not None:
            canvas.aovs.creased(part, np.power(skin.grid.upsample(skin.learned_gain, part), np.float32(CURVE)), alpha)
