"""Step 1: motion of the driver's camera, measured on the background.

A clip filmed by hand moves as a whole. This motion is transferred to the portrait's head, so the portrait's background
must move along; otherwise the head would slide before it. Features behind the driver are followed from the neutral
frame to every frame, as in `peripheral`, and their median shift is the camera's motion. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.colour import encoded_luminance
from ..imaging.easing import ramp, smoothstep
from ..imaging.robust import median
from ..imaging.scaling import downscale, scale_within, scaled_size
from ..imaging.similarity import best_similarity
from .peripheral import SMOOTHING_SECONDS

WORKING_SIDE = 240
"""Longer side of the pictures on which flow is measured, in pixels; larger ones are scaled down."""

BACKGROUND = 0.3
"""Matte value below which a pixel belongs to the background."""

CLEARANCE = 0.06
"""Least distance of a feature from the driver, as a share of the picture's longer side."""

MOST_FEATURES, FEWEST_FEATURES = 60, 8
"""Largest number of features that are followed, and least number from which the motion is measured."""

QUALITY = 0.01
"""Least corner strength, as a share of the strongest in the background."""

SPACING = 6.0
"""Least distance between two features, in working pixels."""

WINDOW = 15
"""Side of the window of the optical flow, in working pixels."""

STILL, MOVES = 0.02, 0.04
"""Root mean square of the shift from its mean, in outer-eye distances, up to which the camera stands still and the
shift is noise, and from which on it moves; between them it moves by degree [still clips: up to 0.022; one held by hand:
0.051 and more, whatever its neutral frame]."""

APART, TOGETHER = 1.2, 0.85
"""Difference between features, as a share of the shift, from which on people move in the background, and up to which
the camera does; by degree too [noise: 1.3 and more; held by hand: up to 0.82, far from the neutral frame]."""


class CameraWatch:
    """Measurement of the background's shift since the neutral driving frame.

    Parameters
    ----------
    frame : (h, w, 3) uint8 array
        The neutral driving frame, BGR.
    person : (h, w) float32 array
        Matte of the driver, 0..1.
    """

    def __init__(self, frame: UInt8Array, person: Float32Array) -> None:
        self._zoom = scale_within((frame.shape[1], frame.shape[0]), WORKING_SIDE)
        self._neutral = self._working_picture(frame)
        reach = 2 * max(1, round(CLEARANCE * max(self._neutral.shape))) + 1
        grown = cv2.dilate(cv2.resize(person, self._neutral.shape[::-1]), np.ones((reach, reach), np.uint8))
        background = (grown < BACKGROUND).astype(np.uint8)
        found = cv2.goodFeaturesToTrack(self._neutral, MOST_FEATURES, QUALITY, SPACING, mask=background)
        self._features = np.zeros((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)

    def shift(self, frame: UInt8Array) -> Float32Array:
        """Measure the background's shift from the neutral frame to another frame.

        Parameters
        ----------
        frame : (h, w, 3) or (h, w) uint8 array
            BGR or luminance, of the neutral frame's size.

        Returns
        -------
        (3,) float32 array
            Median shift in x and y, and median distance of the features from where a camera that turns, rolls and
            zooms would put them, in pixels of the clip; NaN if fewer than `FEWEST_FEATURES` are found.
        """
        if len(self._features) < FEWEST_FEATURES:
            return np.full(3, np.nan, np.float32)
        size = (WINDOW, WINDOW)
        places, found, _ = cv2.calcOpticalFlowPyrLK(
            self._neutral, self._working_picture(frame), self._features, None, winSize=size
        )  # type: ignore[call-overload]
        kept = found.ravel() > 0
        start, shifts = (values[kept].reshape(-1, 2) for values in (self._features, places - self._features))
        if len(shifts) < FEWEST_FEATURES:
            return np.full(3, np.nan, np.float32)
        return np.asarray(np.array([*map(median, shifts.T), _disagreement(start, shifts)]) / self._zoom, np.float32)

    def _working_picture(self, frame: UInt8Array) -> UInt8Array:
        """Luminance of a frame at working size."""
        size = scaled_size((frame.shape[1], frame.shape[0]), self._zoom)
        return downscale(encoded_luminance(frame), size)


def camera_motion(shifts: Float32Array, unit: float, frame_seconds: float) -> Float32Array:
    """Compute the camera's motion from the background's shifts.

    Parameters
    ----------
    shifts : (n, 3) float32 array
        From `CameraWatch.shift`, of each frame.
    unit : float
        The driver's outer-eye distance in pixels.
    frame_seconds : float
        Duration of a frame, above 0.

    Returns
    -------
    (n, 2) float32 array
        Shift of the picture since the neutral frame, in pixels, smoothed along time; exactly 0 for a camera on a
        stand, and less than measured where it is not sure that the camera moved.
    """
    measured = np.isfinite(shifts).all(axis=1)
    share = _share_of_motion(shifts[measured], unit) if measured.any() else 0.0
    if share == 0:
        return np.zeros((len(shifts), 2), np.float32)
    rows = np.arange(len(shifts))
    whole = np.column_stack([np.interp(rows, rows[measured], shifts[measured, axis]) for axis in range(2)])
    frames = SMOOTHING_SECONDS / frame_seconds
    return np.asarray(share * gaussian_filter1d(whole, frames, axis=0, mode="nearest"), np.float32)


def _share_of_motion(shifts: Float32Array, unit: float) -> float:
    """How far shifts (n, 3) are a camera's, 0..1.

    Which frame is the neutral one adds the same to all shifts, and does not count.
    """
    away = shifts[:, :2] - shifts[:, :2].mean(axis=0)
    moved = max(float(np.sqrt((away**2).sum(axis=1).mean())), 1e-6)
    apart = float(np.median(shifts[:, 2])) / moved
    return smoothstep(ramp(moved / unit, STILL, MOVES)) * smoothstep(ramp(apart, APART, TOGETHER))


def _disagreement(start: Float32Array, shifts: Float32Array) -> float:
    """Median distance of features from where the similarity of most of them puts them; start and shifts are (m, 2)."""
    end, kept = start + shifts, np.ones(len(start), bool)
    for _ in range(2):
        apart = np.linalg.norm(best_similarity(start[kept], end[kept])(start) - end, axis=1)
        middle = median(apart)
        kept = apart <= 2 * middle + 1e-6
    return middle
