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
from ..imaging.scaling import downscale, scale_within, scaled_size
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

MOVES = 0.02
"""Root mean square of the shift, in outer-eye distances, below which the camera stands still and the shift is noise."""

AGREEMENT = 0.3
"""Largest difference between features, as a share of the shift; if they differ more, people move in the background."""


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
        frame : (h, w, 3) uint8 array
            BGR, of the neutral frame's size.

        Returns
        -------
        (3,) float32 array
            Median shift in x and y, and median distance of the features' shifts from it, in pixels of the clip; zeros
            if fewer than `FEWEST_FEATURES` are found.
        """
        if len(self._features) < FEWEST_FEATURES:
            return np.zeros(3, np.float32)
        size = (WINDOW, WINDOW)
        places, found, _ = cv2.calcOpticalFlowPyrLK(
            self._neutral, self._working_picture(frame), self._features, None, winSize=size
        )  # type: ignore[call-overload]
        shifts = (places - self._features)[found.ravel() > 0].reshape(-1, 2)
        if len(shifts) < FEWEST_FEATURES:
            return np.zeros(3, np.float32)
        median = np.median(shifts, axis=0)
        spread = np.median(np.linalg.norm(shifts - median, axis=1))
        return np.asarray(np.append(median, spread) / self._zoom, np.float32)

    def _working_picture(self, frame: UInt8Array) -> UInt8Array:
        """Luminance of a frame at working size."""
        size = scaled_size((frame.shape[1], frame.shape[0]), self._zoom)
        return downscale(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8), size)


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
        Shift of the picture since the neutral frame, in pixels, smoothed along time; exactly 0 for a camera on a stand.
    """
    moved = float(np.sqrt((shifts[:, :2] ** 2).sum(axis=1).mean()))
    if moved < MOVES * unit or float(np.median(shifts[:, 2])) > AGREEMENT * moved:
        return np.zeros((len(shifts), 2), np.float32)
    frames = SMOOTHING_SECONDS / frame_seconds
    return np.asarray(gaussian_filter1d(shifts[:, :2], frames, axis=0, mode="nearest"), np.float32)
