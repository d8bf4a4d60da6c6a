"""A head in space fitted to each shot of a clip: who the driver is, what is expressed, and where the head stands."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np

from ..head.camera import Camera
from ..head.clip_fitting import ClipFit, fit_clip_steps
from ..head.fitting import fit_portrait
from ..head.landmarks import load_landmarks
from ..head.resting import rest_offsets
from ..imaging.arrays import Float32Array, Float64Array, Points
from ..records.progress import Progress


class FittedHeads(NamedTuple):
    """Heads of all s shots of a clip of n frames, as `Performance` holds them.

    Attributes
    ----------
    identities : (s, 64) float32 array
    identity_offsets : (s, 478, 3) float32 array
    focal : float
    expressions : (n, 51) float32 array
    head_rotations : (n, 3, 3) float32 array
    head_positions : (n, 3) float32 array
    rest_offsets : (s, 478, 3) float32 array
    rest_shares : (s,) float32 array
    """

    identities: Float32Array
    identity_offsets: Float32Array
    focal: float
    expressions: Float32Array
    head_rotations: Float32Array
    head_positions: Float32Array
    rest_offsets: Float32Array
    rest_shares: Float32Array


def fit_heads(
    points: Points,
    blendshapes: Points,
    times: Float64Array,
    size: tuple[int, int],
    shots: Sequence[slice],
    neutrals: Sequence[int],
) -> Generator[Progress, None, FittedHeads]:
    """Fit a head to each shot of a clip, step by step.

    Parameters
    ----------
    points : (n, 478, 3) array
        Tracked points in pixels.
    blendshapes : (n, 52) array
        The tracker's scores.
    times : (n,) float64 array
        Time stamps in seconds.
    size : tuple of int
        Width and height of the clip in pixels.
    shots : sequence of slice
        Rows of each shot.
    neutrals : sequence of int
        Row of each shot's neutral frame.

    Yields
    ------
    Progress
        After each step of the fit.

    Returns
    -------
    FittedHeads
        The value of ``yield from``.
    """
    model = load_landmarks()
    camera = Camera.of_picture(size)
    fits: list[ClipFit] = []
    rests = [
        rest_offsets(model, fit_portrait(model, camera, points[row], blendshapes[row]), points[row]) for row in neutrals
    ]
    for rows, neutral, rest in zip(shots, neutrals, rests, strict=True):
        own = times[rows]
        seconds = float(np.median(np.diff(own))) if len(own) > 1 else 1 / 25
        fit = yield from fit_clip_steps(model, camera, points[rows], blendshapes[rows], seconds)
        fits.append(fit.from_rest(model, neutral - rows.start, rest.share))
    return FittedHeads(
        np.array([fit.person.identity for fit in fits], np.float32),
        np.array([fit.person.offsets for fit in fits], np.float32),
        camera.focal,
        np.concatenate([fit.weights for fit in fits]).astype(np.float32),
        np.concatenate([fit.rotations for fit in fits]).astype(np.float32),
        np.concatenate([fit.positions for fit in fits]).astype(np.float32),
        np.array([rest.offsets for rest in rests], np.float32),
        np.array([rest.share for rest in rests], np.float32),
    )
