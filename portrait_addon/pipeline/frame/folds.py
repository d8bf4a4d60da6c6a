"""The layer of skin beside the mouth of a smiling portrait that has come to rest: without the smile's folds."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array
from ..imaging.colour import brighten
from ..imaging.raster import remap
from ..portrait.fold_plate import smile_of
from .canvas import Canvas
from .state import FrameState


def paint(canvas: Canvas, state: FrameState) -> None:
    """Paint the skin of a smile that has gone.

    Parameters
    ----------
    canvas : Canvas
        Painted on in place.
    state : FrameState
    """
    plate, grid, gain = state.prepared.folds, state.skin.grid, state.skin.curve_gain
    share = 0.0 if plate.box.empty else _share(state)
    if share == 0:
        return
    part = grid.box.within(canvas.picture)
    if part.empty:
        return
    field = grid.upsample(state.skin.samples, part).copy()
    field[..., 0] -= plate.box.left
    field[..., 1] -= plate.box.top
    gone = remap(plate.alpha, field, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
    box = part.where(gone)
    if box.empty:
        return
    field, gone = box.of(field, part), box.of(gone, part)
    colours: Float32Array = remap(plate.skin, field, cv2.INTER_LINEAR)
    if gain is not None:
        colours = np.asarray(brighten(colours, grid.upsample(gain, box), float(canvas.white)), np.float32)
    canvas.alpha_blend(box, colours, np.asarray(share * state.skin.alpha_in(box) * gone, np.float32))


def _share(state: FrameState) -> float:
    """How far the folds are gone, 0..1: a portrait that is made to smile again has its own ones."""
    settings, own = state.settings, state.prepared.folds.smile
    smiles = [settings.expression * smile_of(moment.expressed(settings.giving_way)) for moment in state.mix]
    left = sum(moment.weight * max(1 - smile / own, 0) for moment, smile in zip(state.mix, smiles, strict=True))
    return settings.giving_way * left
