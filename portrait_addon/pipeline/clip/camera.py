"""Step 1: how the driver's camera moved, told by the background.

A clip filmed by hand moves as a whole. Carried over, that moves the portrait's head; its background has to go along,
or the head would swim before it. So features behind the driver are followed from the neutral frame to every frame, as
those on hair and shoulders are, and their median shift is the camera's. [ours]
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..imaging.arrays import Float32Array, UInt8Array
from ..imaging.scaling import downscale, scale_within, scaled_size
from .peripheral import SMOOTHING_SECONDS

WORKING_SIDE = 240
"""Longer side of the pictures that are compared, in pixels."""

BACKGROUND = 0.3
"""Matte value below which a pixel lies behind the driver."""

CLEARANCE = 0.06
"""Distance from the driver from which on it counts, as a share of the picture's longer side."""

MOST_FEATURES, FEWEST_FEATURES = 60, 8
QUALITY = 0.01
SPACING = 6.0
"""Of corners, in working pixels."""

WINDOW = 15

MOVES = 0.02
"""Root mean square of a shift that a camera on a stand does not show, in outer-eye distances: noise stays below."""

AGREEMENT = 0.3
"""Features agree if they differ by no more than this share of the shift: else it is people who move there."""


class CameraWatch:
    """Finds the background of the neutral driving frame again in other frames.

    Parameters
    ----------
    frame : (h, w, 3) uint8 array
        The neutral driving frame.
    person : (h, w) array
        Matte of the driver, 0..1.
    """

    def __init__(self, frame: UInt8Array, person: Float32Array) -> None:
        self._zoom = scale_within((frame.shape[1], frame.shape[0]), WORKING_SIDE)
        self._neutral = self._small(frame)
        reach = 2 * max(1, round(CLEARANCE * max(self._neutral.shape))) + 1
        near = cv2.dilate(cv2.resize(person, self._neutral.shape[::-1]), np.ones((reach, reach), np.uint8))
        behind = (near < BACKGROUND).astype(np.uint8)
        found = cv2.goodFeaturesToTrack(self._neutral, MOST_FEATURES, QUALITY, SPACING, mask=behind)
        self._features = np.zeros((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)

    def shift(self, frame: UInt8Array) -> Float32Array:
        """(3,) x and y of the background's shift since the neutral frame, and how far features differ, all in pixels.

        Without a background that could be followed all are 0.
        """
        if len(self._features) < FEWEST_FEATURES:
            return np.zeros(3, np.float32)
        size = (WINDOW, WINDOW)
        places, found, _ = cv2.calcOpticalFlowPyrLK(
            self._neutral, self._small(frame), self._features, None, winSize=size
        )  # type: ignore[call-overload]
        shifts = (places - self._features)[found.ravel() > 0].reshape(-1, 2)
        if len(shifts) < FEWEST_FEATURES:
            return np.zeros(3, np.float32)
        middle = np.median(shifts, axis=0)
        spread = np.median(np.linalg.norm(shifts - middle, axis=1))
        return np.asarray(np.append(middle, spread) / self._zoom, np.float32)

    def _small(self, frame: UInt8Array) -> UInt8Array:
        size = scaled_size((frame.shape[1], frame.shape[0]), self._zoom)
        return downscale(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8), size)


def camera_motion(shifts: Float32Array, unit: float, frame_seconds: float) -> Float32Array:
    """(n, 2) shift of the picture by the camera in every frame; exactly 0 for a camera on a stand.

    Parameters
    ----------
    shifts : (n, 3) array
        From `CameraWatch.shift`.
    unit : float
        The driver's outer-eye distance in pixels.
    frame_seconds : float
    """
    moved = float(np.sqrt((shifts[:, :2] ** 2).sum(axis=1).mean()))
    if moved < MOVES * unit or float(np.median(shifts[:, 2])) > AGREEMENT * moved:
        return np.zeros((len(shifts), 2), np.float32)
    frames = SMOOTHING_SECONDS / frame_seconds
    return np.asarray(gaussian_filter1d(shifts[:, :2], frames, axis=0, mode="nearest"), np.float32)
