"""Dense optical flow that is what was expected unless the picture says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .arrays import Field, Float32Array
from .raster import remap
from .sample_grid import SampleGrid


def damped_flow(
    reference: Float32Array,
    moved: Float32Array,
    weight: Float32Array,
    expected: Field,
    blurs: Sequence[float],
    *,
    prior: float,
    outlier: float,
) -> Field:
    """Find where each pixel of a picture went, by Lucas and Kanade's method with a prior.

    Parameters
    ----------
    reference, moved : (h, w) float32 arrays
        The picture before and after; their brightness must be comparable.
    weight : (h, w) float32 array
        0..1, how far a pixel has a say.
    expected : (h, w, 2) float32 array
        Displacement that the prior believes in, and at which the iterations start.
    blurs : sequence of float
        Standard deviation, in pixels, of the window of each iteration, wide ones first.
    prior : float
        Squared slope of the picture, a pixel, below which another displacement is less than half believed: where a
        picture has no texture, and along an edge, it moves as expected.
    outlier : float
        Difference of brightness at which a pixel has half of its say.

    Returns
    -------
    (h, w, 2) float32 array
        Displacement x, y in pixels: ``moved[p + flow[p]]`` looks like ``reference[p]``.

    References
    ----------
    .. [1] B. D. Lucas, T. Kanade, *An iterative image registration technique with an application to stereo vision*,
       IJCAI 1981; with Tikhonov's prior and the weights of Geman and McClure.
    """
    flow = expected
    step_x = step_y = np.zeros_like(weight)
    for blur in blurs:
        now = taken_back(moved, flow)
        mean, difference = (reference + now) / 2, reference - now
        across, down = (cv2.Sobel(mean, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
        say = weight / (1 + (difference / outlier) ** 2)
        # Solved for the whole step away from what was expected, not for its increment: the prior counts in each round.
        change = difference + across * step_x + down * step_y
        terms = (across * across, down * down, across * down, across * change, down * change)
        xx, yy, xy, x, y = cv2.split(cv2.GaussianBlur(cv2.merge([say * term for term in terms]), (0, 0), blur))
        xx, yy = xx + prior, yy + prior
        determinant = xx * yy - xy * xy
        flow = expected + np.asarray(cv2.merge([(yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant]))
        step_x, step_y = cv2.split(flow - expected)
    return np.asarray(flow, np.float32)


def taken_back(moved: Float32Array, flow: Field) -> Float32Array:
    """Lay a picture that moved over what it was before.

    Parameters
    ----------
    moved : (h, w) float32 array
        The picture after.
    flow : (h, w, 2) float32 array
        From `damped_flow`.

    Returns
    -------
    (h, w) float32 array
        ``moved[p + flow[p]]``; beyond the border, the nearest pixel.
    """
    height, width = moved.shape
    pixels = SampleGrid(0, 0, 1, width, height).positions()
    return remap(moved, pixels + flow, cv2.INTER_LINEAR)
