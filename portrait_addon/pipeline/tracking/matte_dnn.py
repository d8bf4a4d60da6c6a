"""Where the person is in a picture, without MediaPipe: the same network, run by OpenCV."""

from __future__ import annotations

from types import TracebackType

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, UInt8Array

SIDE = 256
"""Pixels that the network sees."""


class DnnPersonSegmenter:
    """Separates the person from the background, as `PersonSegmenter` does.

    Parameters
    ----------
    model : bytes
        The selfie segmentation network.
    """

    def __init__(self, model: bytes) -> None:
        self._network = cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))

    def matte(self, picture: UInt8Array) -> Float32Array:
        """(h, w) confidence 0..1 that a pixel of the BGR picture belongs to the person."""
        seen = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        self._network.setInput(cv2.dnn.blobFromImage(seen, 1 / 255, swapRB=True))
        confidence = np.asarray(self._network.forward(), np.float32).reshape(SIDE, SIDE)
        height, width = picture.shape[:2]
        return np.asarray(cv2.resize(confidence, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    def close(self) -> None:
        """There is nothing to release; for the sake of `PersonSegmenter`'s interface."""

    def __enter__(self) -> DnnPersonSegmenter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
