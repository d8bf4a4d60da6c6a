"""The layer of what stays as it is: the unmoved portrait, where an artist has painted the mask *Still*."""

from __future__ import annotations

import numpy as np

from ..imaging.compositing import strips
from ..imaging.sample_grid import SampleGrid
from .canvas import Canvas
from .state import FrameState


def paint(canvas: Canvas, state: FrameState) -> None:
    """Lay the unmoved portrait over the picture where the mask is not 0.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    still = state.prepared.portrait.masks.get("still")
    if still is None:
        return
    height, width = still.shape
    pixels = SampleGrid(0, 0, 1, width, height)
    for part in strips(pixels.box):
        over = part.cut(still)
        if not over.any():
            continue
        layer = part.cut(state.prepared.texture.picture)
        if canvas.aovs is not None:
            share, here = over.astype(np.float32) / 255, part.of(pixels.positions(), pixels.box)
            canvas.aovs.warped(part, here, share, layer, layer, None, part.cut(canvas.picture))
            canvas.aovs.hidden(part, share)
        canvas.composite_over(part, layer, over)
